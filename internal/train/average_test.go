package train

import (
	"context"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

// The average is that of the weights after each step, the sooner forgetting the fewer there were.
func TestAverageFollowsTheWeights(t *testing.T) {
	const decay = 0.6
	task, seen := newTask(t, func(c *config.Config) { c.Train.EMA, c.Train.Keep = decay, "last" }, splits(50, 12))
	want, steps := map[string][]float64{}, 0
	for name, values := range copies(task.Model) {
		for _, v := range values {
			want[name] = append(want[name], float64(v))
		}
	}
	seen.onStep = func(Progress) {
		steps++
		keep := min(decay, float64(1+steps)/float64(10+steps))
		for _, p := range task.Model.Params() {
			for i, v := range p.Value {
				want[p.Name][i] = keep*want[p.Name][i] + (1-keep)*float64(v)
			}
		}
	}
	mustRun(t, task)
	if steps != 12 {
		t.Fatalf("%d steps", steps)
	}
	_, kept := loadModel(t, task)
	moved := 0
	for _, p := range kept.Params() {
		raw := values(t, task.Model, p.Name)
		for i, v := range p.Value {
			if !(math.Abs(float64(v)-want[p.Name][i]) <= 1e-6) {
				t.Fatalf("%s[%d] is kept as %g, the average is %g", p.Name, i, v, want[p.Name][i])
			}
			if v != raw[i] {
				moved++
			}
		}
	}
	if moved == 0 {
		t.Error("the weights kept are those of the last step")
	}
}

// What is measured is the average, and training goes on from the weights.
func TestAverageIsMeasured(t *testing.T) {
	type course struct {
		rows  []run.Row
		state *run.State
		last  map[string][]float32
	}
	train := func(decay float64) (course, Task) {
		task, seen := newTask(t, func(c *config.Config) { c.Train.EMA, c.Train.Keep = decay, "last" }, splits(50, 12))
		mustRun(t, task)
		return course{seen.rows, loadState(t, task), copies(task.Model)}, task
	}
	plain, _ := train(0)
	averaged, task := train(0.9)
	for i, row := range averaged.rows {
		if row.Train.Loss != plain.rows[i].Train.Loss {
			t.Errorf("epoch %d trains with the loss %g, without an average %g", i+1, row.Train.Loss, plain.rows[i].Train.Loss)
		}
		if row.Validation == plain.rows[i].Validation {
			t.Errorf("epoch %d measures %v with an average and without", i+1, row.Validation)
		}
	}
	saved, kept := loadModel(t, task)
	loss, err := NewLoss(kept, task.Config)
	if err != nil {
		t.Fatal(err)
	}
	terms, err := loss.Measure(context.Background(), task.Data.Validation, task.Config.Train.Seed, "validation noise")
	if err != nil {
		t.Fatal(err)
	}
	if last := averaged.rows[len(averaged.rows)-1].Validation.Loss; terms.Loss != last || saved.Info.Metrics["val_loss"] != last {
		t.Errorf("the model saved has the loss %g and says %g, the epoch measured %g", terms.Loss, saved.Info.Metrics["val_loss"], last)
	}
	names := map[string][]float32{}
	for _, tensor := range averaged.state.Tensors {
		names[tensor.Name] = tensor.Data
	}
	for name, values := range plain.last {
		if !slices.Equal(names[name], values) || !slices.Equal(averaged.last[name], values) {
			t.Errorf("the state does not hold %s of the last step", name)
		}
		if mean := names["ema."+name]; len(mean) != len(values) || slices.Equal(mean, values) {
			t.Errorf("the state does not hold the average of %s", name)
		}
	}
}

// A model that is made again of the state holds the average, and no state of another training is taken for one with it.
func TestAverageOfTheState(t *testing.T) {
	task, _ := newTask(t, func(c *config.Config) { c.Train.EMA, c.Train.Keep = 0.8, "last" }, splits(50, 12))
	mustRun(t, task)
	want := bytesOf(t, task, run.ModelFile)
	if err := os.Remove(filepath.Join(task.Dir.Path(), run.ModelFile)); err != nil {
		t.Fatal(err)
	}
	task = goOn(t, task)
	mustRun(t, task)
	_, kept := loadModel(t, task)
	if got := bytesOf(t, task, run.ModelFile); got != want {
		t.Errorf("the model is another, its first weight %g", kept.Params()[0].Value[0])
	}
	task = goOn(t, task)
	task.From.State.Tensors = slices.DeleteFunc(task.From.State.Tensors, func(r run.Tensor) bool { return r.Name == "ema.fc_mu.bias" })
	tr := mustTrainer(t, task)
	if err := tr.restore(task.From.State); err == nil || !strings.Contains(err.Error(), `tensor "ema.fc_mu.bias" is missing`) {
		t.Errorf("a state without a part of the average: %v", err)
	}
}
