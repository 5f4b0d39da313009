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

func TestInterruptedInPretraining(t *testing.T) {
	for i := range 6 {
		layer := i / 2
		task, seen := newTask(t, func(c *config.Config) {
			stacked("sigmoid")(c)
			c.Train.EMA = 0.99 * float64(i%2) // which begins behind all of this
		}, splits(50, 0))
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		seen.onNote = func() {
			if len(seen.notes) == layer {
				cancel()
			}
		}
		if layer == 0 {
			cancel()
		}
		result, err := Run(ctx, task)
		if !errors.Is(err, ErrInterrupted) || result.Epochs != 0 || seen.order != strings.Repeat("n", layer) {
			t.Fatalf("error %v, result %+v, calls %s", err, result, seen.order)
		}
		saved, m := loadModel(t, task)
		if !maps.EqualFunc(copies(m), copies(task.Model), slices.Equal) || saved.Info.Epoch != 0 || saved.Info.Step != 0 || len(saved.Info.Metrics) != 0 {
			t.Errorf("saved %+v", saved.Info)
		}
		if s := loadState(t, task); s.Info.Step != 0 || s.BestEpoch != 0 {
			t.Errorf("state of step %d, best epoch %d", s.Info.Step, s.BestEpoch)
		}
	}
}

func TestDivergenceInPretraining(t *testing.T) {
	nan := float32(math.NaN())
	task, _ := newTask(t, stacked("relu"), splits(50, 0))
	values(t, task.Model, "decoder.4.bias")[1] = nan
	_, err := Run(context.Background(), task)
	checkDiverged(t, err, 1, 1, "reconstruction term of layer encoder.0 in pretraining", "\x00⟨train.learning_rate⟩\x00")

	task, seen := newTask(t, stacked("relu"), splits(50, 0))
	seen.onNote = func() {
		if len(seen.notes) == 2 {
			values(t, task.Model, "fc_code.weight")[0] = nan
		}
	}
	_, err = Run(context.Background(), task)
	checkDiverged(t, err, 1, 1, "reconstruction term of layer fc_code in pretraining", "\x00⟨train.learning_rate⟩\x00")

	// A last step that no loss sees any more.
	task, _ = newTask(t, func(c *config.Config) {
		stacked("relu")(c)
		c.Train.Batch, c.Train.PretrainEpochs, c.Train.Optimizer = 50, []int{1}, "sgd"
	}, splits(50, 0))
	task.Config.Train.LearningRate = 1e300
	_, err = Run(context.Background(), task)
	checkDiverged(t, err, 1, 1, "parameter encoder.0.weight in pretraining", "1e+300 is probably too high")
	for _, name := range []string{run.ModelFile, run.StateFile} {
		if _, err := os.Stat(filepath.Join(task.Dir.Path(), name)); err == nil {
			t.Errorf("%s was written", name)
		}
	}
}
