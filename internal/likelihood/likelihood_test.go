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

// knowledge is what the tests know of a likelihood.
type knowledge struct {
	config   config.Model
	channels int                            // of the images, 1 unless given
	numbers  int                            // of the decoder's output for a pixel, that of the channels unless given
	nll      func(out, x []float64) float64 // of a pixel, in nats
	variance func(out []float64) []float64  // of the values of a pixel
	terms    [4]string                      // with a density over z and without: on black and white pixels, on grey ones
}

// known is what the tests know of each likelihood: a row for each of config.Likelihoods, and
// for other forms of them. What stands before a comma is the likelihood.
var known = map[string]knowledge{
	"bernoulli": {
		nll:      ofOne(func(out, x float64) float64 { return math.Log1p(math.Exp(out)) - x*out }),
		variance: func(out []float64) []float64 { p := 1 / (1 + math.Exp(-out[0])); return []float64{p * (1 - p)} },
		terms:    [4]string{"reconstruction", "grey-BCE", "BCE", "grey-BCE"},
	},
	"gaussian": {
		config: config.Model{Sigma: 0.3}, nll: normal(0.3), variance: always(0.09), terms: alike("reconstruction"),
	},
	"gaussian, learned": {
		config: config.Model{Sigma: config.Learned}, nll: normal(math.Exp(-0.75)),
		variance: always(math.Exp(-1.5)), terms: alike("reconstruction"),
	},
	"gaussian, optimal": {
		config: config.Model{Sigma: config.Optimal}, nll: normal(math.Exp(-0.75)),
		variance: always(math.Exp(-1.5)), terms: alike("reconstruction"),
	},
	"mse": {
		nll: ofOne(func(out, x float64) float64 { return (x - out) * (x - out) }), variance: always(0.5), terms: alike("squared error"),
	},
	"logistic:4": {
		nll:   ofOne(func(out, x float64) float64 { return -math.Log(logisticBin(x, 4, out, testScale)) }),
		terms: alike("reconstruction"),
	},
	"logistic:256, color": {
		channels: 3,
		nll: func(out, x []float64) (sum float64) {
			for c := range out {
				sum -= math.Log(logisticBin(x[c], 256, out[c], testScale))
			}
			return sum
		},
		terms: alike("reconstruction"),
	},
	"dmol:2:256": {
		numbers: 6, terms: alike("reconstruction"),
		nll: func(out, x []float64) float64 {
			p := softmax(out[:2])
			return -math.Log(p[0]*logisticBin(x[0], 256, (out[2]+1)/2, math.Exp(out[4])/2) + p[1]*logisticBin(x[0], 256, (out[3]+1)/2, math.Exp(out[5])/2))
		},
	},
	"dmol:3:256, color": {channels: 3, numbers: 30, terms: alike("reconstruction"), nll: pixelCNN},
	"dmol:1:16": {numbers: 3, terms: alike("reconstruction"), nll: func(out, x []float64) float64 {
		return -math.Log(logisticBin(x[0], 16, (out[1]+1)/2, math.Exp(out[2])/2))
	}},
	"beta-binomial:256": {numbers: 2, terms: alike("reconstruction"), nll: betaBinomial(255)},
	"beta-binomial:4":   {numbers: 2, terms: alike("reconstruction"), nll: betaBinomial(3)},
	"categorical:4": {
		numbers: 4, terms: alike("reconstruction"),
		nll: func(out, x []float64) float64 { return -math.Log(softmax(out)[int(math.Round(3*x[0]))]) },
	},
}

func ofOne(nll func(out, x float64) float64) func(out, x []float64) float64 {
	return func(out, x []float64) float64 { return nll(out[0], x[0]) }
}

func normal(sigma float64) func(out, x []float64) float64 {
	return ofOne(func(out, x float64) float64 {
		return 0.5*math.Pow((x-out)/sigma, 2) + math.Log(sigma*math.Sqrt(2*math.Pi))
	})
}

func always(variance float64) func([]float64) []float64 {
	return func([]float64) []float64 { return []float64{variance} }
}

func alike(term string) [4]string { return [4]string{term, term, term, term} }

// logisticBin is the mass of a logistic distribution in the bin of x, a level of so many from 0 to 1.
func logisticBin(x float64, levels int, mean, scale float64) float64 {
	cdf := func(at float64) float64 { return 1 / (1 + math.Exp(-(at-mean)/scale)) }
	k, top := math.Round(x*float64(levels-1)), float64(levels-1)
	high, low := 1., 0.
	if k < top {
		high = cdf((k + 0.5) / top)
	}
	if k > 0 {
		low = cdf((k - 0.5) / top)
	}
	return high - low
}

