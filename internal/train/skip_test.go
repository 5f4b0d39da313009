package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/kernel"
)

// skippingSome is a norm that some gradients of the training of newTask exceed.
const skippingSome = 4

// A step is left out with all that it does to weights and moments where its gradient is too long.
func TestStepsAreSkipped(t *testing.T) {
	task, seen := newTask(t, func(c *config.Config) { c.Train.SkipGradients = skippingSome }, splits(50, 12))
	tr := mustTrainer(t, task)
	left, made := 0, 0
	for step := range 12 {
		tr.loadBatch([]int{step, step + 7, step + 20, 5})
		if err := tr.objective.Run(); err != nil {
			t.Fatal(err)
		}
		norm, before := tr.optimizer.Norm(tr.objective), copies(task.Model)
		tr.resumeClock()
		if err := tr.learn(4); err != nil {
			t.Fatal(err)
		}
		same := slices.Equal(before["fc_mu.bias"], values(t, task.Model, "fc_mu.bias"))
		if same != (norm > skippingSome) {
			t.Errorf("step %d with the norm %g: unchanged %t", step+1, norm, same)
		}
		if left++; !same {
			left, made = left-1, made+1
		}
	}
	if left == 0 || made == 0 || tr.skipped.ever != left || tr.optimizer.steps != made || tr.step != 12 {
		t.Errorf("%d steps left out and %d made, counted as %d and %d of %d", left, made, tr.skipped.ever, tr.optimizer.steps, tr.step)
	}
	if len(seen.warnings) != 0 {
		t.Errorf("told of %q", seen.warnings)
	}
}

// The norm is that which clipping meets.
func TestNormOfGradients(t *testing.T) {
	p := []kernel.Parameter{
		{Param: make([]float32, 2), Gradient: []float32{3, 4}}, {Param: make([]float32, 1), Gradient: []float32{12}},
	}
	if got := kernel.GradientNorm(p); got != 13 {
		t.Errorf("the norm is %g, want 13", got)
	}
	p[1].Gradient[0] = float32(math.Inf(1))
	if got := kernel.GradientNorm(p); !math.IsInf(got, 1) {
		t.Errorf("the norm is %g, want infinity", got)
	}
}

// A loss that is no number is left out of the means of its epoch.
func TestBrokenStepsAreSkipped(t *testing.T) {
	for _, limit := range []float64{0, 1e9} {
		task, _ := newTask(t, func(c *config.Config) { c.Train.SkipGradients = limit }, splits(50, 12))
		tr := mustTrainer(t, task)
		tr.resumeClock()
		for step := range 3 {
			tr.loadBatch([]int{1, 2, 3})
			if step == 1 {
				tr.objective.X[4] = float32(math.NaN())
			}
			if err := tr.objective.Run(); err != nil {
				t.Fatal(err)
			}
			err := tr.learn(3)
			var broken *NonFiniteError
			switch {
			case limit == 0 && step == 1:
				if !errors.As(err, &broken) {
					t.Fatalf("without a limit: %v", err)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
		}
		if tr.skipped != (skipping{1, 1, 3}) || tr.images != 9 || !(tr.totals.Mean().Loss > 1) || !(tr.totals.Mean().Loss < 1e3) {
			t.Errorf("left out %v of %d images, the mean loss is %g", tr.skipped, tr.images, tr.totals.Mean().Loss)
		}
		if err := tr.checkParameters(1); err != nil {
			t.Error(err)
		}
		p := tr.progress()
		if again := totalsOf(p); p.Unmeasured != 3 || again.Mean() != tr.totals.Mean() {
			t.Errorf("%+v does not give the means again", p)
		}
	}
}

func TestSkippedStepsAreTold(t *testing.T) {
	for skipped, want := range map[int]string{0: "", 1: "note: 1 of the 20 steps of epoch 3 left out", 2: "note: 2 of", 3: "warning: 3 of the 20 steps"} {
		task, seen := newTask(t, func(c *config.Config) { c.Train.SkipGradients, c.Train.Batch = 5, 1 }, splits(20, 0))
		tr := mustTrainer(t, task)
		tr.epoch = 3
		tr.reportSkipped(skipped)
		var told []string
		for _, text := range seen.notes {
			told = append(told, "note: "+text)
		}
		for _, text := range seen.warnings {
			told = append(told, "warning: "+text)
		}
		if got := fmt.Sprint(told); len(told) > 1 || !strings.Contains(got, want) || (want == "") != (len(told) == 0) {
			t.Errorf("%d left out: %q, want %q", skipped, got, want)
		}
	}
}

func TestEpochWithoutAStepIsAnError(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Train.SkipGradients = 1e-3 }, splits(50, 12))
	_, err := Run(context.Background(), task)
	if err == nil || !strings.Contains(err.Error(), "all steps of epoch 1 were left out") {
		t.Errorf("the error is %v", err)
	}
}

// What "skipped" of TestResumeIsExact goes through.
func TestSkippingIsResumed(t *testing.T) {
	task, seen := newTask(t, resumable["skipped"], resumableData("skipped"))
	mustRun(t, task)
	if p := loadState(t, task).Progress; p.SkippedEver < 3 || p.SkippedEver > 15 || p.Skipped != 0 || p.Unmeasured != 0 {
		t.Errorf("the state counts %+v", p)
	}
	if len(seen.notes)+len(seen.warnings) < 3 {
		t.Errorf("told %q and %q", seen.notes, seen.warnings)
	}
}
