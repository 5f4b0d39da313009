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

// TestBitsOfAnEpoch: of levels, of the bound of what is trained, which no beta weighs; and the legend says so.
func TestBitsOfAnEpoch(t *testing.T) {
	terms := run.Terms{Loss: 12.5, Reconstruction: 8 * math.Ln2, KL: math.Ln2}
	logistic := func(change func(*config.Config)) func(*config.Config) {
		return func(c *config.Config) {
			c.Model.Likelihood = "logistic:256"
			change(c)
		}
	}
	for name, c := range map[string]struct {
		change       func(*config.Config)
		bits, legend string
	}{
		"vae":  {logistic(func(*config.Config) {}), "   1.000 bits", "losses in nats per image: total = reconstruction + KL, and in bits per dimension"},
		"beta": {logistic(func(c *config.Config) { c.Model.Beta = 4 }), "   1.000 bits", "losses in nats per image: total = reconstruction + 4 x KL, and without beta in bits per dimension"},
		"iwae": {logistic(func(c *config.Config) { c.Train.Objective, c.Train.Samples = config.IWAE, 5 }), "   2.004 bits",
			"losses in nats per image: -L_5 (reconstruction, KL of its draws), and in bits per dimension"},
		"ae":       {logistic(func(c *config.Config) { c.Model.Kind = config.AE }), "", "losses: reconstruction nats per image"},
		"gaussian": {func(c *config.Config) { c.Model.Likelihood = config.Gaussian }, "", "losses in nats per image: total = reconstruction + KL"},
	} {
		text := termsOf(t, c.change)
		if got := text.bits(terms); got != c.bits {
			t.Errorf("%s: %q, want %q", name, got, c.bits)
		}
		if got := text.legend(); got != c.legend {
			t.Errorf("%s: legend %q, want %q", name, got, c.legend)
		}
	}
	if got := termsOf(t, logistic(func(*config.Config) {})).bits(run.Terms{Loss: math.NaN(), Reconstruction: math.NaN()}); got != "" {
		t.Errorf("bits of no images: %q", got)
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

// A squared error has no unit, and the KL beside it is in nats.
func TestUnitsOfASquaredError(t *testing.T) {
	terms := run.Terms{Loss: 912.646, Reconstruction: 912.621, KL: 0.025}
	for beta, want := range map[float64][2]string{
		1: {"losses per image: total = squared error + KL in nats", "loss 912.646 = squared error 912.621 + KL 0.025 nats, per image"},
		2: {"losses per image: total = squared error + 2 x KL in nats", "loss 912.646 = squared error 912.621 + 2 x KL 0.025 nats, per image"},
	} {
		text := termsOf(t, func(c *config.Config) { c.Model.Likelihood, c.Model.Beta = config.SquaredError, beta })
		if got := [2]string{text.legend(), text.sentence(terms)}; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	text := termsOf(t, func(c *config.Config) {
		c.Model.Likelihood, c.Train.Objective, c.Train.Samples = config.SquaredError, config.IWAE, 3
	})
	want := [2]string{"losses per image: -L_3 (squared error, KL of its draws in nats)", "-L_3 912.646 per image (squared error 912.621, KL 0.025 nats of its draws)"}
	if got := [2]string{text.legend(), text.sentence(terms)}; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// A sigma that training finds is not told of before.
func TestSigmaIsNotToldBeforeTraining(t *testing.T) {
	for sigma, want := range map[float64]string{0.5: "", config.Learned: "gaussian likelihood of learned sigma", config.Optimal: "gaussian likelihood of optimal sigma"} {
		c := config.Default().Model
		c.Likelihood, c.Sigma = config.Gaussian, sigma
		m, err := model.New(c, config.Shape{Width: 3, Height: 3, Channels: 1}, 1)
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Likelihood().Facts().Begun; got != want {
			t.Errorf("%g: %q, want %q", sigma, got, want)
		}
	}
}