func softmax(logits []float64) []float64 {
	p, sum := make([]float64, len(logits)), 0.
	for i, l := range logits {
		p[i] = math.Exp(l)
		sum += p[i]
	}
	for i := range p {
		p[i] /= sum
	}
	return p
}

// pixelCNN is the negative log-likelihood of a pixel under a mixture of 3, as PixelCNN++ lays out its numbers.
func pixelCNN(out, x []float64) float64 {
	p, sum := softmax(out[:3]), 0.
	signed := make([]float64, 3)
	for c := range x {
		signed[c] = 2*math.Round(255*x[c])/255 - 1
	}
	for m, w := range p {
		of := func(channel, kind int) float64 { return out[3+9*channel+3*kind+m] }
		means := [3]float64{
			of(0, 0),
			of(1, 0) + math.Tanh(of(0, 2))*signed[0],
			of(2, 0) + math.Tanh(of(1, 2))*signed[0] + math.Tanh(of(2, 2))*signed[1],
		}
		for c, mean := range means {
			w *= logisticBin(x[c], 256, (mean+1)/2, math.Exp(of(c, 1))/2)
		}
		sum += w
	}
	return -math.Log(sum)
}

func betaBinomial(trials int) func(out, x []float64) float64 {
	gamma := func(x float64) float64 { l, _ := math.Lgamma(x); return l }
	beta := func(a, b float64) float64 { return gamma(a) + gamma(b) - gamma(a+b) }
	return func(out, x []float64) float64 {
		n, k, a, b := float64(trials), math.Round(x[0]*float64(trials)), math.Exp(out[0]), math.Exp(out[1])
		return -(gamma(n+1) - gamma(k+1) - gamma(n-k+1) + beta(k+a, n-k+b) - beta(a, b))
	}
}

// image is the shape of images of so many pixels.
func (k knowledge) image(pixels int) config.Shape {
	return config.Shape{Width: pixels, Height: 1, Channels: max(k.channels, 1)}
}

// width is how many numbers of output a pixel has.
func (k knowledge) width() int { return max(k.numbers, k.channels, 1) }

// scaleParameter is one of a logistic scale, and testScale that scale.
const scaleParameter = 0.08

var testScale = 0.1 * math.Exp(10*float64(float32(scaleParameter)))

// all are the likelihoods that are known; log-variances, where there are any, are -1.5.
func all(t *testing.T) map[string]Likelihood {
	t.Helper()
	found := map[string]Likelihood{}
	for name, k := range known {
		form, _, _ := strings.Cut(name, ",")
		k.config.Likelihood = config.Likelihood(form)
		l, err := New(k.config, k.image(1))
		if err != nil {
			t.Fatal(err)
		}
		parameters := l.Params()
		if keeper, ok := l.(Keeper); ok {
			parameters = append(parameters, keeper.Saved()...)
		}
		for _, p := range parameters {
			p.Allocate()
			for i := range p.Value {
				if p.Value[i] = -1.5; p.Name == "x_scale" {
					p.Value[i] = scaleParameter
				}
			}
		}
		found[name] = l
	}
	return found
}

func TestEveryNameHasALikelihood(t *testing.T) {
	if len(makers) != len(config.Likelihoods) {
		t.Errorf("%d likelihoods for the names %v", len(makers), config.Likelihoods)
	}
	grey := config.Shape{Width: 4, Height: 3, Channels: 1}
	for _, form := range []config.Likelihood{"poisson", "", "logistic", "dmol:5", "categorical"} {
		if _, err := New(config.Model{Likelihood: form}, grey); err == nil {
			t.Errorf("likelihood %q: no error", form)
		}
	}
	if _, err := New(config.Model{Likelihood: "dmol:5:256"}, config.Shape{Width: 4, Height: 3, Channels: 2}); err == nil {
		t.Error("a mixture of two channels: no error")
	}
	for _, name := range config.Likelihoods {
		found := false
		for form := range known {
			found = found || strings.HasPrefix(form, string(name))
		}
		if !found {
			t.Errorf("%s is not known to the tests", name)
		}
	}
	for name, l := range all(t) {
		f, k := l.Facts(), known[name]
		if f.Loss == "" || f.Term == "" || f.Description == "" || f.Reconstruction == "" {
			t.Errorf("%s has no words: %+v", name, f)
		}
		if got := [4]string{f.TermName(true, true), f.TermName(true, false), f.TermName(false, true), f.TermName(false, false)}; got != k.terms {
			t.Errorf("%s: terms %v, want %v", name, got, k.terms)
		}
		shape := config.Shape{Width: 4, Height: 3, Channels: max(k.channels, 1)}
		want := shape
		if want.Channels = k.width(); l.Outputs(shape) != want {
			t.Errorf("%s: outputs of shape %v, want %v", name, l.Outputs(shape), want)
		}
	}
}

