package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/prior"
	"vae/internal/rng"
)

// objective returns a graph whose inputs hold the first rows of one endless
// random batch, all with the same weight.
func objective(t *testing.T, m *Model, rows int, gradients bool) *Objective {
	t.Helper()
	return filled(t, m, ObjectiveOptions{Rows: rows, Gradients: gradients})
}

// filled is an objective with pixels, noise, labels and weights.
func filled(t *testing.T, m *Model, options ObjectiveOptions) *Objective {
	t.Helper()
	o, err := m.NewObjective(options)
	if err != nil {
		t.Fatal(err)
	}
	pixels := rng.Stream(1, "test pixels")
	for i := range o.X {
		o.X[i] = pixels.Float32()
	}
	for _, noise := range o.Noise {
		rng.Normal(noise, rng.Stream(1, "test noise"))
	}
	for i := range o.Weight {
		o.Weight[i] = 1 / float32(options.Rows)
		if classes := len(m.Classes()); classes > 0 {
			o.Labels[i*classes+i%classes] = 1
		}
	}
	return o
}

func runObjective(t *testing.T, o *Objective) {
	t.Helper()
	if err := o.Run(); err != nil {
		t.Fatal(err)
	}
}

// results are copies of all that an objective gives.
func results(t *testing.T, m *Model, o *Objective) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{
		"loss": {float32(o.Loss())}, "reconstruction": slices.Clone(o.Reconstruction()), "KL": slices.Clone(o.KL()),
	}
	for i, p := range m.Params() {
		g := o.Gradient(i)
		all["gradient of "+p.Name] = slices.Clone(g)
	}
	return all
}

func TestEveryGradientAgainstCentralDifferences(t *testing.T) {
	for _, likelihood := range []config.Likelihood{config.Bernoulli, config.Gaussian} {
		t.Run(string(likelihood), func(t *testing.T) {
			m := small(t, func(c *config.Model) { c.Likelihood, c.Sigma = likelihood, 0.8 })
			o := objective(t, m, 4, true)
			copy(o.Weight, []float32{0.5, 0.125, 0, 0.25})
			runObjective(t, o)
			gradients := results(t, m, o)
			for _, p := range m.Params() {
				checkGradient(t, o, p, gradients["gradient of "+p.Name])
			}
		})
	}
}

// checkGradient uses the stencil of five points: its error is h^4/30 of the
// fifth derivative, about 1e-6, and the loss (about 4, with a rounding of 2^-24
// at each of some twenty places) adds 1.5 * 5e-6 / h.
func checkGradient(t *testing.T, o *Objective, p *Param, got []float32) {
	t.Helper()
	checkGradientWithin(t, o, p, got, 0)
}

// checkGradientWithin allows an error of a part of the gradient too, where a loss is so
// large that its rounding counts.
func checkGradientWithin(t *testing.T, o *Objective, p *Param, got []float32, relative float64) {
	t.Helper()
	const h, tol = 0.05, 2e-4
	var size float64
	for i, v := range p.Value {
		at := func(x float32) float64 {
			p.Value[i] = x
			runObjective(t, o)
			return o.Loss()
		}
		want := (8*(at(v+h)-at(v-h)) - (at(v+2*h) - at(v-2*h))) / (12 * h)
		p.Value[i] = v
		size = max(size, math.Abs(want))
		if !(math.Abs(float64(got[i])-want) <= tol+relative*math.Abs(want)) {
			t.Errorf("gradient of %s at %d is %g, central difference %g", p.Name, i, got[i], want)
		}
	}
	if size < 20*tol {
		t.Errorf("gradients of %s are at most %g: too small to be checked", p.Name, size)
	}
}

func TestObjectiveTwiceGivesTheSameBits(t *testing.T) {
	m := small(t, nil)
	o := objective(t, m, 5, true)
	runObjective(t, o)
	first := results(t, m, o)
	runObjective(t, o)
	sameResults(t, "second run", results(t, m, o), first)
	fresh := objective(t, m, 5, true)
	runObjective(t, fresh)
	sameResults(t, "another graph", results(t, m, fresh), first)
}

func sameResults(t *testing.T, what string, got, want map[string][]float32) {
	t.Helper()
	for name := range want {
		if !slices.Equal(got[name], want[name]) {
			t.Errorf("%s: %s is %v, was %v", what, name, got[name], want[name])
		}
	}
}

// A padded batch must give the loss and the gradients of the smaller one,
// whatever stands in the rows of weight 0.
func TestPaddedRowsHaveNoSay(t *testing.T) {
	m := small(t, nil)
	const rows, padded = 5, 9
	exact, o := objective(t, m, rows, true), objective(t, m, padded, true)
	copy(o.X, exact.X)
	copy(o.Noise[0], exact.Noise[0])
	for i := range o.Weight {
		o.Weight[i] = 0
		if i < rows {
			o.Weight[i] = exact.Weight[i]
		}
	}
	runObjective(t, exact)
	runObjective(t, o)
	want := results(t, m, exact)
	for name, got := range results(t, m, o) {
		if name == "reconstruction" || name == "KL" {
			got = got[:rows]
		}
		var size float64
		for _, v := range want[name] {
			size = max(size, math.Abs(float64(v)))
		}
		for i := range want[name] {
			if !(math.Abs(float64(got[i])-float64(want[name][i])) <= 1e-6*size) {
				t.Errorf("%s: element %d is %g in the padded batch, %g in the exact one", name, i, got[i], want[name][i])
			}
		}
	}
}

