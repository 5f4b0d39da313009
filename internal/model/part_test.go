package model

import (
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/rng"
)

func part(t *testing.T, m *Model, from, to int) *Model {
	t.Helper()
	p, err := m.Part(from, to)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func autoencoderOf(t *testing.T, activation config.Activation) *Model {
	t.Helper()
	m := small(t, func(c *config.Model) { c.Kind, c.Activation, c.CodeActivation = "ae", activation, "sigmoid" })
	for _, p := range m.Params() { // so that gradients are large enough to be checked
		for i := range p.Value {
			p.Value[i] *= 2.5
		}
	}
	return m
}

// One layer after the other, the parts compute what the whole model does.
func TestPartsInARowAreTheModel(t *testing.T) {
	for _, activation := range []config.Activation{config.Tanh, config.Sigmoid} {
		t.Run(string(activation), func(t *testing.T) {
			const rows = 4
			m := autoencoderOf(t, activation)
			whole, wholeDecoder := encoder(t, m, rows), decoder(t, m, rows)
			rng.Uniform(whole.X, 1, rng.Stream(71, "pixels"))
			want, _, err := whole.Run()
			if err != nil {
				t.Fatal(err)
			}
			h := slices.Clone(whole.X)
			for i := range 3 {
				e := encoder(t, part(t, m, i, i+1), rows)
				copy(e.X, h)
				code, _, err := e.Run()
				if err != nil {
					t.Fatal(err)
				}
				h = slices.Clone(code)
			}
			if !slices.Equal(h, want) {
				t.Errorf("codes %v, of the whole %v", h, want)
			}
			copy(wholeDecoder.Z, h)
			image, err := wholeDecoder.Run()
			if err != nil {
				t.Fatal(err)
			}
			for i := 2; i >= 0; i-- {
				d := decoder(t, part(t, m, i, i+1), rows)
				copy(d.Z, h)
				if h, err = d.Run(); err != nil {
					t.Fatal(err)
				}
			}
			near(t, "image", h, widened(image), 1e-6, 1e-7)
		})
	}
}

// The loss of a part is that of an autoencoder with its layers, and trains the
// parameters of the model.
func TestPartTrainsTheModel(t *testing.T) {
	for _, c := range []struct {
		from, to   int
		activation config.Activation
		likelihood config.Likelihood // of the part
		inside     config.Activation // of its code
		names      string
	}{
		{0, 3, "tanh", "bernoulli", "sigmoid", "encoder.0 encoder.2 fc_code decoder.0 decoder.2 decoder.4"},
		{0, 1, "tanh", "bernoulli", "tanh", "encoder.0 decoder.4"},
		{1, 2, "tanh", "mse", "tanh", "encoder.2 decoder.2"},
		{2, 3, "sigmoid", "bernoulli", "sigmoid", "fc_code decoder.0"},
		{1, 3, "sigmoid", "bernoulli", "sigmoid", "encoder.2 fc_code decoder.0 decoder.2"},
	} {
		m := autoencoderOf(t, c.activation)
		before := m.Tensors()
		p := part(t, m, c.from, c.to)
		var names []string
		for _, param := range p.Params() {
			name, isWeight := strings.CutSuffix(param.Name, ".weight")
			if isWeight {
				names = append(names, name)
			}
			i := slices.Index(m.Params(), param)
			if i < 0 || &m.Params()[i].Value[0] != &param.Value[0] {
				t.Errorf("part %d to %d: %s is not the model's", c.from, c.to, param.Name)
			}
		}
		if got := strings.Join(names, " "); got != c.names || p.Config().Likelihood != c.likelihood || p.Config().CodeActivation != c.inside {
			t.Errorf("part %d to %d: layers %s, %s likelihood, %s code", c.from, c.to, got, p.Config().Likelihood, p.Config().CodeActivation)
		}
		o := objective(t, p, 3, true)
		runObjective(t, o)
		gradients := results(t, p, o)
		for _, param := range p.Params() {
			checkGradient(t, o, param, gradients["gradient of "+param.Name])
		}
		for i := range m.decoder { // a part that ends in logits leaves the model as it was
			l := m.decoderLayer(i)
			if want := i < len(m.decoder)-1; want != (l.Activation.Kernel != kernel.Linear) {
				t.Errorf("part %d to %d: %s has activation %s", c.from, c.to, l.Name, l.Activation.Name)
			}
		}
		for i, tensor := range m.Tensors() {
			if &tensor.Data[0] != &before[i].Data[0] {
				t.Errorf("%s has moved", tensor.Name)
			}
		}
	}
}

func TestPartsThatCannotBeAreErrors(t *testing.T) {
	m := autoencoderOf(t, "tanh")
	for _, c := range [][2]int{{-1, 1}, {0, 4}, {2, 2}, {2, 1}, {3, 3}} {
		if _, err := m.Part(c[0], c[1]); err == nil {
			t.Errorf("layers %d to %d of 3: no error", c[0], c[1]-1)
		}
	}
	if _, err := small(t, nil).Part(0, 1); err == nil {
		t.Error("a part of a variational model: no error")
	}
	labels := small(t, func(c *config.Model) { c.Kind, c.Classes = "ae", []string{"a"} })
	if _, err := labels.Part(0, 1); err == nil {
		t.Error("a part of a conditional model: no error")
	}
}
