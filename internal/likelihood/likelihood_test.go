package likelihood

import (
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/op"
	"vae/internal/rng"
)

// known is what the tests know of each likelihood: a row for each of config.Likelihoods, and
// for other forms of them.
var known = map[string]struct {
	config   config.Model
	nll      func(out, x float64) float64 // of a pixel, in nats
	variance func(mean float64) float64   // of a pixel
	terms    [4]string                    // with a density over z and without: on black and white pixels, on grey ones
}{
	"bernoulli": {
		nll:      func(out, x float64) float64 { return math.Log1p(math.Exp(out)) - x*out },
		variance: func(mean float64) float64 { return mean * (1 - mean) },
		terms:    [4]string{"reconstruction", "grey-BCE", "BCE", "grey-BCE"},
	},
	"gaussian": {
		config: config.Model{Sigma: 0.3}, nll: normal(0.3), variance: func(float64) float64 { return 0.09 }, terms: alike("reconstruction"),
	},
	"gaussian, learned": {
		config: config.Model{Sigma: config.Learned}, nll: normal(math.Exp(-0.75)),
		variance: func(float64) float64 { return math.Exp(-1.5) }, terms: alike("reconstruction"),
	},
	"mse": {
		nll:      func(out, x float64) float64 { return (x - out) * (x - out) },
		variance: func(float64) float64 { return 0.5 }, terms: alike("squared error"),
	},
}

func normal(sigma float64) func(out, x float64) float64 {
	return func(out, x float64) float64 {
		return 0.5*math.Pow((x-out)/sigma, 2) + math.Log(sigma*math.Sqrt(2*math.Pi))
	}
}

func alike(term string) [4]string { return [4]string{term, term, term, term} }

// all are the likelihoods that are known; parameters, where there are any, are -1.5.
func all(t *testing.T) map[string]Likelihood {
	t.Helper()
	found := map[string]Likelihood{}
	for name, k := range known {
		form, _, _ := strings.Cut(name, ",")
		k.config.Likelihood = config.Likelihood(form)
		l := newLikelihood(t, k.config)
		for _, p := range l.Params() {
			p.Allocate()
			for i := range p.Value {
				p.Value[i] = -1.5
			}
		}
		found[name] = l
	}
	return found
}

