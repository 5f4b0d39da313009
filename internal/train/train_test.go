package train

import (
	"context"
	"fmt"
	"maps"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
)

func TestTrainingLearnsAndLeavesItsFiles(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, func(c *config.Config) { c.Train.Epochs = 40 }, splits(50, 20))
	result := mustRun(t, task)
	if result.Epochs != 40 || result.Images != 40*50 || result.Kept < 1 || result.Training <= 0 {
		t.Errorf("result %+v", result)
	}
	// 24 pixels start at log 2 nats each; bars of one column leave less than half.
	if first, last := seen.rows[0].Train.Loss, seen.rows[39].Train.Loss; !(first > 14 && last < 0.6*first && last > 0) {
		t.Errorf("training loss went from %g to %g", first, last)
	}
	if first, last := seen.rows[0].Validation.Loss, seen.rows[39].Validation.Loss; !(last < 0.6*first) {
		t.Errorf("validation loss went from %g to %g", first, last)
	}
	rows, err := run.ReadMetrics(task.Dir.Path())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 40 || rows[39].Epoch != 40 || rows[39].Step != 160 || rows[39].Train.Loss != seen.rows[39].Train.Loss ||
		rows[39].Validation.KL != seen.rows[39].Validation.KL || rows[39].LearningRate != 3e-3 {
		t.Errorf("%d rows, the last %+v, observed %+v", len(rows), rows[39], seen.rows[39])
	}
	checkSavedModel(t, task, result, seen)
	checkSavedState(t, task, result, seen)
}

