package model

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

// estimated is one way to the gradient of a loss.
type estimated struct {
	name    string
	options ObjectiveOptions
	average bool // baseline at the mean of the reconstruction term
}

func (e estimated) graph(t *testing.T, m *Model, rows int) *Objective {
	t.Helper()
	e.options.Rows, e.options.Gradients = rows, true
	o, err := m.NewObjective(e.options)
	if err != nil {
		t.Fatal(err)
	}
	rng.Uniform(o.X, 1, rng.Stream(31, "pixels"))
	for i, v := range o.X {
		o.X[i] = (v + 1) / 2
	}
	fillLabels(o.Labels, len(m.Classes()), 1)
	for i := range o.Weight {
		o.Weight[i] = 1 / float32(rows)
	}
	if e.average {
		rng.Normal(o.Noise[0], rng.Stream(31, "baseline"))
		runObjective(t, o)
		o.Baseline = float64(mean(o.Reconstruction()))
	}
	return o
}

// gradients draws the gradients of the encoder and of the decoder many times.
func (e estimated) gradients(t *testing.T, m *Model, rows, runs int) (encoder, decoder *sample) {
	t.Helper()
	o := e.graph(t, m, rows)
	encoder, decoder = new(sample), new(sample)
	for run := range runs {
		drawNoise(o, "estimators", run)
		runObjective(t, o)
		encoder.add(allGradients(t, m, o, m.InEncoder))
		decoder.add(allGradients(t, m, o, func(p *Param) bool { return !m.InEncoder(p) }))
	}
	return encoder, decoder
}

// estimatorModel is small, and its posterior is not the prior. The KL term, which
// has the same gradient in all estimators of the evidence lower bound, is left out.
func estimatorModel(t *testing.T, change func(*config.Model)) *Model {
	t.Helper()
	m := small(t, func(c *config.Model) {
		c.Hidden, c.Beta = []int{4}, 0
		if change != nil {
			change(c)
		}
	})
	setWeights(m, "small")
	for _, p := range m.Params() {
		for i := range p.Value {
			p.Value[i] *= 3
		}
	}
	return m
}

// agree compares the means of an estimator with those of a reference over the same
// noise: element by element, within five standard errors of the difference, and
// all together.
func agree(t *testing.T, what string, got, want *sample) {
	t.Helper()
	d := differences(got, want)
	d.hold(t, what, make([]float64, len(d.rows[0])), 1e-6)
	d.chiSquare(t, what)
	means, _ := want.means()
	_, errors := d.means()
	var signal float64
	for j, mean := range means {
		signal = max(signal, math.Abs(mean)/errors[j])
	}
	if !(signal >= 10) { // then twice the gradient, or none, would not pass
		t.Errorf("%s: a gradient of at most %g standard errors of the difference shows nothing", what, signal)
	}
}

// The score-function gradient has the mean of the reparameterized one, with each
// baseline; that of the decoder is the same at each draw.
func TestScoreFunctionIsUnbiased(t *testing.T) {
	const rows, runs, samples = 16, 500, 8
	for name, change := range map[string]func(*config.Model){
		"bernoulli": nil,
		"learned sigma, conditional": func(c *config.Model) {
			c.Likelihood, c.Sigma, c.Conditional, c.Classes = "gaussian", config.Learned, true, []string{"a", "b"}
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := estimatorModel(t, change)
			reference := estimated{options: ObjectiveOptions{Samples: samples}}
			wantEncoder, wantDecoder := reference.gradients(t, m, rows, runs)
			for _, e := range []estimated{
				{name: "no baseline", options: ObjectiveOptions{Samples: samples, Estimator: "score"}},
				{name: "average", options: ObjectiveOptions{Samples: samples, Estimator: "score"}, average: true},
				{name: "leave one out", options: ObjectiveOptions{Samples: samples, Estimator: "score", LeaveOneOut: true}},
			} {
				encoder, decoder := e.gradients(t, m, rows, runs)
				agree(t, e.name, encoder, wantEncoder)
				same(t, e.name, decoder, wantDecoder)
			}
		})
	}
}

// same checks that two samples are equal to the bit.
func same(t *testing.T, what string, got, want *sample) {
	t.Helper()
	for run := range want.rows {
		if !slices.Equal(got.rows[run], want.rows[run]) {
			t.Fatalf("%s: the decoder's gradient at run %d is %v, reparameterized %v", what, run, got.rows[run], want.rows[run])
		}
	}
}

// The doubly reparameterized gradient has the mean of the plain one of the same
// bound, for one sample and for several; that of the decoder is the same at each draw.
// The gradient of the score function is that of its formula whatever the decoder begins with: none passes through the draws.
func TestScoreFunctionPassesByTheDecoder(t *testing.T) {
	for _, decoder := range []string{"dense:2,relu,dense:out", "relu,dense:2,dense:out", "residual[relu,dense:2],dense:out", "residual[dense:2|relu],dense:out",
		"upsample:2,dense:out", "gated-dense:3,dense:out"} {
		m := small(t, func(c *config.Model) { c.Latent, c.Hidden, c.Decoder = 2, []int{5}, decoder })
		const rows = 4
		o := estimated{options: ObjectiveOptions{Estimator: config.Score}}.graph(t, m, rows)
		drawNoise(o, "estimators", 1)
		runObjective(t, o)
		mu, logvar := o.Posterior(0)
		var want [2]float64
		for k := range mu {
			d := float64(o.Reconstruction()[k/2])*float64(o.Noise[0][k])/math.Exp(float64(logvar[k])/2) + o.KLWeight*float64(mu[k])
			want[k%2] += d / rows
		}
		for i, p := range m.Params() {
			if p.Name != "fc_mu.bias" {
				continue
			}
			for j, got := range o.Gradient(i) {
				if !(math.Abs(float64(got)-want[j]) <= 1e-4*math.Abs(want[j])) {
					t.Errorf("%s: gradient %d is %g, want %g", decoder, j, got, want[j])
				}
			}
		}
	}
}

func TestDoublyReparameterizedIsUnbiased(t *testing.T) {
	const rows, runs = 16, 500
	m := estimatorModel(t, nil)
	for _, samples := range []int{1, 5} {
		plain := estimated{options: ObjectiveOptions{Samples: samples, ImportanceWeighted: true}}
		double := plain
		double.options.Estimator = "dreg"
		wantEncoder, wantDecoder := plain.gradients(t, m, rows, runs)
		encoder, decoder := double.gradients(t, m, rows, runs)
		agree(t, "dreg", encoder, wantEncoder)
		same(t, "dreg", decoder, wantDecoder)
	}
}
