package train

import (
	"context"
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

// The weight of the KL term is that of the step, in epochs of 4 steps.
func TestKLWeightFollowsTheWarmup(t *testing.T) {
	for name, want := range map[string][]float64{
		"none":             {1, 1, 1, 1, 1},
		"linear:2":         {0, 1. / 8, 2. / 8, 3. / 8, 4. / 8, 5. / 8, 6. / 8, 7. / 8, 1, 1, 1},
		"linear:0.5":       {0, 0.5, 1, 1},
		"cyclical:2":       {0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 0, 0.25, 0.5, 0.75, 1, 1, 1, 1, 0},
		"cyclical:1:0.25":  {0, 1, 1, 1, 0, 1},
		"cyclical:1.5:0.5": {0, 1. / 3, 2. / 3, 1, 1, 1, 0, 1. / 3},
	} {
		task, _ := newTask(t, func(c *config.Config) { c.Train.KLWarmup, c.Model.Beta = name, 3 }, splits(50, 0))
		tr := mustTrainer(t, task)
		for step, factor := range want {
			batchAt(tr, step+1, []int{0})
			if got := tr.objective.KLWeight; !(math.Abs(got-3*factor) <= 1e-9) {
				t.Errorf("%s: weight %g at step %d, want %g", name, got, step+1, 3*factor)
			}
		}
	}
}

// With a weight of 0 for the whole training nothing keeps q(z|x) near the prior; what
// is reported has the full weight all the same.
func TestKLWarmupChangesTrainingAndNotTheFigures(t *testing.T) {
	t.Parallel()
	var kl []float64
	for _, warmup := range []string{"none", "linear:1000"} {
		task, seen := newTask(t, func(c *config.Config) {
			c.Train.KLWarmup, c.Train.Epochs, c.Train.Batch, c.Model.Beta = warmup, 3, 4, 2
		}, splits(300, 0))
		mustRun(t, task)
		row := seen.rows[2]
		kl = append(kl, row.Train.KL)
		if sum := row.Train.Reconstruction + 2*row.Train.KL; !(math.Abs(row.Train.Loss-sum) <= 1e-9*sum) {
			t.Errorf("%s: loss %g, its parts at beta 2 add up to %g", warmup, row.Train.Loss, sum)
		}
	}
	if !(kl[1] > 2*kl[0]) {
		t.Errorf("KL %g with the full weight, %g with next to none", kl[0], kl[1])
	}
}

// The baseline of a step is the average of the reconstruction terms before it, that
// of the last weighing a hundredth.
func TestAverageBaseline(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) {
		c.Train.Estimator, c.Train.Baseline, c.Train.Samples = "score", "average", 3
	}, splits(50, 0))
	tr := mustTrainer(t, task)
	average := 0.
	for step := range 6 {
		rows := []int{step, step + 7, step + 20, 5}[:4-step%2]
		tr.loadBatch(rows)
		if got := tr.objective.Baseline; !(math.Abs(got-average) <= 1e-9) {
			t.Errorf("step %d has the baseline %g, want %g", step+1, got, average)
		}
		if err := tr.objective.Run(); err != nil {
			t.Fatal(err)
		}
		tr.optimizer.Step(tr.objective, 0.01)
		var mean float64
		for _, v := range tr.objective.Reconstruction()[:3*len(rows)] {
			mean += float64(v) / float64(3*len(rows))
		}
		tr.resumeClock()
		tr.endStep(len(rows), true)
		if average = 0.99*average + 0.01*mean; step == 0 {
			average = mean
		}
	}
	if !(average > 5) {
		t.Errorf("an average of %g nats", average)
	}
}

// A first step that cannot be measured is no beginning of the average.
func TestAverageBaselineBehindASkippedStep(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) {
		c.Train.SkipGradients, c.Train.Estimator, c.Train.Baseline = 1e9, config.Score, config.Average
	}, splits(50, 0))
	tr := mustTrainer(t, task)
	tr.resumeClock()
	rows := []int{3, 7, 20, 5}
	for step := range 2 {
		tr.loadBatch(rows)
		tr.before.keep(tr.Model)
		if step == 0 {
			tr.objective.X[0] = float32(math.NaN())
		}
		if err := tr.objective.Run(); err != nil {
			t.Fatal(err)
		}
		if err := tr.learn(len(rows)); err != nil {
			t.Fatal(err)
		}
	}
	var mean float64
	for _, v := range tr.objective.Reconstruction()[:len(rows)] {
		mean += float64(v) / float64(len(rows))
	}
	if tr.skipped.ever != 1 || !(math.Abs(tr.baseline-mean) < 1e-9*mean) {
		t.Errorf("%d steps skipped; baseline %g, want %g", tr.skipped.ever, tr.baseline, mean)
	}
}