// A sigma that is learned is not called one that was given.
func TestSigmasAreCalledByTheirKind(t *testing.T) {
	for sigma, want := range map[float64]string{
		0.5: "gaussian likelihood of sigma 0.5", config.Learned: "gaussian likelihood of learned sigma 1",
		config.Optimal: "gaussian likelihood of optimal sigma 1",
	} {
		l, err := New(config.Model{Likelihood: config.Gaussian, Sigma: sigma}, config.Shape{Width: 4, Height: 3, Channels: 1})
		if err != nil {
			t.Fatal(err)
		}
		if got := l.Facts().Description; got != want {
			t.Errorf("sigma %g: %q, want %q", sigma, got, want)
		}
	}
}

const (
	rows, samples, pixels = 3, 2, 5
)

// evaluated is the graph of a likelihood: the terms of each draw [rows*samples] for outputs
// [rows*samples,D'] and images [rows,D], and the gradients of their weighted sum.
type evaluated struct {
	knowledge
	graph           *graph.Graph
	out, x, weights []float32
	nll             *graph.Node
	gradients       []*graph.Node // with respect to the outputs, and to the parameters
	outputs         *graph.Param
}

func evaluate(t *testing.T, name string, l Likelihood) *evaluated {
	t.Helper()
	e := &evaluated{knowledge: known[name]}
	e.outputs = graph.NewParam("out", rows*samples, pixels*e.width())
	e.outputs.Allocate()
	e.out = e.outputs.Value
	rng.Normal(e.out, rng.Stream(1, "outputs"))
	for i, v := range e.out { // an odd number of sixteenths, no pixel: a derivative may have a step there
		e.out[i] = float32(math.Floor(8*float64(v)))/8 + 1./16
	}
	var err error
	e.graph, err = graph.Build(func(b *graph.Builder) {
		var x, weights *graph.Node
		x, e.x = b.Input("x", rows, e.image(pixels).Pixels())
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
	d, n := pixels*e.width(), e.image(pixels).Pixels()
	return e.out[i*d:][:d], e.x[i/samples*n:][:n]
}

// sum is the weighted sum of the terms, in float64.
func (e *evaluated) sum(l Likelihood) (sum float64) {
	for i, w := range e.weights {
		out, x := e.pair(i)
		sum += float64(w) * l.PointNLL(out, x)
	}
	return sum
}

func widened(values []float32) []float64 {
	wide := make([]float64, len(values))
	for i, v := range values {
		wide[i] = float64(v)
	}
	return wide
}

// The graph's term of each draw, and PointNLL, against the density written down.
func TestTermsAgainstTheirDensities(t *testing.T) {
	for name, l := range all(t) {
		e := evaluate(t, name, l)
		for i, nll := range e.graph.Read(e.nll) {
			out, x := e.pair(i)
			var want float64
			for j := range pixels {
				c := e.image(1).Channels
				want += e.knowledge.nll(widened(out[j*e.width():][:e.width()]), widened(x[j*c:][:c]))
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
	for name, l := range all(t) {
		e := evaluate(t, name, l)
		for k, p := range append([]*graph.Param{e.outputs}, l.Params()...) {
			h := float32(1. / 256) // exact in float32, beside outputs of this size to 2^-24
			if k > 0 {
				h /= 16 // a scale changes fast
			}
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

// outputsOf are outputs of 3 pixels.
func (k knowledge) outputsOf() []float32 {
	out := make([]float32, 3*k.width())
	for i := range out {
		out[i] = []float32{-0.1, 0.2, 0.7}[i/k.width()]
		if k.numbers > 0 {
			out[i] += 0.37 * float32(i%k.width()%3)
		}
	}
	return out
}

// The mean of many draws is the mean, and their variance that of a pixel; of levels both are held against the probabilities of
// all of them.
func TestDrawsHaveTheirMoments(t *testing.T) {
	const n = 20_000
	for name, l := range all(t) {
		k := known[name]
		out, d := k.outputsOf(), k.image(3).Pixels()
		mean, draw := make([]float32, d), make([]float32, d)
		l.Mean(mean, out)
		sum, squares := make([]float64, d), make([]float64, d)
		for i := range uint64(n) {
			l.Draw(draw, out, rng.Stream(3, name, i))
			for j, v := range draw {
				off := float64(v) - float64(mean[j])
				sum[j] += off
				squares[j] += off * off
			}
		}
		for j := range sum {
			wantMean, v := float64(mean[j]), squares[j]/n
			switch {
			case k.variance != nil:
				v = k.variance(widened(out[j : j+1]))[0]
			case k.channels <= 1:
				wantMean, v = k.moments(l, out[j*k.width():][:k.width()])
			}
			tolerance := 0.
			if levels := l.Facts().Levels; levels > 0 { // the mean within 0 and 1, that of levels but for less than half of one
				tolerance = 0.1 / float64(levels)
			}
			if !(math.Abs(wantMean-float64(mean[j])) <= tolerance+1e-6) && k.channels <= 1 {
				t.Errorf("%s: the mean of pixel %d is %g, want %g", name, j, mean[j], wantMean)
			}
			if off := float64(mean[j]) + sum[j]/n - wantMean; !(math.Abs(off) <= 5*math.Sqrt(v/n)+0.01*float64(max(k.channels-1, 0))) {
				t.Errorf("%s: the draws of pixel %d are off by %g", name, j, off)
			}
			if got := squares[j] / n; !(math.Abs(got/v-1) <= 0.1) {
				t.Errorf("%s: the variance of pixel %d is %g, want %g", name, j, got, v)
			}
		}
	}
}

// moments are the mean and the variance of a grey pixel by the probabilities of its levels.
func (k knowledge) moments(l Likelihood, out []float32) (mean, variance float64) {
	levels := l.Facts().Levels
	var squares float64
	for level := range levels {
		x := float64(level) / float64(levels-1)
		p := math.Exp(-l.PointNLL(out, []float32{float32(x)}))
		mean += p * x
		squares += p * x * x
	}
	return mean, squares - mean*mean
}

// With its bias alone the output is one whose mean is the images'.
func TestBiasGivesTheMeans(t *testing.T) {
	for name, l := range all(t) {
		k := known[name]
		means := []float64{0.25, 0.5, 0.0625, 0.125, 0.75, 0.3125, 0.875, 0.9375, 0.4375}[:k.image(3).Pixels()]
		out, mean := make([]float32, 3*k.width()), make([]float32, len(means))
		for i, b := range l.Bias(means) {
			out[i] = float32(b)
		}
		l.Mean(mean, out)
		for i, want := range means {
			if !(math.Abs(float64(mean[i])-want) <= 2e-6) {
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
		if known[name].channels > 1 {
			continue // products of masses of one channel
		}
		out := known[name].outputsOf()[:known[name].width()]
		density := func(x float64) float64 { return math.Exp(-l.PointNLL(out, []float32{float32(x)}) - f.PixelConstant) }
		mass := density(0) + density(1)
		for k := range f.Levels - 2 {
			mass += density(float64(k+1) / float64(f.Levels-1))
		}
		if !f.Probabilities && f.Levels == 0 {
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

// Nor does it get lost where only the logit of a component is none.
func TestNaNLogitStaysNaN(t *testing.T) {
	l := all(t)["dmol:2:256"]
	out, draw := make([]float32, 3*known["dmol:2:256"].width()), make([]float32, 3)
	out[0] = float32(math.NaN())
	if l.Draw(draw, out, rng.Stream(1, "NaN")); draw[0] == draw[0] || draw[1] != draw[1] {
		t.Errorf("draws %v", draw)
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
			image := known[name].image(3)
			o, out = b.Input("out", 1, l.Outputs(image).Pixels())
			x, _ := b.Input("x", 1, image.Pixels())
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
		d := known[name].image(3).Pixels()
		if v := l.PointNLL(out, make([]float32, d)); v == v {
			t.Errorf("%s: PointNLL of an output of NaN is %g", name, v)
		}
		mean, draw := make([]float32, d), make([]float32, d)
		l.Mean(mean, out)
		l.Draw(draw, out, rng.Stream(1, "NaN"))
		if mean[1] == mean[1] || draw[1] == draw[1] {
			t.Errorf("%s: mean %g and draw %g of an output of NaN", name, mean[1], draw[1])
		}
	}
}