func TestLossIsTheWeightedSumOfItsParts(t *testing.T) {
	for _, beta := range []float64{0, 0.5, 1, 4} {
		m := small(t, func(c *config.Model) { c.Beta = beta })
		o := objective(t, m, 4, false)
		copy(o.Weight, []float32{0.5, 0.25, 2, 0})
		runObjective(t, o)
		var want float64
		for i, w := range o.Weight {
			want += float64(w) * (float64(o.Reconstruction()[i]) + beta*float64(o.KL()[i]))
		}
		if !(math.Abs(o.Loss()-want) <= 1e-6*want) {
			t.Errorf("beta %g: loss %g, its parts give %g", beta, o.Loss(), want)
		}
	}
}

func TestSmallestShapes(t *testing.T) {
	for _, latent := range []int{1, 3} {
		for _, hidden := range [][]int{nil, {1}, {4}} {
			for _, rows := range []int{1, 2} {
				t.Run(fmt.Sprintf("latent=%d/hidden=%v/rows=%d", latent, hidden, rows), func(t *testing.T) {
					for _, shape := range []config.Shape{{Width: 1, Height: 1, Channels: 1}, square} {
						checkShapes(t, latent, hidden, rows, shape)
					}
				})
			}
		}
	}
}

func checkShapes(t *testing.T, latent int, hidden []int, rows int, shape config.Shape) {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden, c.Activation = latent, hidden, "tanh"
	m, err := New(c, shape, 1)
	if err != nil {
		t.Fatal(err)
	}
	o := objective(t, m, rows, true)
	runObjective(t, o)
	if len(o.Reconstruction()) != rows || len(o.KL()) != rows || !(o.Loss() > 0) {
		t.Fatalf("images %v: loss %g of %d and %d terms", shape, o.Loss(), len(o.Reconstruction()), len(o.KL()))
	}
	for _, p := range m.Params() { // one element of each is enough to see a wrong shape
		i := slices.Index(m.Params(), p)
		g := o.Gradient(i)
		if len(g) != len(p.Value) {
			t.Fatalf("images %v: gradient of %s has %d elements", shape, p.Name, len(g))
		}
		got, v := float64(g[0]), p.Value[0]
		const h = 0.05
		p.Value[0] = v + h
		runObjective(t, o)
		up := o.Loss()
		p.Value[0] = v - h
		runObjective(t, o)
		want := (up - o.Loss()) / (2 * h)
		p.Value[0] = v
		runObjective(t, o)
		if !(math.Abs(got-want) <= 2e-3) { // h^2/6 of the third derivative
			t.Errorf("images %v: gradient of %s is %g, central difference %g", shape, p.Name, got, want)
		}
	}
	e, err := m.NewEncoder(rows)
	if err != nil {
		t.Fatal(err)
	}
	mu, logvar, err := e.Run()
	if err != nil || len(mu) != rows*latent || len(logvar) != rows*latent {
		t.Fatalf("images %v: %d means, %d log-variances, error %v", shape, len(mu), len(logvar), err)
	}
	d, err := m.NewDecoder(rows)
	if err != nil {
		t.Fatal(err)
	}
	if mean, err := d.Run(); err != nil || len(mean) != rows*shape.Pixels() {
		t.Fatalf("images %v: %d pixels, error %v", shape, len(mean), err)
	}
}

// Without a closed form the divergence is the mean over draws, and free bits are refused.
func TestPriorWithoutAClosedForm(t *testing.T) {
	m := small(t, nil)
	m.levels[0].Prior = struct{ prior.Trainable }{m.levels[0].Prior.(prior.Trainable)}
	if _, err := m.NewObjective(ObjectiveOptions{Rows: 2, FreeBits: 0.1}); err == nil {
		t.Error("free bits: no error")
	}
	o, err := m.NewObjective(ObjectiveOptions{Rows: 2, Samples: 4000})
	if err != nil {
		t.Fatal(err)
	}
	rng.Normal(o.Noise[0], rng.Stream(1, "noise"))
	o.Weigh(2)
	runObjective(t, o)
	drawn := slices.Clone(o.KL())
	m.levels[0].Prior = prior.StandardNormal{}
	if o, err = m.NewObjective(ObjectiveOptions{Rows: 2}); err != nil {
		t.Fatal(err)
	}
	o.Weigh(2)
	runObjective(t, o)
	for i, want := range o.KL() {
		if !(math.Abs(float64(drawn[i]-want)) <= 0.1*float64(want)) || drawn[i] == want {
			t.Errorf("row %d: KL %g by draws, %g in closed form", i, drawn[i], want)
		}
	}
}