func TestOtherBaselinesLeaveTheObjectiveAlone(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) {
		c.Train.Estimator, c.Train.Baseline, c.Train.Samples = "score", "leave-one-out", 3
	}, splits(50, 0))
	tr := mustTrainer(t, task)
	tr.baseline = 17
	tr.loadBatch([]int{1})
	if tr.objective.Baseline != 0 {
		t.Errorf("baseline %g", tr.objective.Baseline)
	}
}

// worsening is fast enough for the validation loss to rise soon.
func worsening(c *config.Config) { c.Train.LearningRate = 1e-2 }

func TestPatience(t *testing.T) {
	t.Parallel()
	for _, patience := range []int{1, 3} {
		task, seen := newTask(t, func(c *config.Config) { worsening(c); c.Train.Epochs, c.Train.Patience = 40, patience }, unlike())
		result := mustRun(t, task)
		if result.Epochs != result.Kept+patience || result.Epochs == 40 || len(seen.rows) != result.Epochs {
			t.Fatalf("patience %d: %d epochs, %d rows, the best is %d", patience, result.Epochs, len(seen.rows), result.Kept)
		}
		best := seen.rows[result.Kept-1].Validation.Loss
		for _, row := range seen.rows {
			if row.Validation.Loss < best {
				t.Errorf("epoch %d is better than the one kept, %d", row.Epoch, result.Kept)
			}
		}
		since := 0 // epochs without a better one: never patience of them before the end
		for i, row := range seen.rows[1:] {
			if since++; seen.best[i+1] {
				since = 0
			}
			if since >= patience && row.Epoch < result.Epochs {
				t.Errorf("patience %d: went on after epoch %d", patience, row.Epoch)
			}
		}
		if saved, _ := loadModel(t, task); saved.Info.Epoch != result.Kept {
			t.Errorf("the model of epoch %d is kept, not of %d", saved.Info.Epoch, result.Kept)
		}
	}
}

func TestPatienceWithoutValidationNeverEnds(t *testing.T) {
	t.Parallel()
	task, _ := newTask(t, func(c *config.Config) { c.Train.Epochs, c.Train.Patience = 4, 1 }, splits(50, 0))
	if result := mustRun(t, task); result.Epochs != 4 {
		t.Errorf("%d epochs of 4", result.Epochs)
	}
}

// Two runs that differ in what they keep train alike.
func TestKeepLast(t *testing.T) {
	t.Parallel()
	var states []string
	var kept []int
	for _, keep := range []config.Keep{config.Last, config.Best} {
		task, seen := newTask(t, func(c *config.Config) { worsening(c); c.Train.Epochs, c.Train.Keep = 8, keep }, unlike())
		result, err := Run(context.Background(), task)
		if err != nil {
			t.Fatal(err)
		}
		saved, m := loadModel(t, task)
		if saved.Info.Epoch != result.Kept || saved.Info.Metrics["val_loss"] != seen.rows[result.Kept-1].Validation.Loss {
			t.Errorf("keep %s: the model is of epoch %d, the result says %d", keep, saved.Info.Epoch, result.Kept)
		}
		last := values(t, task.Model, "fc_mu.weight")[0]
		if got := values(t, m, "fc_mu.weight")[0]; (got == last) != (keep == "last") {
			t.Errorf("keep %s: a weight is %g, that of the last epoch %g", keep, got, last)
		}
		s := loadState(t, task)
		kept, states = append(kept, result.Kept), append(states, string(floats(s)))
		if s.BestEpoch == 8 || s.BestLoss != seen.rows[s.BestEpoch-1].Validation.Loss {
			t.Errorf("keep %s: the state has the best epoch %d of loss %g", keep, s.BestEpoch, s.BestLoss)
		}
	}
	if kept[0] != 8 || kept[1] == 8 {
		t.Errorf("kept the epochs %v, want the last of 8 and a better one", kept)
	}
	if states[0] != states[1] {
		t.Error("the last weights depend on which are kept")
	}
}

// floats are the tensors of a state, as text.
func floats(s *run.State) (text []byte) {
	for _, tensor := range s.Tensors {
		for _, v := range tensor.Data {
			bits := math.Float32bits(v)
			text = append(text, byte(bits), byte(bits>>8), byte(bits>>16), byte(bits>>24))
		}
	}
	return text
}