func checkSavedModel(t *testing.T, task Task, result Result, seen *silent) {
	t.Helper()
	saved, m := loadModel(t, task)
	info, row := saved.Info, seen.rows[result.Kept-1]
	if info.Program != "vae test" || info.Dataset != "bars" || info.DatasetSHA256 != "0123" || info.Seed != 9 ||
		info.Epoch != result.Kept || info.Step != 4*result.Kept || info.PixelMean != task.Data.Train.Set.Mean() {
		t.Errorf("provenance %+v", info)
	}
	if info.Metrics["val_loss"] != row.Validation.Loss || info.Metrics["train_kl"] != row.Train.KL || len(info.Metrics) != 6 {
		t.Errorf("metrics %v, the best row %+v", info.Metrics, row)
	}
	b, err := evaluate.NewLoss(m, 7, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := b.Measure(context.Background(), task.Data.Validation, 9, "validation noise")
	if err != nil {
		t.Fatal(err)
	}
	if !(math.Abs(terms.Loss-row.Validation.Loss) <= 1e-6*row.Validation.Loss) {
		t.Errorf("the saved model has validation loss %g, its row says %g", terms.Loss, row.Validation.Loss)
	}
}

func checkSavedState(t *testing.T, task Task, result Result, seen *silent) {
	t.Helper()
	s := loadState(t, task)
	var want []string
	for _, p := range task.Model.Params() {
		want = append(want, p.Name, "adam.first."+p.Name, "adam.second."+p.Name)
	}
	shapes := map[string]string{}
	for _, tensor := range s.Tensors {
		shapes[tensor.Name] = fmt.Sprint(tensor.Shape)
	}
	if got := slices.Sorted(maps.Keys(shapes)); !slices.Equal(got, slices.Sorted(slices.Values(want))) {
		t.Fatalf("tensors %v, want %v", got, want)
	}
	last := copies(task.Model)
	for _, tensor := range s.Tensors {
		name := strings.TrimPrefix(strings.TrimPrefix(tensor.Name, "adam.first."), "adam.second.")
		if shapes[tensor.Name] != shapes[name] {
			t.Errorf("%s has shape %s, %s has %s", tensor.Name, shapes[tensor.Name], name, shapes[name])
		}
		if name == tensor.Name && !slices.Equal(tensor.Data, last[name]) {
			t.Errorf("%s is not the last one", name)
		}
		if negative := slices.ContainsFunc(tensor.Data, func(v float32) bool { return v < 0 }); negative && strings.HasPrefix(tensor.Name, "adam.second.") {
			t.Errorf("%s has negative elements", tensor.Name)
		}
	}
	if s.BestEpoch != result.Kept || s.BestLoss != seen.rows[result.Kept-1].Validation.Loss || s.Info.Epoch != 40 || s.Info.Step != 160 {
		t.Errorf("best epoch %d of loss %g, state of epoch %d, step %d", s.BestEpoch, s.BestLoss, s.Info.Epoch, s.Info.Step)
	}
}

func TestTheSameTaskGivesTheSameFiles(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	wide := func(c *config.Config) { c.Model.Hidden = []int{90, 40} } // enough for several tasks of the worker pool
	var files []string
	for _, threads := range []int{2, 2, 1} {
		runtime.GOMAXPROCS(threads)
		task, _ := newTask(t, wide, splits(70, 10))
		mustRun(t, task)
		files = append(files, bytesOf(t, task, run.ModelFile)+bytesOf(t, task, run.StateFile))
	}
	if files[0] != files[1] {
		t.Error("two runs of one task gave other files")
	}
	if files[0] != files[2] {
		t.Error("one thread gave other files than two")
	}
	task, _ := newTask(t, func(c *config.Config) { wide(c); c.Train.Seed = 10 }, splits(70, 10))
	mustRun(t, task)
	if bytesOf(t, task, run.ModelFile)+bytesOf(t, task, run.StateFile) == files[0] {
		t.Error("another seed gave the same files")
	}
}

// plainEpochs is training written down once more: exact batches, each with a
// graph of its own size, and Adam in float64.
func plainEpochs(t *testing.T, task Task, epochs int) map[string][]float64 {
	t.Helper()
	m, err := model.New(task.Config.Model, shape, task.Config.Train.Seed)
	if err != nil {
		t.Fatal(err)
	}
	weights, first, second := map[string][]float64{}, map[string][]float64{}, map[string][]float64{}
	for _, p := range m.Params() {
		for _, v := range p.Value {
			weights[p.Name] = append(weights[p.Name], float64(v))
		}
		first[p.Name], second[p.Name] = make([]float64, len(p.Value)), make([]float64, len(p.Value))
	}
	step, train, seed := 0, task.Data.Train, task.Config.Train.Seed
	for epoch := range epochs {
		order := make([]int, train.Len())
		rng.Permutation(order, rng.Stream(seed, "shuffle", uint64(epoch+1)))
		for rows := range slices.Chunk(order, task.Config.Train.Batch) {
			step++
			o, err := m.NewObjective(model.ObjectiveOptions{Rows: len(rows), Gradients: true})
			if err != nil {
				t.Fatal(err)
			}
			train.Gather(o.X, rows)
			Noise(o.Noise[0], 0, seed, step, 0)
			for i := range o.Weight {
				o.Weight[i] = 1 / float32(len(rows))
			}
			if err := o.Run(); err != nil {
				t.Fatal(err)
			}
			for i, p := range m.Params() {
				g := o.Gradient(i)
				w, m, v := weights[p.Name], first[p.Name], second[p.Name]
				for j, gj := range g {
					g := float64(gj)
					m[j], v[j] = 0.9*m[j]+0.1*g, 0.999*v[j]+0.001*g*g
					correctedM, correctedV := m[j]/(1-math.Pow(0.9, float64(step))), v[j]/(1-math.Pow(0.999, float64(step)))
					w[j] -= task.Config.Train.LearningRate * correctedM / (math.Sqrt(correctedV) + 1e-8)
					p.Value[j] = float32(w[j])
				}
			}
		}
	}
	return weights
}

// The last batch of 2 among batches of 16 must count exactly: after two epochs
// the weights are those of a loop that pads nothing.
func TestWeightsAgainstAPlainLoop(t *testing.T) {
	t.Parallel()
	task, _ := newTask(t, func(c *config.Config) { c.Train.Epochs = 2 }, splits(50, 0))
	mustRun(t, task)
	want := plainEpochs(t, task, 2)
	// Eight steps of 3e-3; where a gradient is near zero, its sign is decided by
	// rounding and a step may turn round, so that no more than this is derived:
	// a hundredth of one step, for all but one element in a hundred.
	var far, all int
	for _, p := range task.Model.Params() {
		for i, v := range p.Value {
			all++
			if !(math.Abs(float64(v)-want[p.Name][i]) <= 3e-5) {
				far++
			}
		}
	}
	if far*100 > all {
		t.Errorf("%d of %d weights differ from those of the plain loop", far, all)
	}
}

func TestWithoutValidationTheLastWeightsAreKept(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, nil, splits(50, 0))
	result := mustRun(t, task)
	saved, m := loadModel(t, task)
	if !maps.EqualFunc(copies(m), copies(task.Model), slices.Equal) {
		t.Error("the saved model is not the last one")
	}
	if result.Kept != 3 || saved.Info.Epoch != 3 || !slices.Equal(seen.best, []bool{true, true, true}) {
		t.Errorf("best epoch %d, saved %d, observed %v", result.Kept, saved.Info.Epoch, seen.best)
	}
	if _, ok := saved.Info.Metrics["val_loss"]; ok || len(saved.Info.Metrics) != 3 {
		t.Errorf("metrics %v, want those of training alone", saved.Info.Metrics)
	}
	rows, err := run.ReadMetrics(task.Dir.Path())
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 || !math.IsNaN(rows[2].Validation.Loss) || !(rows[2].Train.Loss > 0) {
		t.Errorf("rows %+v", rows)
	}
	if s := loadState(t, task); s.BestEpoch != 3 || s.BestLoss != rows[2].Train.Loss {
		t.Errorf("best epoch %d of loss %g, want 3 of %g", s.BestEpoch, s.BestLoss, rows[2].Train.Loss)
	}
}

