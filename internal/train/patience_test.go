package train

import (
	"slices"
	"testing"

	"vae/internal/config"
)

// ends is the epoch after which a training of steps of a quarter of an epoch ends whose validation
// losses are these.
func ends(t *testing.T, warmup string, patience int, losses ...float64) (epoch, best int) {
	t.Helper()
	task, _ := newTask(t, func(c *config.Config) {
		c.Train.KLWarmup, c.Train.Patience, c.Train.Epochs = warmup, patience, len(losses)
	}, splits(50, 12))
	tr := mustTrainer(t, task)
	for _, loss := range losses {
		if tr.over() {
			break
		}
		tr.epoch++
		tr.step += tr.stepsPerEpoch()
		if loss < tr.bestLoss {
			tr.bestEpoch, tr.bestLoss = tr.epoch, loss
		}
		tr.judge(loss)
	}
	return tr.epoch, tr.bestEpoch
}

// While the weight of the KL term grows patience does not count, whatever the loss, and
// what was better then is no measure afterwards.
func TestPatienceCountsAtFullWeight(t *testing.T) {
	falling := []float64{100, 110, 120, 130, 125, 120, 115, 116, 117, 118, 119, 120, 121, 122, 123, 124}
	for _, c := range []struct {
		warmup     string
		patience   int
		losses     []float64
		last, best int
	}{
		{"none", 3, falling, 4, 1},
		{"linear:4", 3, falling, 10, 1},       // best of the phase: epoch 7
		{"linear:7", 3, falling, 11, 1},       // epoch 8 is the first of full weight
		{"linear:20", 3, falling, 16, 1},      // never
		{"linear:0.5", 3, falling, 4, 1},      // full at the end of the first epoch
		{"cyclical:8", 3, falling, 16, 1},     // 5 to 8, of which 7 is best, then 13 to 16
		{"cyclical:8", 2, falling, 15, 1},     // 13 is the best of the second phase
		{"cyclical:8:0.25", 3, falling, 6, 1}, // full from 3 on, the best of the phase
		{"cyclical:4", 2, falling, 16, 1},     // two epochs at a time are never enough
		{"cyclical:4", 1, []float64{1, 2, 3, 2, 4, 5, 3, 3.5, 9}, 8, 1},
		{"cyclical:1", 3, falling, 4, 1},    // each epoch ends at full weight
		{"cyclical:4:1", 1, falling, 16, 1}, // the weight is never full
	} {
		if last, best := ends(t, c.warmup, c.patience, c.losses...); last != c.last || best != c.best {
			t.Errorf("%s, patience %d: ends after epoch %d, the best is %d, want %d and %d", c.warmup, c.patience, last, best, c.last, c.best)
		}
	}
}

// Training itself: the validation loss is worse from epoch to epoch, and the weights that
// are kept are the same as without patience.
func TestPatienceAfterAWarmup(t *testing.T) {
	t.Parallel()
	kept := map[int]int{}
	for _, patience := range []int{0, 2} {
		task, seen := newTask(t, func(c *config.Config) {
			worsening(c)
			c.Train.Epochs, c.Train.Patience, c.Train.KLWarmup = 14, patience, "linear:6"
		}, unlike())
		result := mustRun(t, task)
		kept[patience] = result.Kept
		if patience == 0 {
			continue
		}
		var counted []float64
		for _, row := range seen.rows[6:] {
			counted = append(counted, row.Validation.Loss)
		}
		least := slices.Index(counted, slices.Min(counted))
		if got := len(counted) - 1 - least; got != patience || result.Epochs == 14 || result.Epochs < 9 {
			t.Errorf("%d epochs, %d after the best at full weight of %v", result.Epochs, got, counted)
		}
		s := loadState(t, task)
		if s.Phase.Epoch != 7+least || s.Phase.Loss != counted[least] {
			t.Errorf("the state has %+v, want epoch %d of %g", s.Phase, 7+least, counted[least])
		}
	}
	if kept[0] != kept[2] {
		t.Errorf("patience changes the epoch that is kept: %v", kept)
	}
}

// What is measured on validation images has the full weight, from the first epoch on.
func TestValidationHasTheFullWeight(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, func(c *config.Config) {
		c.Train.KLWarmup, c.Model.Beta, c.Train.FreeBits = "linear:1000", 2, 0.5
	}, splits(50, 12))
	mustRun(t, task)
	for _, row := range seen.rows {
		v := row.Validation
		if sum := v.Reconstruction + 2*v.KL; !(v.Loss-sum <= 1e-9*sum && sum-v.Loss <= 1e-9*sum) || !(v.KL > 1e-3) {
			t.Errorf("epoch %d: validation loss %g, its parts at beta 2 add up to %g", row.Epoch, v.Loss, sum)
		}
	}
}
