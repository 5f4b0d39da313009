package model

import (
	"math"
	"testing"

	"vae/internal/rng"
)

// each runs a test on every linear-Gaussian model.
func each(t *testing.T, test func(t *testing.T, c linearCase, m *Model)) {
	for _, c := range linearCases {
		t.Run(c.name, func(t *testing.T) {
			m := c.model(t)
			c.encode(m)
			test(t, c, m)
		})
	}
}

// linearImages is the number of images in these tests.
const linearImages = 8

// objective is a graph over the images, all once or more often, that all weigh the
// same; row i is image i modulo linearImages.
func (c linearCase) objective(t *testing.T, m *Model, options ObjectiveOptions) (*Objective, [][]float64) {
	t.Helper()
	options.Rows = max(options.Rows, linearImages)
	o, err := m.NewObjective(options)
	if err != nil {
		t.Fatal(err)
	}
	rng.Normal(o.X[:linearImages*linearPixels], rng.Stream(21, "images"))
	for i := linearImages * linearPixels; i < len(o.X); i++ {
		o.X[i] = o.X[i-linearImages*linearPixels]
	}
	for i := range o.Weight {
		o.Weight[i] = 1 / float32(options.Rows)
	}
	images := make([][]float64, linearImages)
	for i := range images {
		images[i] = widened(o.X[i*linearPixels:][:linearPixels])
	}
	return o, images
}

// drawNoise feeds the noise of one run.
func drawNoise(o *Objective, purpose string, run int) {
	for level, noise := range o.Noise {
		rng.Normal(noise, rng.Stream(22+uint64(level), purpose, uint64(run)))
	}
}

// A log weight is a sum of some ten float32 terms of up to 40 nats.
const linearRounding = 1e-5

// With q(z|x) = p(z|x) every importance weight is p(x), whatever was drawn.
func TestWeightsOfTheExactPosteriorAreTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		const samples = 50
		o, images := c.objective(t, m, ObjectiveOptions{Samples: samples, ImportanceWeighted: true})
		drawNoise(o, "exact", 0)
		runObjective(t, o)
		g := c.reference(valuesOf(m))
		for i, x := range images {
			want := g.logp(x)
			if gap := g.gap(x); !(gap <= 1e-10) {
				t.Fatalf("q is not the posterior of image %d: divergence %g", i, gap)
			}
			for k, got := range o.LogWeights()[i*samples:][:samples] {
				if !(math.Abs(float64(got)-want) <= linearRounding) {
					t.Fatalf("the log weight of draw %d of image %d is %g, log p(x) %g", k, i, got, want)
				}
			}
			if got := o.IWAE()[i]; !(math.Abs(float64(got)-want) <= linearRounding) {
				t.Errorf("the bound of image %d is %g, log p(x) %g", i, got, want)
			}
		}
	})
}

// The evidence lower bound with q(z|x) = p(z|x) is log p(x) in the mean, and with
// two layers, where the KL is estimated with the same draws, at each draw.
func TestBoundOfTheExactPosteriorIsTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		o, images := c.objective(t, m, ObjectiveOptions{Samples: 20})
		g := c.reference(valuesOf(m))
		var want []float64
		for _, x := range images {
			want = append(want, g.logp(x))
		}
		var bounds sample
		for run := range 200 {
			drawNoise(o, "elbo", run)
			runObjective(t, o)
			bounds.add(lowerBounds(o))
		}
		bounds.hold(t, "lower bound", want, linearRounding)
		_, errors := bounds.means()
		if exact := c.top > 0; exact != (errors[0] < linearRounding) {
			t.Errorf("standard error %g", errors[0])
		}
	})
}

// lowerBounds are the evidence lower bounds of the images at the last run's noise.
func lowerBounds(o *Objective) []float64 {
	var bounds []float64
	k := o.Samples()
	for i, kl := range o.KL() {
		var nll float64
		for _, v := range o.Reconstruction()[i*k:][:k] {
			nll += float64(v) / float64(k)
		}
		bounds = append(bounds, -nll-float64(kl))
	}
	return bounds
}

// disturb makes q another distribution than the posterior, and the posterior one
// that is not diagonal, by known amounts.
func disturb(m *Model, size float32) {
	for i := range m.dense("fc_mu").Weight.Value {
		m.dense("fc_mu").Weight.Value[i] += size * float32(i%3-1)
	}
	m.dense("fc_mu").Bias.Value[1] += 2 * size
	m.dense("fc_logvar").Bias.Value[0] += 3 * size
	m.decoderLayer(0).Weight.Value[4] += 2 * size
	if len(m.levels) > 1 {
		m.dense("top_fc_mu").Weight.Value[1] -= size
		m.dense("top_fc_logvar").Bias.Value[1] += 2 * size
		m.dense("prior_mu").Weight.Value[4] += 2 * size
	}
}

