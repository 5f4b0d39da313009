package train

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
)

// resumable are trainings that carry something of every sort from step to step.
var resumable = map[string]func(*config.Config){
	"vae":  nil,
	"last": func(c *config.Config) { c.Train.Keep, c.Train.Snapshots = "last", 5 },
	"iwae": func(c *config.Config) { c.Train.Objective, c.Train.Samples, c.Train.Estimator = "iwae", 3, "dreg" },
	"score": func(c *config.Config) {
		c.Train.Estimator, c.Train.Baseline, c.Train.Optimizer, c.Train.Momentum = "score", "average", "sgd", 0.9
	},
	"schedules": func(c *config.Config) {
		c.Train.Schedule, c.Train.Warmup, c.Train.KLWarmup, c.Train.Clip = "cosine:0.1", 5, "cyclical:2:0.5", 1
	},
	"adamax": func(c *config.Config) { c.Train.Optimizer, c.Train.EMA, c.Train.Snapshots = "adamax", 0.9, 3 },
	"averaged layers": func(c *config.Config) {
		c.Model.Kind, c.Model.Hidden, c.Train.Pretrain, c.Train.EMA = "ae", []int{12, 7}, "layerwise", 0.8
		c.Train.PretrainEpochs, c.Train.Keep = []int{1}, "last"
	},
	"averaged network": func(c *config.Config) {
		c.Model.Encoder, c.Train.EMA, c.Train.SkipGradients = "conv:4:3:1:1,bn,relu,dense:8,relu", 0.9, skippingOfNetwork
	},
	"skipped": func(c *config.Config) { c.Train.SkipGradients, c.Train.EMA, c.Train.Epochs = skippingSome, 0.9, 5 },
	"batch norm": func(c *config.Config) {
		c.Model.Encoder = "conv:3:3:2:1,bn,leaky-relu,residual[conv:3:3:1:1,bn],dense:6,bn,silu"
	},
	"group norm": func(c *config.Config) {
		c.Model.Encoder, c.Model.Decoder = "conv:4:3:1:1,groupnorm:2,silu,avgpool:2", "dense:24,reshape:3x2x4,groupnorm:2,upsample:2,conv:out:3:1:1"
	},
	"adagrad": func(c *config.Config) { c.Train.Optimizer, c.Train.FreeBits = "adagrad", 0.1 },
	"two layers": func(c *config.Config) {
		c.Model.TopLatent, c.Model.TopHidden, c.Model.Likelihood, c.Model.Sigma = 2, []int{5}, "gaussian", config.Learned
	},
	"convolutions": func(c *config.Config) {
		c.Model.Encoder = "conv:3:3:2:1,bn,relu,residual[bn,relu,conv:3:1],dense:5,relu"
	},
	"logistic":      func(c *config.Config) { c.Model.Likelihood, c.Train.EMA = "logistic:256", 0.9 },
	"dmol":          func(c *config.Config) { c.Model.Likelihood, c.Model.OutputBias = "dmol:2:256", "data" },
	"beta-binomial": func(c *config.Config) { c.Model.Likelihood = "beta-binomial:256" },
	"sigma optimal": func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", config.Optimal },
	"autoencoder": func(c *config.Config) {
		c.Model.Kind, c.Model.CodeActivation, c.Train.Sparsity, c.Train.Corrupt = "ae", "sigmoid", "kl:0.1:1", "mask:0.2"
	},
	"layerwise": func(c *config.Config) {
		c.Model.Kind, c.Model.Hidden, c.Train.Pretrain = "ae", []int{12, 7}, "layerwise"
		c.Train.PretrainEpochs, c.Train.PretrainCorrupt = []int{2, 1, 2}, []string{"mask:0.1"}
	},
	"augmented": func(c *config.Config) { c.Data.Augment, c.Train.Corrupt = "flip,crop:1,rotate:9", "mask:0.2" },
	"windows":   func(c *config.Config) { c.Data.Augment = "scale:1.2" },
	"layerwise, augmented": func(c *config.Config) {
		c.Model.Kind, c.Model.Hidden, c.Train.Pretrain, c.Train.PretrainEpochs, c.Data.Augment = "ae", []int{12, 7}, "layerwise", []int{1}, "flip,crop:1"
	},
	"from":     func(c *config.Config) { c.Train.From = strings.Repeat("0123456789abcdef", 4) },
	"patience": func(c *config.Config) { c.Train.LearningRate, c.Train.Epochs, c.Train.Patience = 1e-2, 40, 2 },
	"patience after a warm-up": func(c *config.Config) {
		c.Train.LearningRate, c.Train.Epochs, c.Train.Patience, c.Train.KLWarmup = 1e-2, 40, 3, "linear:4"
	},
	"patience with cycles": func(c *config.Config) {
		c.Train.LearningRate, c.Train.Epochs, c.Train.Patience, c.Train.KLWarmup = 1e-2, 14, 2, "cyclical:3.5:0.4"
	},
}