// Validation images that look unlike the training images get worse the longer
// training lasts: the model that is kept must be that of the best epoch, and a
// run of that length must end with it.
func TestTheBestModelByValidationIsKept(t *testing.T) {
	t.Parallel()
	data := unlike()
	long := func(c *config.Config) { c.Train.Epochs, c.Train.LearningRate = 12, 1e-2 }
	task, seen := newTask(t, long, data)
	result := mustRun(t, task)
	best := 0
	for i, row := range seen.rows {
		if row.Validation.Loss < seen.rows[best].Validation.Loss {
			best = i
		}
		if seen.best[i] != (best == i) {
			t.Errorf("epoch %d of validation loss %g was called best: %v", i+1, row.Validation.Loss, seen.best[i])
		}
	}
	if best == 11 || result.Kept != best+1 {
		t.Fatalf("best epoch %d by the result, %d by the rows; the test needs one before the last", result.Kept, best+1)
	}
	_, m := loadModel(t, task)
	again, _ := newTask(t, func(c *config.Config) { long(c); c.Train.Epochs = best + 1 }, data)
	mustRun(t, again)
	if !maps.EqualFunc(copies(m), copies(again.Model), slices.Equal) {
		t.Error("the saved model is not that of the best epoch")
	}
	if maps.EqualFunc(copies(m), copies(task.Model), slices.Equal) {
		t.Error("the saved model is the last one")
	}
}

func TestObserverSeesEveryStepInOrder(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, func(c *config.Config) { c.Train.Epochs = 2 }, splits(50, 5))
	mustRun(t, task)
	if seen.order != "sssse"+"sssse" {
		t.Fatalf("calls %s, want sssse twice", seen.order)
	}
	for i, p := range seen.steps {
		want := []int{16, 32, 48, 50}[i%4]
		if p.Epoch != 1+i/4 || p.Epochs != 2 || p.Images != want || p.Of != 50 || !(p.ImagesPerSecond > 0) || !(p.Terms.Loss > 0) {
			t.Errorf("step %d: %+v", i+1, p)
		}
	}
	for epoch, row := range seen.rows { // the last step's means are the epoch's
		terms := seen.steps[4*epoch+3].Terms
		if terms.Loss != row.Train.Loss || terms.Reconstruction != row.Train.Reconstruction || terms.KL != row.Train.KL {
			t.Errorf("epoch %d: terms %+v, row %+v", epoch+1, terms, row)
		}
		if sum := row.Train.Reconstruction + row.Train.KL; !(math.Abs(row.Train.Loss-sum) <= 1e-9*sum) {
			t.Errorf("epoch %d: loss %g, its parts add up to %g", epoch+1, row.Train.Loss, sum)
		}
	}
}