func newLikelihood(t *testing.T, c config.Model) Likelihood {
	t.Helper()
	l, err := New(c)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func TestEveryNameHasALikelihood(t *testing.T) {
	if len(makers) != len(config.Likelihoods) {
		t.Errorf("%d likelihoods for the names %v", len(makers), config.Likelihoods)
	}
	if _, err := New(config.Model{Likelihood: "logistic"}); err == nil {
		t.Error("an unknown likelihood: no error")
	}
	for _, name := range config.Likelihoods {
		if known[string(name)].nll == nil {
			t.Errorf("%s is not known to the tests", name)
		}
	}
	for name, l := range all(t) {
		f := l.Facts()
		if f.Loss == "" || f.Term == "" || f.Description == "" || f.Reconstruction == "" {
			t.Errorf("%s has no words: %+v", name, f)
		}
		if got := [4]string{f.TermName(true, true), f.TermName(true, false), f.TermName(false, true), f.TermName(false, false)}; got != known[name].terms {
			t.Errorf("%s: terms %v, want %v", name, got, known[name].terms)
		}
		if shape := (config.Shape{Width: 4, Height: 3, Channels: 2}); l.Outputs(shape) != shape {
			t.Errorf("%s: outputs of shape %v", name, l.Outputs(shape))
		}
	}
}

const (
	rows, samples, pixels = 3, 2, 5
)

// evaluated is the graph of a likelihood: the terms of each draw [rows*samples] for outputs
// [rows*samples,pixels] and images [rows,pixels], and the gradients of their weighted sum.
type evaluated struct {
	graph           *graph.Graph
	out, x, weights []float32
	nll             *graph.Node
	gradients       []*graph.Node // with respect to the outputs, and to the parameters
	outputs         *graph.Param
}

func evaluate(t *testing.T, l Likelihood) *evaluated {
	t.Helper()
	e := &evaluated{outputs: graph.NewParam("out", rows*samples, pixels)}
	e.outputs.Allocate()
	e.out = e.outputs.Value
	rng.Normal(e.out, rng.Stream(1, "outputs"))
	for i, v := range e.out { // an odd number of sixteenths, no pixel: a derivative may have a step there
		e.out[i] = float32(math.Floor(8*float64(v)))/8 + 1./16
	}
	var err error
	e.graph, err = graph.Build(func(b *graph.Builder) {
		var x, weights *graph.Node
		x, e.x = b.Input("x", rows, pixels)
		weights, e.weights = b.Input("weights", rows*samples)
		e.nll = l.NLL(b, b.Param(e.outputs), x)
		b.Keep(e.nll)
		e.gradients = b.Gradients(b.Node(op.Dot(weights, e.nll)), append([]*graph.Param{e.outputs}, l.Params()...))
	})
	if err != nil {
		t.Fatal(err)
	}
	for i := range e.x {
		e.x[i] = float32(i%4) / 3
	}
	for i := range e.weights {
		e.weights[i] = float32(i%3) - 0.5
	}
	if err := e.graph.Run(); err != nil {
		t.Fatal(err)
	}
	return e
}

// pair is the output of draw i, and its image.
func (e *evaluated) pair(i int) (out, x []float32) {
	return e.out[i*pixels:][:pixels], e.x[i/samples*pixels:][:pixels]
}

// sum is the weighted sum of the terms, in float64.
func (e *evaluated) sum(l Likelihood) (sum float64) {
	for i, w := range e.weights {
		out, x := e.pair(i)
		sum += float64(w) * l.PointNLL(out, x)
	}
	return sum
}

// The graph's term of each draw, and PointNLL, against the density written down.
func TestTermsAgainstTheirDensities(t *testing.T) {
	for name, l := range all(t) {
		e := evaluate(t, l)
		for i, nll := range e.graph.Read(e.nll) {
			out, x := e.pair(i)
			var want float64
			for j := range pixels {
				want += known[name].nll(float64(out[j]), float64(x[j]))
			}
			if !(math.Abs(float64(nll)-want) <= 3e-6*(1+math.Abs(want))) {
				t.Errorf("%s: term %d is %g, want %g", name, i, nll, want)
			}
			if got := l.PointNLL(out, x); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) { // the parameter is a float32
				t.Errorf("%s: PointNLL is %g, want %g", name, got, want)
			}
		}
	}
}

// The graph's gradients against central differences of PointNLL.
func TestGradientsAgainstDifferences(t *testing.T) {
	const h = 1. / 256 // exact in float32, beside outputs of this size to 2^-24
	for name, l := range all(t) {
		e := evaluate(t, l)
		for k, p := range append([]*graph.Param{e.outputs}, l.Params()...) {
			for i, v := range p.Value {
				p.Value[i] = v + h
				above, high := e.sum(l), float64(p.Value[i])
				p.Value[i] = v - h
				want := (above - e.sum(l)) / (high - float64(p.Value[i]))
				p.Value[i] = v
				if got := float64(e.graph.Read(e.gradients[k])[i]); !(math.Abs(got-want) <= 3e-4*(1+math.Abs(want))) {
					t.Errorf("%s: gradient of %s[%d] is %g, want %g", name, p.Name, i, got, want)
				}
			}
		}
	}
}

// The mean of many draws is the mean, and their variance that of a pixel.
func TestDrawsHaveTheirMoments(t *testing.T) {
	const n = 20_000
	out := []float32{-1, 0.2, 0.7}
	for name, l := range all(t) {
		mean, draw := make([]float32, 3), make([]float32, 3)
		l.Mean(mean, out)
		var sum, squares [3]float64
		for i := range uint64(n) {
			l.Draw(draw, out, rng.Stream(3, name, i))
			for j, v := range draw {
				d := float64(v) - float64(mean[j])
				sum[j] += d
				squares[j] += d * d
			}
		}
		for j := range sum {
			v := known[name].variance(float64(mean[j]))
			if off := sum[j] / n; !(math.Abs(off) <= 5*math.Sqrt(v/n)) {
				t.Errorf("%s: the draws of pixel %d are off by %g", name, j, off)
			}
			if got := squares[j] / n; !(math.Abs(got/v-1) <= 0.1) {
				t.Errorf("%s: the variance of pixel %d is %g, want %g", name, j, got, v)
			}
		}
	}
}

