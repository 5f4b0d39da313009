package train

import (
	"context"
	"errors"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

func TestInterruptedInTheFirstEpoch(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 10))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen.onStep = func(p Progress) {
		if p.Images == 32 {
			cancel()
		}
	}
	result, err := Run(ctx, task)
	if !errors.Is(err, ErrInterrupted) || result.Epochs != 0 || seen.order != "ss" {
		t.Fatalf("error %v, result %+v, calls %s", err, result, seen.order)
	}
	saved, m := loadModel(t, task)
	if !maps.EqualFunc(copies(m), copies(task.Model), slices.Equal) || saved.Info.Epoch != 0 || saved.Info.Step != 2 {
		t.Errorf("saved the model of epoch %d, step %d", saved.Info.Epoch, saved.Info.Step)
	}
	if s := loadState(t, task); s.Info.Step != 2 || s.BestEpoch != 0 || s.Info.Metrics["train_loss"] != seen.steps[1].Terms.Loss {
		t.Errorf("state of step %d, best epoch %d, metrics %v", s.Info.Step, s.BestEpoch, s.Info.Metrics)
	}
	if _, err := os.Stat(filepath.Join(task.Dir.Path(), run.MetricsFile)); err == nil {
		t.Error("an unfinished epoch has a row of metrics")
	}
}

func TestInterruptedLaterKeepsTheBestModel(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 10))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen.onStep = func(p Progress) {
		if p.Epoch == 2 {
			cancel()
		}
	}
	result, err := Run(ctx, task)
	if !errors.Is(err, ErrInterrupted) || result.Epochs != 1 || result.Images != 50 || seen.order != "sssses" {
		t.Fatalf("error %v, result %+v, calls %s", err, result, seen.order)
	}
	saved, m := loadModel(t, task)
	if saved.Info.Epoch != 1 || saved.Info.Step != 4 || maps.EqualFunc(copies(m), copies(task.Model), slices.Equal) {
		t.Errorf("saved the model of epoch %d, step %d, want the best of epoch 1", saved.Info.Epoch, saved.Info.Step)
	}
	if s := loadState(t, task); s.Info.Epoch != 1 || s.Info.Step != 5 || s.BestEpoch != 1 || s.BestLoss != seen.rows[0].Validation.Loss {
		t.Errorf("state of epoch %d, step %d, best %d of %g", s.Info.Epoch, s.Info.Step, s.BestEpoch, s.BestLoss)
	}
}

func TestInterruptedByACanceledContextStillTakesAStep(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 0))
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := Run(ctx, task); !errors.Is(err, ErrInterrupted) || seen.order != "s" {
		t.Errorf("error %v, calls %s", err, seen.order)
	}
	loadModel(t, task)
	loadState(t, task)
}

// checkDiverged expects a *NonFiniteError with the given place.
func checkDiverged(t *testing.T, err error, epoch, step int, part, cause string) {
	t.Helper()
	var diverged *NonFiniteError
	if !errors.As(err, &diverged) {
		t.Fatalf("error %v, want a NonFiniteError", err)
	}
	if diverged.Epoch != epoch || diverged.Step != step || diverged.Part != part || !strings.Contains(diverged.Cause, cause) {
		t.Errorf("error %+v, want epoch %d, step %d, %s, %s", diverged, epoch, step, part, cause)
	}
	if text := err.Error(); !strings.Contains(text, part) || !strings.Contains(text, cause) || strings.Contains(text, "\n") {
		t.Errorf("error %q is not one line with part and cause", text)
	}
}