func resumableData(name string) *dataset.Splits {
	if strings.HasPrefix(name, "patience") {
		return unlike()
	}
	data := splits(50, 12)
	if name == "windows" {
		around := config.Shape{Width: shape.Width + 3, Height: shape.Height + 5, Channels: 1}
		data.Train.Larger = &dataset.Set{Shape: around, Pixels: bytes.Repeat(data.Train.Set.Pixels, 4)[:data.Train.Set.Len()*around.Pixels()]}
	}
	data.Train.Dynamic, data.Validation.Dynamic = name == "iwae" || name == "augmented", name == "iwae"
	return data
}

// left are the files that a training has left, without the times in its metrics and
// the state before the last.
func left(t *testing.T, task Task) map[string]string {
	t.Helper()
	files := map[string]string{}
	for _, name := range []string{run.ModelFile, run.StateFile, run.MetricsFile} {
		files[name] = bytesOf(t, task, name)
	}
	if _, err := os.Stat(filepath.Join(task.Dir.Path(), run.LatentsFile)); err == nil {
		files[run.LatentsFile] = bytesOf(t, task, run.LatentsFile)
	}
	pictures, err := run.Snapshots(task.Dir.Path())
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pictures {
		name := filepath.Join(run.SnapshotsFolder, filepath.Base(p.File))
		files[name] = bytesOf(t, task, name)
	}
	var rows []string
	for line := range strings.Lines(files[run.MetricsFile]) {
		cells := strings.Split(line, ",")
		rows = append(rows, strings.Join(slices.Delete(cells, 2, 4), ","))
	}
	files[run.MetricsFile] = strings.Join(rows, "")
	return files
}

// goOn is the task again, in a program of its own: from what the run holds.
func goOn(t *testing.T, task Task) Task {
	t.Helper()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	path := task.Dir.Path()
	must(task.Dir.Close())
	must(os.WriteFile(filepath.Join(path, run.ConfigFile), task.Config.YAML(), 0o666))
	var err error
	task.Dir, err = run.Open(path)
	must(err)
	t.Cleanup(func() { task.Dir.Close() })
	from, err := task.Dir.Checkpoint()
	must(err)
	task.From = &from
	task.Model, err = model.New(task.Config.Model, shape, task.Config.Train.Seed)
	must(err)
	task.Observer = &silent{}
	return task
}

// interruptedAfter runs the task until so many steps and notes have passed, and
// reports whether it came to its end before that.
func interruptedAfter(t *testing.T, task Task, steps int) bool {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen := task.Observer.(*silent)
	count := func() {
		if steps--; steps <= 0 {
			cancel()
		}
	}
	seen.onStep, seen.onNote = func(Progress) { count() }, count
	_, err := Run(ctx, task)
	if err != nil && !errors.Is(err, ErrInterrupted) {
		t.Fatal(err)
	}
	return err == nil
}

// errKilled ends a training at a place where nothing is saved for the occasion.
var errKilled = errors.New("killed")

