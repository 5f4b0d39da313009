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

// objective is a graph over images that all weigh the same, and these images.
func (c linearCase) objective(t *testing.T, m *Model, options ObjectiveOptions) (*Objective, [][]float64) {
	t.Helper()
	o, err := m.NewObjective(options)
	if err != nil {
		t.Fatal(err)
	}
	rng.Normal(o.X, rng.Stream(21, "images"))
	images := make([][]float64, options.Rows)
	for i := range images {
		o.Weight[i] = 1 / float32(options.Rows)
		for _, v := range o.X[i*linearPixels:][:linearPixels] {
			images[i] = append(images[i], float64(v))
		}
	}
	return o, images
}

// drawNoise feeds the noise of one run.
func drawNoise(o *Objective, purpose string, run int) {
	rng.Normal(o.Noise, rng.Stream(22, purpose, uint64(run)))
	rng.Normal(o.TopNoise, rng.Stream(23, purpose, uint64(run)))
}

// A log weight is a sum of some ten float32 terms of up to 40 nats.
const linearRounding = 1e-5

// With q(z|x) = p(z|x) every importance weight is p(x), whatever was drawn.
func TestWeightsOfTheExactPosteriorAreTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		const samples = 50
		o, images := c.objective(t, m, ObjectiveOptions{Rows: 8, Samples: samples, ImportanceWeighted: true})
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
			if got := o.Bound()[i]; !(math.Abs(float64(got)-want) <= linearRounding) {
				t.Errorf("the bound of image %d is %g, log p(x) %g", i, got, want)
			}
		}
	})
}

// The evidence lower bound with q(z|x) = p(z|x) is log p(x) in the mean, and with
// two layers, where the KL is estimated with the same draws, at each draw.
func TestBoundOfTheExactPosteriorIsTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		o, images := c.objective(t, m, ObjectiveOptions{Rows: 8, Samples: 20})
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
	for i := range m.mu.weight.Value {
		m.mu.weight.Value[i] += size * float32(i%3-1)
	}
	m.mu.bias.Value[1] += 2 * size
	m.logvar.bias.Value[0] += 3 * size
	m.decoder[0].weight.Value[4] += 2 * size
	if m.top != nil {
		m.top.mu.weight.Value[1] -= size
		m.top.logvar.bias.Value[1] += 2 * size
		m.top.priorMu.weight.Value[4] += 2 * size
	}
}