// With its bias alone the output is one whose mean is the images'.
func TestBiasGivesTheMeans(t *testing.T) {
	means := []float64{0.25, 0.5, 0.0625}
	for name, l := range all(t) {
		out, mean := make([]float32, 3), make([]float32, 3)
		for i, b := range l.Bias(means) {
			out[i] = float32(b)
		}
		l.Mean(mean, out)
		for i, want := range means {
			if !(math.Abs(float64(mean[i])-want) <= 1e-7) {
				t.Errorf("%s: mean %d is %g, want %g", name, i, mean[i], want)
			}
		}
	}
}

func TestCertainPixelsAreNeverDrawnOtherwise(t *testing.T) {
	for i := range uint64(2000) {
		p := make([]float32, 4)
		Bernoulli{}.Draw(p, []float32{-200, 200, -200, 200}, rng.Stream(1, "pixels", i))
		if !slices.Equal(p, []float32{0, 1, 0, 1}) {
			t.Fatalf("probabilities 0 1 0 1 gave %v", p)
		}
	}
	nan := []float32{float32(math.NaN())}
	if (Bernoulli{}).Draw(nan, nan, rng.Stream(1, "pixels")); nan[0] == nan[0] {
		t.Errorf("a draw with the probability NaN is %g", nan[0])
	}
}

// The cross-entropy is finite and exact where a probability is not.
func TestCrossEntropyOfExtremeLogits(t *testing.T) {
	for _, c := range []struct{ logit, x, want float64 }{
		{1000, 1, 0}, {-1000, 0, 0}, {1000, 0, 1000}, {-1000, 1, 1000}, {0, 0.25, math.Ln2}, {30, 0, 30 + math.Log1p(math.Exp(-30))},
	} {
		if got := (Bernoulli{}).PointNLL([]float32{float32(c.logit)}, []float32{float32(c.x)}); !(math.Abs(got-c.want) <= 1e-12*(1+c.want)) {
			t.Errorf("cross-entropy of %g under the logit %g is %g, want %g", c.x, c.logit, got, c.want)
		}
	}
	nan := float32(math.NaN())
	if got := (Bernoulli{}).PointNLL([]float32{nan}, []float32{0.5}); got == got {
		t.Errorf("cross-entropy under NaN is %g", got)
	}
}

// With its constant the density of a pixel has the mass 1: over 0 and 1 where the mean is
// a probability, else over all numbers.
func TestDensitiesHaveTheMassOne(t *testing.T) {
	for name, l := range all(t) {
		f := l.Facts()
		out := make([]float32, l.Outputs(config.Shape{Width: 1, Height: 1, Channels: 1}).Pixels())
		density := func(x float64) float64 { return math.Exp(-l.PointNLL(out, []float32{float32(x)}) - f.PixelConstant) }
		mass := density(0) + density(1)
		if !f.Probabilities {
			const step = 1. / 1024 // of which float32 holds every multiple
			mass = 0
			for i := -16 * 1024; i <= 16*1024; i++ {
				mass += step * density(float64(i)*step)
			}
		}
		if !(math.Abs(mass-1) <= 1e-5) {
			t.Errorf("%s: the density of a pixel has the mass %g", name, mass)
		}
	}
}

// An output that is no number must not get lost: a divergence is found by it.
func TestNaNStaysNaN(t *testing.T) {
	nan := float32(math.NaN())
	for name, l := range all(t) {
		var node *graph.Node
		var out []float32
		g, err := graph.Build(func(b *graph.Builder) {
			var o *graph.Node
			o, out = b.Input("out", 1, l.Outputs(config.Shape{Width: 3, Height: 1, Channels: 1}).Pixels())
			x, _ := b.Input("x", 1, 3)
			node = l.NLL(b, o, x)
			b.Keep(node)
		})
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			out[i] = nan
		}
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if v := g.Read(node)[0]; v == v {
			t.Errorf("%s: the term of an output of NaN is %g", name, v)
		}
		if v := l.PointNLL(out, make([]float32, 3)); v == v {
			t.Errorf("%s: PointNLL of an output of NaN is %g", name, v)
		}
		mean, draw := make([]float32, 3), make([]float32, 3)
		l.Mean(mean, out)
		l.Draw(draw, out, rng.Stream(1, "NaN"))
		if mean[1] == mean[1] || draw[1] == draw[1] {
			t.Errorf("%s: mean %g and draw %g of an output of NaN", name, mean[1], draw[1])
		}
	}
}
