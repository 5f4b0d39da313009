package model

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/layer"
	"vae/internal/rng"
)

// threeLevels is a variational model with three levels of latents, which no configuration
// asks for as yet.
func threeLevels(t *testing.T) *Model {
	t.Helper()
	m := small(t, nil)
	tanh, err := layer.NewActivation("tanh")
	if err != nil {
		t.Fatal(err)
	}
	encoder, width := layer.Hidden("encoder", m.shape.Pixels(), []int{5}, layer.DenseMaker(tanh))
	lowest, err := gaussian(0, encoder, fullyConnected(width, m.Latent()))
	if err != nil {
		t.Fatal(err)
	}
	if m.levels, err = variationalLevels(lowest, m.Latent(), []stage{{[]int{4}, 3}, {nil, 2}}, layer.DenseMaker(tanh), topPrior()); err != nil {
		t.Fatal(err)
	}
	m.params = m.layers().Params()
	for _, p := range m.params {
		if p.Value == nil {
			p.Allocate()
		}
	}
	if err := m.layers().Init("kaiming", 3); err != nil {
		t.Fatal(err)
	}
	return m
}

// The gradients of both bounds are those of their losses, and each level is drawn from in
// its turn.
func TestThreeLevels(t *testing.T) {
	for name, options := range map[string]ObjectiveOptions{
		"elbo": {Rows: 3, Samples: 2, Gradients: true}, "iwae": {Rows: 3, Samples: 2, ImportanceWeighted: true, Gradients: true},
	} {
		m := threeLevels(t)
		o, err := m.NewObjective(options)
		if err != nil {
			t.Fatal(err)
		}
		for i := range o.X {
			o.X[i] = float32(i%5) / 4
		}
		for level, noise := range o.Noise {
			rng.Normal(noise, rng.Stream(uint64(level), "noise"))
		}
		o.Weigh(3)
		runObjective(t, o)
		gradients := map[string][]float32{}
		for i, p := range m.Params() {
			gradients[p.Name] = slices.Clone(o.Gradient(i))
		}
		if len(gradients) != len(m.Params()) {
			t.Fatalf("%s: two parameters of one name", name)
		}
		for _, p := range m.Params() {
			checkGradientWithin(t, o, p, gradients[p.Name], 2e-4)
		}
		mu, logvar := o.Posterior(2)
		if len(mu) != 3*2*2 || len(logvar) != len(mu) {
			t.Errorf("%s: %d means of the uppermost level", name, len(mu))
		}
	}
}

// The divergence of a model whose posteriors are its priors is nothing, draw by draw.
func TestDivergenceOfThreeLevels(t *testing.T) {
	m := threeLevels(t)
	for _, p := range m.Params() {
		if strings.Contains(p.Name, "fc_") || strings.Contains(p.Name, "prior_") {
			clear(p.Value) // N(0, 1) at every level
		}
	}
	o := objective(t, m, 4, false)
	runObjective(t, o)
	for i, kl := range o.KL() {
		if !(math.Abs(float64(kl)) <= 1e-5) {
			t.Errorf("row %d: a divergence of %g", i, kl)
		}
	}
	for level := range 2 {
		d, err := m.NewPriorDecoder(level, 5)
		if err != nil {
			t.Fatal(err)
		}
		mu, _, err := d.Run()
		if err != nil || len(mu) != 5*m.levels[level].Latents {
			t.Errorf("level %d: %d means, error %v", level, len(mu), err)
		}
	}
	if _, err := m.NewPriorDecoder(2, 5); err == nil {
		t.Error("a prior from above the uppermost level: no error")
	}
}