// killedAfter is interruptedAfter by a program that ends without a word.
func killedAfter(t *testing.T, task Task, steps int) (done bool) {
	t.Helper()
	seen := task.Observer.(*silent)
	count := func() {
		if steps--; steps <= 0 {
			panic(errKilled)
		}
	}
	seen.onStep, seen.onNote = func(Progress) { count() }, count
	defer func() {
		if p := recover(); p != nil && p != errKilled {
			panic(p)
		}
	}()
	if _, err := Run(context.Background(), task); err != nil {
		t.Fatal(err)
	}
	return true
}

// halve halves all weights.
func halve(m *model.Model) {
	for _, p := range m.Params() {
		for i := range p.Value {
			p.Value[i] /= 2
		}
	}
}

// However often a training is interrupted, and wherever, it leaves the files of one
// that was not.
func TestResumeIsExact(t *testing.T) {
	for name, change := range resumable {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			begin := func() Task {
				task, _ := newTask(t, change, resumableData(name))
				if name == "from" {
					halve(task.Model) // no weights that the seed gives again
				}
				return task
			}
			whole := begin()
			mustRun(t, whole)
			want := left(t, whole)
			r := rng.Stream(3, "places of "+name)
			for way, stop := range map[string]func(*testing.T, Task, int) bool{"interrupted": interruptedAfter, "killed": killedAfter} {
				task := begin()
				if way == "killed" {
					task.CheckpointEvery = time.Nanosecond
				}
				times := 0
				for !stop(t, task, 1+r.IntN(5)) { // an epoch has 4 steps
					every := task.CheckpointEvery
					task = goOn(t, task)
					task.CheckpointEvery = every
					if times++; times > 200 {
						t.Fatal("no end of it")
					}
				}
				if times < 1 {
					t.Errorf("it was not %s", way)
				}
				got := left(t, task)
				if len(got) != len(want) {
					t.Errorf("%s %d times: %d files, want %d", way, times, len(got), len(want))
				}
				for file, content := range got {
					if content != want[file] {
						t.Errorf("%s %d times: %s is another", way, times, file)
					}
				}
			}
		})
	}
}

// canceledAt is done from a question on: between two steps, or two batches of validation images.
type canceledAt struct {
	context.Context
	asked, at int
}

func (c *canceledAt) Err() error {
	if c.asked++; c.asked >= c.at {
		return context.Canceled
	}
	return nil
}

// An interruption is heard wherever it comes, while images are validated too, and the run that goes on is the same.
func TestInterruptionIsHeardInValidation(t *testing.T) {
	t.Parallel()
	change := func(c *config.Config) { c.Train.EMA, c.Train.Epochs, c.Train.Batch = 0.9, 2, 20 }
	begin := func() Task {
		task, _ := newTask(t, change, splits(50, 45))
		return task
	}
	whole := begin()
	mustRun(t, whole)
	want := left(t, whole)
	for at := 1; ; at++ {
		task := begin()
		ctx := &canceledAt{Context: context.Background(), at: at}
		_, err := Run(ctx, task)
		if err == nil {
			if at < 12 { // 3 steps and 3 batches of each of 2 epochs
				t.Errorf("asked %d times only", at-1)
			}
			return
		}
		if !errors.Is(err, ErrInterrupted) || ctx.asked > at+2 {
			t.Fatalf("question %d of %d: %v", at, ctx.asked, err)
		}
		task = goOn(t, task)
		mustRun(t, task)
		got := left(t, task)
		for file, content := range want {
			if got[file] != content {
				t.Errorf("interrupted at question %d: %s is another", at, file)
			}
		}
	}
}

// A run that is made longer is one that was so long from the beginning: in what is
// written of its settings too.
func TestLongerRun(t *testing.T) {
	t.Parallel()
	longer := func(c *config.Config) { c.Train.Epochs = 6 }
	whole, _ := newTask(t, longer, splits(50, 12))
	mustRun(t, whole)
	task, _ := newTask(t, nil, splits(50, 12)) // of 3 epochs
	mustRun(t, task)
	longer(&task.Config.Config)
	task = goOn(t, task)
	if result := mustRun(t, task); result.Epochs != 3 || result.Images != 150 || result.Kept < 4 {
		t.Errorf("result %+v", result)
	}
	if !maps.Equal(left(t, task), left(t, whole)) {
		t.Error("three epochs and three more are not six")
	}
	task = goOn(t, task)
	kept := task.From.State.BestEpoch
	if result := mustRun(t, task); result.Epochs != 0 || result.Images != 0 || result.Kept != kept {
		t.Errorf("after the end: %+v, want the model of epoch %d", result, kept)
	}
}