// The evidence lower bound lacks KL(q(z|x) || p(z|x)) in the mean, and so does the
// importance-weighted one of one sample.
func TestGapIsTheDivergenceFromThePosterior(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		disturb(m, 0.15)
		g := c.reference(valuesOf(m))
		o, images := c.objective(t, m, ObjectiveOptions{Samples: 200})
		one, _ := c.objective(t, m, ObjectiveOptions{Rows: 100 * linearImages, ImportanceWeighted: true})
		var want []float64
		var gap float64
		for _, x := range images {
			want, gap = append(want, g.logp(x)-g.gap(x)), gap+g.gap(x)/linearImages
		}
		var bounds, weighted sample
		for run := range 150 {
			drawNoise(o, "gap", run)
			runObjective(t, o)
			bounds.add(lowerBounds(o))
		}
		for run := range 100 {
			drawNoise(one, "one sample", run)
			runObjective(t, one)
			bound := make([]float64, linearImages)
			for i, v := range one.IWAE() {
				bound[i%linearImages] += float64(v) / 100
			}
			weighted.add(bound)
		}
		bounds.hold(t, "lower bound", want, linearRounding)
		weighted.hold(t, "bound of one sample", want, linearRounding)
		for name, s := range map[string]*sample{"lower bound": &bounds, "bound of one sample": &weighted} {
			if _, errors := s.means(); !(gap > 20*errors[0]) {
				t.Errorf("%s: a standard error of %g does not show a gap of %g", name, errors[0], gap)
			}
		}
	})
}

func widened(x []float32) []float64 {
	var w []float64
	for _, v := range x {
		w = append(w, float64(v))
	}
	return w
}

// The importance-weighted bound rises with K and reaches log p(x): the mean over
// images lacks the divergence at K = 1, and excess/2K where K is large.
func TestImportanceWeightedBoundConverges(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		disturb(m, 0.15)
		g := c.reference(valuesOf(m))
		last, lastError := math.Inf(1), 0.
		for _, k := range []struct{ samples, copies, runs int }{{1, 100, 30}, {10, 10, 50}, {100, 1, 100}, {1000, 1, 50}} {
			got, deviation, gap, excess := c.lack(t, m, g, k.samples, k.copies, k.runs)
			if !(last-got > 5*math.Hypot(lastError, deviation)) {
				t.Errorf("%d samples lack %g ± %.2g, fewer lacked %g ± %.2g", k.samples, got, deviation, last, lastError)
			}
			want := gap
			if k.samples == 1000 { // the next order is excess^2/K^2 and the like, 1e-5
				want = excess / 2000
			}
			if k.samples == 1 || k.samples == 1000 {
				if !(math.Abs(got-want) <= 5*deviation+linearRounding) || !(want > 10*deviation) {
					t.Errorf("%d samples lack %g ± %.2g, expected %g", k.samples, got, deviation, want)
				}
			}
			last, lastError = got, deviation
		}
	})
}

// lack is what the bound of K samples lacks of log p(x), the mean over images, with
// its standard error; and the means of gap and excess.
func (c linearCase) lack(t *testing.T, m *Model, g *linearGaussian, samples, copies, runs int) (mean, deviation, gap, excess float64) {
	t.Helper()
	o, images := c.objective(t, m, ObjectiveOptions{Rows: copies * linearImages, Samples: samples, ImportanceWeighted: true})
	var logp []float64
	for _, x := range images {
		logp, gap, excess = append(logp, g.logp(x)), gap+g.gap(x)/linearImages, excess+g.excess(x)/linearImages
	}
	n := float64(o.Rows())
	var lacks sample
	for run := range runs {
		drawNoise(o, "converge", run)
		runObjective(t, o)
		var lack float64
		for i, bound := range o.IWAE() {
			off := float64(bound) - logp[i%linearImages]
			if lack -= off / n; samples >= 100 {
				// The mean weight is p(x) in the mean: what it is off by is no part of the
				// lack, and most of its variance.
				lack += math.Expm1(off) / n
			}
		}
		lacks.add([]float64{lack})
	}
	means, errors := lacks.means()
	return means[0], errors[0], gap, excess
}
