package model

import (
	"math"
	"testing"

	"vae/internal/config"
)

// With q(z|x) = p(z|x) the mean gradient of either loss is that of -log p(x): for
// the generative parameters that of the reference by central differences, for
// the encoder's zero (Fisher's identity).
func TestMeanGradientIsThatOfTheLikelihood(t *testing.T) {
	each(t, func(t *testing.T, c linearCase, m *Model) {
		for name, options := range map[string]ObjectiveOptions{
			"elbo": {Samples: 40}, "iwae": {Samples: 40, ImportanceWeighted: true}, "score": {Samples: 40, Estimator: "score", LeaveOneOut: true},
		} {
			if name == "score" && c.top > 0 {
				continue
			}
			options.Gradients = true
			o, images := c.objective(t, m, options)
			var gradients sample
			for run := range 100 {
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
			g := o.Gradient(i)
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
			largest := map[config.Estimator]float64{}
			for _, estimator := range []config.Estimator{config.Reparameterization, config.DReG} {
				o, _ := c.objective(t, m, ObjectiveOptions{Samples: 3, ImportanceWeighted: true, Gradients: true, Estimator: estimator})
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
