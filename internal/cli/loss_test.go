package cli

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/train"
)

// termsOf are the words of a model's loss, on pictures in black and white.
func termsOf(t *testing.T, change func(*config.Config)) lossText {
	t.Helper()
	c := config.Default()
	change(&c)
	shape := config.Shape{Width: 3, Height: 3, Channels: 1}
	resolved, err := c.Resolve(config.DataFacts{Shape: shape, Train: 100})
	if err != nil {
		t.Fatal(err)
	}
	m, err := model.New(resolved.Model, shape, 1)
	if err != nil {
		t.Fatal(err)
	}
	return termOf(m, true).trainedOn(resolved)
}

// TestProgressTerms: the bar names the terms that the objective has, as the line of the
// epoch does.
func TestProgressTerms(t *testing.T) {
	terms := run.Terms{Loss: 370.66, Reconstruction: 350.44, KL: 10.11, Activation: 0.0412}
	for name, c := range map[string]struct {
		change func(*config.Config)
		want   []string
		epoch  string
	}{
		"vae": {func(*config.Config) {}, []string{"370.7 = 350.4 + 10.1", "370.7"}, "370.66 = 350.44 + 10.11"},
		"beta": {func(c *config.Config) { c.Model.Beta = 4 },
			[]string{"370.7 = 350.4 + 4 x 10.1", "370.7"}, "370.66 = 350.44 + 4 x 10.11"},
		"iwae": {func(c *config.Config) { c.Train.Objective, c.Train.Samples = config.IWAE, 5 },
			[]string{"370.7 (350.4, 10.1)", "370.7"}, "370.66 (350.44, 10.11)"},
		"ae": {func(c *config.Config) { c.Model.Kind = config.AE }, []string{"370.7"}, "370.66"},
		"sparse": {func(c *config.Config) { c.Model.Kind, c.Train.Sparsity = config.AE, "l1:0.5" },
			[]string{"370.7   code 0.0412", "370.7"}, "370.66   code 0.0412"},
	} {
		text := termsOf(t, c.change)
		if got := text.progress(terms); !slices.Equal(got, c.want) {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
		if got := text.figures(2, terms) + text.activation(terms.Activation); got != c.epoch {
			t.Errorf("%s: epoch %q, want %q", name, got, c.epoch)
		}
	}
}

// TestObserverShowsTerms: what is drawn on a terminal holds them, before the epoch is
// over and in its line.
func TestObserverShowsTerms(t *testing.T) {
	var stderr bytes.Buffer
	s := console.Streams{Err: &stderr, ErrTerminal: true, Size: func() (int, int) { return 120, 24 }}
	o := newObserver(s, console.Notes{W: &stderr}, termsOf(t, func(c *config.Config) { c.Train.Objective, c.Train.Samples = config.IWAE, 5 }))
	o.Step(train.Progress{Epoch: 1, Epochs: 2, Images: 50, Of: 100, Terms: run.Terms{Loss: 370.7, Reconstruction: 380.8, KL: 12.3}})
	o.Epoch(run.Row{Epoch: 1, Train: run.Terms{Loss: 360, Reconstruction: 370, KL: 13}, Validation: run.Terms{Loss: math.NaN()}}, false)
	o.close()
	for _, want := range []string{"epoch 1/2  370.7 (380.8, 12.3)", "train 360.00 (370.00, 13.00)"} {
		if !strings.Contains(stderr.String(), want) {
			t.Errorf("%q is not in %q", want, stderr.String())
		}
	}
}
