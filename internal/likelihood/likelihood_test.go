package likelihood

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/rng"
)

// all are the likelihoods by name, and a learned sigma.
func all(t *testing.T) map[string]Likelihood {
	t.Helper()
	found := map[string]Likelihood{}
	for _, name := range config.Likelihoods {
		c := config.Model{Likelihood: name, Sigma: 0.3}
		found[string(name)] = newLikelihood(t, c)
	}
	learned := newLikelihood(t, config.Model{Likelihood: config.Gaussian, Sigma: config.Learned})
	for _, p := range learned.Params() {
		p.Allocate()
		p.Value[0] = -1.5
	}
	found["learned"] = learned
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
	for name, l := range all(t) {
		f := l.Facts()
		if f.Loss == "" || f.Term == "" || f.Description == "" || f.Reconstruction == "" {
			t.Errorf("%s has no words: %+v", name, f)
		}
		if shape := (config.Shape{Width: 4, Height: 3, Channels: 2}); l.Outputs(shape) != shape {
			t.Errorf("%s: outputs of shape %v", name, l.Outputs(shape))
		}
	}
}

const (
	rows, samples, pixels = 3, 2, 5
)

// terms are -log p(x|z) by the graph, for the outputs [rows*samples,pixels] and images
// [rows,pixels] that it returns too.
func terms(t *testing.T, l Likelihood) (nll, out, x []float32) {
	t.Helper()
	var node *graph.Node
	g, err := graph.Build(func(b *graph.Builder) {
		var o, images *graph.Node
		o, out = b.Input("out", rows*samples, pixels)
		images, x = b.Input("x", rows, pixels)
		node = l.NLL(b, o, images)
		b.Keep(node)
	})
	if err != nil {
		t.Fatal(err)
	}
	rng.Normal(out, rng.Stream(1, "outputs"))
	for i := range x {
		x[i] = float32(i%4) / 3
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return g.Read(node), out, x
}

// The graph's term of each draw, and PointNLL, against the density written down.
func TestTermsAgainstTheirDensities(t *testing.T) {
	normal := func(sigma float64) func(out, x float64) float64 {
		return func(out, x float64) float64 {
			return 0.5*math.Pow((x-out)/sigma, 2) + math.Log(sigma*math.Sqrt(2*math.Pi))
		}
	}
	density := map[string]func(out, x float64) float64{
		"bernoulli": func(out, x float64) float64 {
			p := 1 / (1 + math.Exp(-out))
			return -x*math.Log(p) - (1-x)*math.Log(1-p)
		},
		"gaussian": normal(0.3), "learned": normal(math.Exp(-0.75)),
		"mse": func(out, x float64) float64 {
			return normal(math.Sqrt(0.5))(out, x) - SquaredError{}.Facts().PixelConstant
		},
	}
	for name, l := range all(t) {
		f, known := density[name]
		if !known {
			t.Fatalf("%s has no density to be held against", name)
		}
		nll, out, x := terms(t, l)
		for i := range rows * samples {
			image, output := x[i/samples*pixels:][:pixels], out[i*pixels:][:pixels]
			var want float64
			for j := range pixels {
				want += f(float64(output[j]), float64(image[j]))
			}
			if !(math.Abs(float64(nll[i])-want) <= 3e-6*(1+math.Abs(want))) {
				t.Errorf("%s: term %d is %g, want %g", name, i, nll[i], want)
			}
			if got := l.PointNLL(output, image); !(math.Abs(got-want) <= 1e-6*(1+math.Abs(want))) { // the parameter is a float32
				t.Errorf("%s: PointNLL is %g, want %g", name, got, want)
			}
		}
	}
}

// The mean of many draws is the mean, and their variance that of a pixel.
func TestDrawsHaveTheirMoments(t *testing.T) {
	variance := map[string]func(mean float64) float64{
		"bernoulli": func(mean float64) float64 { return mean * (1 - mean) },
		"gaussian":  func(float64) float64 { return 0.09 }, "learned": func(float64) float64 { return math.Exp(-1.5) },
		"mse": func(float64) float64 { return 0.5 },
	}
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
			v := variance[name](float64(mean[j]))
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

func TestTermNames(t *testing.T) {
	for name, want := range map[string][4]string{ // density and black and white: both, grey, neither density, neither
		"bernoulli": {"reconstruction", "grey-BCE", "BCE", "grey-BCE"},
		"gaussian":  {"reconstruction", "reconstruction", "reconstruction", "reconstruction"},
		"mse":       {"squared error", "squared error", "squared error", "squared error"},
	} {
		f := all(t)[name].Facts()
		if got := [4]string{f.TermName(true, true), f.TermName(true, false), f.TermName(false, true), f.TermName(false, false)}; got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
}