// The evidence lower bound lacks KL(q(z|x) || p(z|x)) in the mean, and so does the
// importance-weighted one of one sample.
func TestGapIsTheDivergenceFromThePosterior(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		disturb(m, 0.15)
		g := c.reference(valuesOf(m))
		o, images := c.objective(t, m, ObjectiveOptions{Rows: 8, Samples: 100})
		one, _ := c.objective(t, m, ObjectiveOptions{Rows: 8, ImportanceWeighted: true})
		var want []float64
		var gap float64
		for _, x := range images {
			want, gap = append(want, g.logp(x)-g.gap(x)), gap+g.gap(x)/8
		}
		var bounds, weighted sample
		for run := range 300 {
			drawNoise(o, "gap", run)
			runObjective(t, o)
			bounds.add(lowerBounds(o))
		}
		for run := range 3000 {
			drawNoise(one, "one sample", run)
			runObjective(t, one)
			weighted.add(widened(one.Bound()))
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
		const images = 8
		g := c.reference(valuesOf(m))
		last, lastError := math.Inf(1), 0.
		for _, k := range []struct{ samples, runs int }{{1, 2000}, {10, 400}, {100, 100}, {1000, 50}} {
			got, deviation, gap, excess := c.lack(t, m, g, images, k.samples, k.runs)
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
func (c linearCase) lack(t *testing.T, m *Model, g *linearGaussian, rows, samples, runs int) (mean, deviation, gap, excess float64) {
	t.Helper()
	o, images := c.objective(t, m, ObjectiveOptions{Rows: rows, Samples: samples, ImportanceWeighted: true})
	var logp []float64
	n := float64(rows)
	for _, x := range images {
		logp, gap, excess = append(logp, g.logp(x)), gap+g.gap(x)/n, excess+g.excess(x)/n
	}
	var lacks sample
	for run := range runs {
		drawNoise(o, "converge", run)
		runObjective(t, o)
		var lack float64
		for i, bound := range o.Bound() {
			off := float64(bound) - logp[i]
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

// With q(z|x) = p(z|x) the mean gradient of either loss is that of -log p(x): for
// the generative parameters that of the reference by central differences, for
// the encoder's zero (Fisher's identity).
func TestMeanGradientIsThatOfTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		for name, options := range map[string]ObjectiveOptions{
			"elbo": {Samples: 20}, "iwae": {Samples: 20, ImportanceWeighted: true}, "score": {Samples: 20, Estimator: "score", LeaveOneOut: true},
		} {
			if name == "score" && c.top > 0 {
				continue
			}
			options.Rows, options.Gradients = 8, true
			o, images := c.objective(t, m, options)
			var gradients sample
			for run := range 200 {
				drawNoise(o, "gradient", run)
				runObjective(t, o)
				gradients.add(allGradients(t, m, o, linearParam))
			}
			signal := gradients.hold(t, name, c.likelihoodGradient(m, images), linearRounding)
			if signal < 10 {
				t.Errorf("%s: a mean gradient of %g standard errors shows nothing", name, signal)
			}
		}
	})
}

// likelihoodGradient is the gradient of -log p(x), the mean over images, by all
// parameters in turn.
func (c linearCase) likelihoodGradient(m *Model, images [][]float64) []float64 {
	v := valuesOf(m)
	loss := func() float64 {
		g, sum := c.reference(v), 0.
		for _, x := range images {
			sum -= g.logp(x) / float64(len(images))
		}
		return sum
	}
	var gradient []float64
	for _, p := range m.Params() {
		if !linearParam(p) {
			continue
		}
		for i, at := range v[p.Name] {
			const h = 1e-5
			v[p.Name][i] = at + h
			up := loss()
			v[p.Name][i] = at - h
			gradient = append(gradient, (up-loss())/(2*h))
			v[p.Name][i] = at
		}
	}
	return gradient
}

// linearParam leaves out the parameter that would make the model another than a
// normal distribution; those of the encoder may, at the exact posterior.
func linearParam(p *Param) bool { return p.Name != "prior_logvar.weight" }

// allGradients are those of the parameters chosen, in turn.
func allGradients(t *testing.T, m *Model, o *Objective, chosen func(*Param) bool) []float64 {
	t.Helper()
	var all []float64
	for i, p := range m.Params() {
		if chosen(p) {
			g, err := o.Gradient(i)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, widened(g)...)
		}
	}
	return all
}

// With q(z|x) = p(z|x) no weight depends on the draw, and the doubly
// reparameterized gradient of the encoder is zero at each of them (Roeder et al.
// 2017); the plain one is not.
func TestPathGradientOfTheExactPosteriorIsZero(t *testing.T) {
	for _, c := range linearCases[:2] { // one stochastic layer
		t.Run(c.name, func(t *testing.T) {
			m := c.model(t)
			c.encode(m)
			largest := map[string]float64{}
			for _, estimator := range []string{"reparameterization", "dreg"} {
				o, _ := c.objective(t, m, ObjectiveOptions{Rows: 8, Samples: 3, ImportanceWeighted: true, Gradients: true, Estimator: estimator})
				drawNoise(o, "path", 0)
				runObjective(t, o)
				for _, g := range allGradients(t, m, o, m.InEncoder) {
					largest[estimator] = max(largest[estimator], math.Abs(g))
				}
			}
			if !(largest["dreg"] <= 1e-6) || !(largest["reparameterization"] >= 0.01) {
				t.Errorf("largest gradient of the encoder: %v", largest)
			}
		})
	}
}
