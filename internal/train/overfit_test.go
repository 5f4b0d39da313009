package train

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
)

// losses tells the doctor of epochs with these losses, each the best so far or not.
func losses(t *testing.T, change func(*config.Config), trained, validated []float64) []string {
	t.Helper()
	task, seen := newTask(t, func(c *config.Config) {
		c.Model.Activation, c.Train.Epochs = "tanh", 100
		c.Model.Kind = "ae"
		if change != nil {
			change(c)
		}
	}, splits(50, 20))
	tr := mustTrainer(t, task)
	for i, v := range validated {
		tr.epoch++
		if v < tr.bestLoss {
			tr.bestEpoch, tr.bestLoss = tr.epoch, v
		}
		if err := tr.doctor.examine(); err != nil {
			t.Fatal(err)
		}
		tr.doctor.judge(trained[i], v)
	}
	return seen.warnings
}

func TestOverfittingIsReportedOnce(t *testing.T) {
	falling := []float64{9, 8, 7, 6, 5, 4, 3, 2, 1, 0.5, 0.4}
	rising := []float64{103, 101.2, 101.3, 101.4, 101.5, 101.6, 101.7, 101.8, 101.9, 102, 103}
	text := "validation loss has been above its best for 5 epochs (101.20 in epoch 2, now 101.70) while training loss fell: the model overfits since epoch 2; %s, and \x00⟨train.patience 5⟩\x00 stops there"
	best, last := fmt.Sprintf(text, "its weights are the ones kept"), fmt.Sprintf(text, "\x00⟨train.keep best⟩\x00 keeps its weights")
	flat := slices.Repeat([]float64{101.25}, 10)
	negative := make([]float64, len(rising))
	for i, v := range rising {
		negative[i] = v - 150
	}
	below := []float64{-48.8}
	for _, v := range flat[1:] {
		below = append(below, v-150.04)
	}
	for name, c := range map[string]struct {
		change             func(*config.Config)
		trained, validated []float64
		want               []string
	}{
		"risen":                {nil, falling, rising, []string{best}},
		"the last kept":        {func(c *config.Config) { c.Train.Keep = "last" }, falling, rising, []string{last}},
		"four epochs":          {nil, falling, rising[:6], nil},
		"patience":             {func(c *config.Config) { c.Train.Patience = 50 }, falling, rising, nil},
		"training rises too":   {nil, rising, rising, nil},
		"a plateau":            {nil, falling, append([]float64{101.2}, flat...), nil},
		"a plateau below zero": {nil, falling, below, nil},
		"falling again":        {nil, falling, []float64{103, 101.2, 102, 102, 102, 102, 101.1, 102, 102, 102, 102}, nil},
		"below zero":           {nil, falling, negative, []string{strings.NewReplacer("101.20", "-48.80", "101.70", "-48.30").Replace(best)}},
	} {
		if got := losses(t, c.change, c.trained, c.validated); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestOverfittingWhileTraining(t *testing.T) {
	t.Parallel()
	task, seen := newTask(t, func(c *config.Config) { worsening(c); c.Train.Epochs, c.Model.Activation = 16, "tanh" }, unlike())
	result := mustRun(t, task)
	want := fmt.Sprintf("validation loss has been above its best for 5 epochs (%.2f in epoch %d, now %.2f)", seen.rows[result.Kept-1].Validation.Loss, result.Kept, seen.rows[result.Kept+4].Validation.Loss)
	if len(seen.warnings) != 1 || !strings.HasPrefix(seen.warnings[0], want) {
		t.Errorf("%q, want %q", seen.warnings, want)
	}
}
