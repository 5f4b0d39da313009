package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/kernel"
)

// Norms that some gradients of the training of newTask exceed, and of that of the "averaged network" of resumable.
const (
	skippingSome      = 4
	skippingOfNetwork = 17.8
)

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

// A batch that breaks the loss leaves the moments of a normalization, which it has moved already.
func TestSkippedStepsLeaveMoments(t *testing.T) {
	task, _ := newTask(t, resumable["averaged network"], splits(50, 12))
	tr := mustTrainer(t, task)
	tr.resumeClock()
	fixed := func() (all []float32) {
		for _, p := range task.Model.Fixed() {
			all = append(all, p.Value...)
		}
		return all
	}
	before := fixed()
	if len(before) != 16 {
		t.Fatalf("%d moments", len(before))
	}
	for _, broken := range []bool{true, false} {
		tr.loadBatch([]int{1, 2, 3})
		if broken {
			tr.objective.X[4] = float32(math.NaN())
		} else {
			tr.Config.Train.SkipGradients = 1e9
		}
		tr.before.keep(task.Model)
		if err := tr.objective.Run(); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(fixed(), before) {
			t.Fatal("the run has moved no moments")
		}
		if err := tr.learn(3); err != nil {
			t.Fatal(err)
		}
		if slices.Equal(fixed(), before) != broken {
			t.Errorf("broken %t: moments %v, before %v", broken, fixed(), before)
		}
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
	if want := regexp.MustCompile(`^all steps of epoch 1 were left out, as the norms of their gradients are from [\d.]+ to [\d.]+, above \x00⟨train\.skip_gradients 0\.001⟩\x00: raise it, or lower `); err == nil || !want.MatchString(err.Error()) {
		t.Errorf("the error is %v", err)
	}
}

// The error says how long the gradients were, and advises to raise the limit only where that helps.
func TestNormsOfStepsLeftOutAreTold(t *testing.T) {
	for want, met := range map[string][]float64{
		"as the norms of their gradients are from 512.3 to 2304, above": {700, 512.34, 2304},
		"as the norms of their gradients are 7, above":                  {7},
		"1 as their losses or gradients are no finite numbers, the others as \x00⟨train.skip_gradients 5⟩\x00 is below the norms of their gradients, which are from 6 to 8: raise it": {8, math.NaN(), 6},
		"as their losses or gradients are no finite numbers: lower \x00⟨train.learning_rate⟩":                                                                                         {math.NaN(), math.Inf(1)},
	} {
		task, _ := newTask(t, func(c *config.Config) { c.Train.SkipGradients, c.Train.Batch = 5, 1 }, splits(len(met), 0))
		tr := mustTrainer(t, task)
		tr.tooLong = norms{1, 1e9, 2, 0} // of an epoch before
		for _, norm := range met {
			tr.leaveOut(norm)
		}
		if err := tr.checkSkipped(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", met, err, want)
		}
	}
}

// What two trainings of TestResumeIsExact go through.
func TestSkippingIsResumed(t *testing.T) {
	for _, name := range []string{"skipped", "averaged network"} {
		task, seen := newTask(t, resumable[name], resumableData(name))
		mustRun(t, task)
		if p := loadState(t, task).Progress; p.SkippedEver < 3 || p.SkippedEver > len(seen.steps)-3 || p.Skipped != 0 || p.Unmeasured != 0 {
			t.Errorf("%s: the state counts %+v of %d steps", name, p, len(seen.steps))
		}
		if len(seen.notes)+len(seen.warnings) < 2 {
			t.Errorf("%s: told %q and %q", name, seen.notes, seen.warnings)
		}
	}
}