func TestDivergenceNamesTheLearningRate(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) {
		c.Model.Likelihood, c.Model.Activation, c.Model.Hidden = "gaussian", "linear", []int{30, 30, 30, 30, 30, 30}
		c.Model.Sigma, c.Train.LearningRate, c.Train.Epochs = 0.01, 10, 50
	}, splits(50, 0))
	_, err := Run(context.Background(), task)
	var diverged *NonFiniteError
	if !errors.As(err, &diverged) {
		t.Fatalf("error %v after %d steps of rate 10", err, len(seen.steps))
	}
	// Adam's steps are about 10 each whatever the gradient: six linear layers
	// of 30 units overflow float32 within few of them.
	checkDiverged(t, err, 1+len(seen.steps)/4, 1+len(seen.steps), diverged.Part, "\x00⟨train.learning_rate 0.001⟩\x00")
	if !strings.HasSuffix(diverged.Part, "term") || !strings.Contains(diverged.Cause, "10 is probably too high") {
		t.Errorf("error %v", err)
	}
}

func TestDivergenceNamesPartAndPlace(t *testing.T) {
	nan := float32(math.NaN())
	for name, c := range map[string]struct {
		change   func(*config.Config)
		at, part string
		cause    string
	}{
		"decoder": {nil, "decoder.2.bias", "reconstruction term", "lower \x00⟨train.learning_rate⟩\x00 (it is 0.003)"},
		"encoder": {nil, "fc_mu.bias", "reconstruction term", "\x00⟨train.learning_rate⟩\x00"},
		"sigma": {func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", 1e-4 },
			"decoder.2.bias", "reconstruction term", "sigma 0.0001"},
		"beta": {func(c *config.Config) { c.Model.Beta = 1000 }, "decoder.2.bias", "reconstruction term", "beta 1000"},
	} {
		t.Run(name, func(t *testing.T) {
			task, seen := newTask(t, c.change, splits(50, 10))
			seen.onStep = func(p Progress) {
				if p.Epoch == 2 && p.Images == 32 {
					for _, param := range task.Model.Params() {
						if param.Name == c.at {
							param.Value[0] = nan
						}
					}
				}
			}
			result, err := Run(context.Background(), task)
			checkDiverged(t, err, 2, 7, c.part, c.cause)
			if result.Epochs != 1 || seen.order != "ssssess" {
				t.Errorf("result %+v, calls %s", result, seen.order)
			}
			saved, m := loadModel(t, task) // refuses NaN
			if saved.Info.Epoch != 1 || len(copies(m)) != 10 {
				t.Errorf("kept the model of epoch %d", saved.Info.Epoch)
			}
			loadState(t, task)
		})
	}
}

func TestDivergenceOfTheKLTerm(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 0))
	seen.onStep = func(Progress) {
		for _, p := range task.Model.Params() { // mu^2 overflows, z stays finite, and the decoder ignores it
			switch p.Name {
			case "fc_mu.bias":
				p.Value[0] = 1e30
			case "decoder.0.weight":
				clear(p.Value)
			}
		}
	}
	_, err := Run(context.Background(), task)
	checkDiverged(t, err, 1, 2, "KL term", "\x00⟨train.learning_rate⟩\x00")
}

// The update of an epoch's last step is seen by no loss: what it ruins must not
// be saved.
func TestDivergenceInTheLastStepOfAnEpoch(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 0))
	seen.onStep = func(p Progress) {
		if p.Epoch == 2 && p.Images == 50 {
			task.Model.Params()[1].Value[3] = float32(math.Inf(1))
		}
	}
	_, err := Run(context.Background(), task)
	checkDiverged(t, err, 2, 8, "parameter encoder.0.bias", "\x00⟨train.learning_rate⟩\x00")
	if saved, _ := loadModel(t, task); saved.Info.Epoch != 1 {
		t.Errorf("kept the model of epoch %d", saved.Info.Epoch)
	}
	if s := loadState(t, task); s.Info.Epoch != 1 {
		t.Errorf("kept the state of epoch %d", s.Info.Epoch)
	}
	if rows, err := run.ReadMetrics(task.Dir.Path()); err != nil || len(rows) != 1 {
		t.Errorf("%d rows of metrics, error %v", len(rows), err)
	}
}

// set makes one parameter's elements v.
func set(task Task, name string, v float32) {
	for _, p := range task.Model.Params() {
		if p.Name == name {
			for i := range p.Value {
				p.Value[i] = v
			}
		}
	}
}