// A model that was saved after the last checkpoint belongs to an epoch that must be
// done again, even where the run would be over without it.
func TestModelAheadOfTheState(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, nil, splits(50, 12))
	mustRun(t, task)
	if !seen.best[2] {
		t.Fatal("the test needs a last epoch that is the best")
	}
	want := left(t, task)
	path := task.Dir.Path()
	if err := os.Rename(filepath.Join(path, run.PreviousFile), filepath.Join(path, run.StateFile)); err != nil {
		t.Fatal(err)
	}
	task.Config.Train.Patience = 1
	task = goOn(t, task)
	task.From.State.BestEpoch = 1 // as if patience were over
	if result := mustRun(t, task); result.Epochs != 1 || result.Kept != 3 {
		t.Errorf("result %+v", result)
	}
	if got := left(t, task); got[run.MetricsFile] != want[run.MetricsFile] {
		t.Errorf("metrics\n%swant\n%s", got[run.MetricsFile], want[run.MetricsFile])
	}
}

// States that do not belong to the task are refused before anything is changed.
func TestRestoreRefuses(t *testing.T) {
	t.Parallel()
	for want, spoil := range map[string]func(*run.State){
		`tensor "adam.first.fc_mu.weight" is missing`:   func(s *run.State) { rename(s, "adam.first.fc_mu.weight") },
		`tensor "fc_mu.weight" is missing`:              func(s *run.State) { rename(s, "fc_mu.weight") },
		`tensor "adam.second.fc_mu.bias" has shape [1]`: func(s *run.State) { find(s, "adam.second.fc_mu.bias").Shape = []int{1} },
		`tensor "fc_mu.bias" has shape [1 2]`:           func(s *run.State) { find(s, "fc_mu.bias").Shape = []int{1, 2} },
		`does not belong to this model`:                 func(s *run.State) { s.Tensors = append(s.Tensors, run.Tensor{Name: "x"}) },
		`step 13 of epoch 3 with 0 images done`:         func(s *run.State) { s.Info.Step++ },
		`step 12 of epoch 3 with 16 images done`:        func(s *run.State) { s.Progress.Images = 16 },
		`step 13 of epoch 3 with 15 images done`:        func(s *run.State) { s.Info.Step++; s.Progress.Images = 15 },
		`step 16 of epoch 3 with 51 images done`:        func(s *run.State) { s.Info.Step += 4; s.Progress.Images = 51 },
		`or of layer 1, does not occur`:                 func(s *run.State) { s.Progress.Layer = 1 },
		`does not occur in it`:                          func(s *run.State) { s.BestEpoch = 4 },
	} {
		task, _ := newTask(t, nil, splits(50, 12))
		mustRun(t, task)
		before := left(t, task)
		task = goOn(t, task)
		spoil(task.From.State)
		_, err := Run(context.Background(), task)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), task.Dir.Path()) || strings.Contains(err.Error(), "\n") {
			t.Errorf("got %v, want %s", err, want)
		}
		if !maps.Equal(left(t, task), before) {
			t.Errorf("%s: files have changed", want)
		}
	}
}

func find(s *run.State, name string) *run.Tensor {
	return &s.Tensors[slices.IndexFunc(s.Tensors, func(x run.Tensor) bool { return x.Name == name })]
}

func rename(s *run.State, name string) { find(s, name).Name = "other" }

// The best weights are in the model alone: where it is damaged the run does not go on.
// Where somebody took it away it is made again if the state has its weights, else
// others take its place.
func TestRestoreWithoutTheModel(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, nil, splits(50, 12))
	mustRun(t, task)
	if !seen.best[2] {
		t.Fatal("the test needs a last epoch that is the best")
	}
	want := left(t, task)
	task = goOn(t, task)
	file := filepath.Join(task.Dir.Path(), run.ModelFile)
	if err := os.Truncate(file, 100); err != nil {
		t.Fatal(err)
	}
	_, err := Run(context.Background(), task)
	if err == nil || !strings.Contains(err.Error(), "the best weights so far, of epoch 3, are lost, remove the file to go on without them: ") {
		t.Errorf("got %v", err)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	task = goOn(t, task)
	if result := mustRun(t, task); result.Epochs != 0 || result.Kept != 3 {
		t.Errorf("result %+v", result)
	}
	if !maps.Equal(left(t, task), want) {
		t.Error("the model that was made again is another")
	}
}

func TestRestoreWithoutTheModelOfAnEarlierEpoch(t *testing.T) {
	t.Parallel()
	task, _ := newTask(t, resumable["patience"], unlike())
	before := mustRun(t, task)
	task.Config.Train.Patience = 0
	task.Config.Train.Epochs = before.Epochs + 2
	if err := os.Remove(filepath.Join(task.Dir.Path(), run.ModelFile)); err != nil {
		t.Fatal(err)
	}
	task = goOn(t, task)
	result := mustRun(t, task)
	warnings := strings.Join(task.Observer.(*silent).warnings, "\n")
	if !strings.Contains(warnings, "are lost, and the best of the epochs to come are kept") {
		t.Errorf("warnings %q", warnings)
	}
	if saved, _ := loadModel(t, task); result.Kept <= before.Epochs || saved.Info.Epoch != result.Kept {
		t.Errorf("kept epoch %d, %+v", saved.Info.Epoch, result)
	}
}

// A model of another training, or of another time, is not taken for that which was
// kept, and nothing is changed.
func TestRestoreWithAnotherModel(t *testing.T) {
	t.Parallel()
	for want, change := range map[string]func(m *run.Model){
		"another seed or other images":                  func(m *run.Model) { m.Info.Seed++ },
		"other images":                                  func(m *run.Model) { m.Info.DatasetSHA256 = "4567" },
		"it is of epoch 1, and that of epoch 3 was":     func(m *run.Model) { m.Info.Epoch = 1 },
		"it is of epoch 6, and that of epoch 3 was":     func(m *run.Model) { m.Info.Epoch = 6 },
		"its train.learning_rate is 0.5":                func(m *run.Model) { m.Config.Train.LearningRate = 0.5 },
		"tensor \"encoder.0.weight\" has shape [12 24]": func(m *run.Model) { m.Config.Model.Hidden = []int{13} },
	} {
		task, _ := newTask(t, nil, splits(50, 12))
		mustRun(t, task)
		other, _ := loadModel(t, task)
		change(other)
		if err := task.Dir.SaveModel(other); err != nil {
			t.Fatal(err)
		}
		before := left(t, task)
		task.Config.Train.Epochs = 4
		task = goOn(t, task)
		_, err := Run(context.Background(), task)
		if err == nil || !strings.Contains(err.Error(), "is not the model of this training: ") || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %s", err, want)
		}
		if !maps.Equal(left(t, task), before) {
			t.Errorf("%s: files have changed", want)
		}
	}
}

// The clock of an epoch goes on where it was, and what a state after an epoch holds
// of it is nothing.
func TestSecondsOfAnInterruptedEpoch(t *testing.T) {
	t.Parallel()
	task, _ := newTask(t, nil, splits(50, 12))
	interruptedAfter(t, task, 2)
	task = goOn(t, task)
	progress := &task.From.State.Progress
	if progress.Images != 32 || !(progress.Seconds > 0) {
		t.Fatalf("progress %+v", progress)
	}
	progress.Seconds = 100
	mustRun(t, task)
	rows, err := run.ReadMetrics(task.Dir.Path())
	if err != nil || len(rows) != 3 || !(rows[0].Seconds >= 100) || !(rows[0].Seconds < 150) || !(rows[1].Seconds < 50) {
		t.Errorf("rows %+v, %v", rows, err)
	}
	if p := loadState(t, task).Progress; p.Seconds != 0 || p != (run.Progress{}) {
		t.Errorf("progress %+v after the last epoch", p)
	}
}