// A gradient above 1e19 leaves loss and parameters finite, but its square is
// not: such a second moment cannot be resumed from.
func TestDivergenceOfTheSecondMoment(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = "gaussian", 1e-6 }, splits(50, 0))
	seen.onStep = func(p Progress) {
		if p.Images == 48 {
			set(task, "decoder.2.bias", 1e11)
		}
	}
	_, err := Run(context.Background(), task)
	checkDiverged(t, err, 1, 4, "optimizer's state of encoder.0.weight", "sigma 1e-06")
}

func TestDivergenceSeenByValidationAlone(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) { c.Model.Likelihood = "gaussian" }, splits(50, 5))
	seen.onStep = func(p Progress) {
		if p.Epoch == 2 && p.Images == 50 {
			set(task, "decoder.2.bias", 1e30) // finite, and its square is not
		}
	}
	_, err := Run(context.Background(), task)
	checkDiverged(t, err, 2, 8, "validation loss", "\x00⟨train.learning_rate⟩\x00")
	if saved, _ := loadModel(t, task); saved.Info.Epoch != 1 {
		t.Errorf("kept the model of epoch %d", saved.Info.Epoch)
	}
}

func TestDivergenceAndInterruptTogether(t *testing.T) {
	task, seen := newTask(t, nil, splits(50, 0))
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	seen.onStep = func(Progress) {
		task.Model.Params()[0].Value[0] = float32(math.NaN())
		cancel()
	}
	_, err := Run(ctx, task)
	checkDiverged(t, err, 1, 1, "parameter encoder.0.weight", "\x00⟨train.learning_rate⟩\x00")
	for _, name := range []string{run.ModelFile, run.StateFile} {
		if _, err := os.Stat(filepath.Join(task.Dir.Path(), name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}

func TestLogvarOutOfRangeIsReported(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) { c.Train.Epochs = 2 }, splits(50, 0))
	set(task, "fc_logvar.bias", -200)
	mustRun(t, task)
	if seen.order != "ssssewssssew" || !strings.Contains(seen.warnings[0], "logvar left its safe range") || !strings.Contains(seen.warnings[0], " 0 above") {
		t.Fatalf("calls %s, warnings %q", seen.order, seen.warnings)
	}
	// Every epoch counts its own.
	if want := strings.Replace(seen.warnings[0], "epoch 1", "epoch 2", 1); seen.warnings[1] != want || want == seen.warnings[0] {
		t.Errorf("second warning %q, want %q", seen.warnings[1], want)
	}
}

// A folder that is gone is an error that names the file, and training ends.
func TestSavingFails(t *testing.T) {
	task, _ := newTask(t, nil, splits(50, 0))
	if err := os.RemoveAll(task.Dir.Path()); err != nil {
		t.Fatal(err)
	}
	result, err := Run(context.Background(), task)
	if err == nil || !strings.Contains(err.Error(), run.ModelFile) || result.Epochs != 1 {
		t.Errorf("error %v after %d epochs", err, result.Epochs)
	}
}

// The cause that is named is one that the settings have.
func TestLikelyCause(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   string
	}{
		"high rate": {func(c *config.Config) { c.Train.LearningRate = 0.1 }, "learning rate 0.1 is probably too high"},
		"steep":     {func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = config.Gaussian, 1e-3 }, "sigma 0.001 makes the likelihood very steep"},
		"learned":   {func(c *config.Config) { c.Model.Likelihood, c.Model.Sigma = config.Gaussian, config.Learned }, "training has diverged"},
		"no sigma":  {func(c *config.Config) { c.Model.Sigma = 1e-3 }, "training has diverged"},
		"beta":      {func(c *config.Config) { c.Model.Beta = 1000 }, "beta 1000 makes the KL term dominate"},
	} {
		task, _ := newTask(t, c.change, splits(20, 5))
		if got := (&trainer{Task: task}).likelyCause(); !strings.Contains(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
