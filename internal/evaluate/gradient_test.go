package evaluate

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

const gradientRows, gradientRepeats = 20, 400

func spreadsOf(t *testing.T, m *model.Model, s dataset.Split, repeats int) []Spread {
	t.Helper()
	spreads, err := GradientVariance(context.Background(), m, s, gradientRows, repeats, 3)
	if err != nil {
		t.Fatal(err)
	}
	if len(spreads) != 7 {
		t.Fatalf("%d estimators", len(spreads))
	}
	return spreads
}

// Every estimator is without bias, and they differ in variance as they should.
func TestGradientVariance(t *testing.T) {
	s := whole(greySet(line, 50, 1))
	var biases []float64
	for _, off := range []float64{0, 0.25} {
		m := linearGaussian(t, off)
		spreads := spreadsOf(t, m, s, gradientRepeats)
		byName := map[string]Spread{}
		for _, g := range spreads {
			byName[name("%s-%d-%s-%s", g.Objective, g.Samples, g.Estimator, g.Baseline)] = g
			if g.Estimator == "reparameterization" {
				if g.Bias != 0 {
					t.Errorf("off %g: the reference has the bias %g", off, g.Bias)
				}
				continue
			}
			// Two to four directions have nearly all of the variance: about a chi-squared of
			// three over three, which is out of these bounds in 2 of 100.
			if biases = append(biases, float64(g.Bias)); !(g.Bias > 0.05 && g.Bias < 4) {
				t.Errorf("off %g: %s of %d, baseline %q: bias %g", off, g.Estimator, g.Samples, g.Baseline, g.Bias)
			}
		}
		rising := []string{"elbo-1-reparameterization-", "elbo-1-score-average", "elbo-1-score-none"}
		for i, lower := range rising[:2] {
			if a, b := byName[lower], byName[rising[i+1]]; !(a.Variance > 0 && a.Variance < b.Variance) {
				t.Errorf("off %g: variances %s %g, %s %g", off, lower, a.Variance, rising[i+1], b.Variance)
			}
		}
		if a, b := byName["elbo-5-reparameterization-"], byName["elbo-5-score-leave-one-out"]; !(a.Variance < b.Variance) {
			t.Errorf("off %g: variances with 5 samples %g and %g", off, a.Variance, b.Variance)
		}
		if a, b := byName[rising[0]], byName["elbo-5-reparameterization-"]; !(math.Abs(a.Variance/b.Variance-5) <= 1) {
			t.Errorf("off %g: one sample has %g times the variance of five", off, a.Variance/b.Variance)
		}
		if a, b := byName["iwae-5-dreg-"], byName["iwae-5-reparameterization-"]; !(a.Variance < b.Variance/2) || off == 0 && !(a.Variance < 1e-9*b.Variance) {
			t.Errorf("off %g: doubly reparameterized %g, reparameterized %g", off, a.Variance, b.Variance)
		}
		checkSignals(t, m, s, spreads[:5])
	}
	average, _ := mean(biases)
	within(t, "mean bias", average, 1, 0.9) // a standard deviation of 0.3
}

// checkSignals holds the squared mean of the gradients of the evidence lower bound
// against the closed form, within five standard errors.
func checkSignals(t *testing.T, m *model.Model, s dataset.Split, spreads []Spread) {
	t.Helper()
	want := 0.
	for _, g := range boundGradient(m, s) {
		want += g * g
	}
	for _, g := range spreads {
		deviation := math.Sqrt(4*want*g.Variance/gradientRepeats + 2*g.Variance*g.Variance/gradientRepeats/gradientRepeats)
		within(t, name("squared mean gradient of %s of %d, baseline %q", g.Estimator, g.Samples, g.Baseline), g.Signal, want, 5*deviation+1e-6)
	}
	if g := spreads[0]; want > 1e-3 && !(want > 20*g.Variance/gradientRepeats) {
		t.Errorf("a squared mean of %g is not to be seen with a variance of %g", want, g.Variance)
	}
}

// boundGradient is that of the mean negative evidence lower bound, in closed form,
// by the parameters of q(z|x), by central differences.
func boundGradient(m *model.Model, s dataset.Split) (gradient []float64) {
	v := valuesOf(m)
	load := v.matrix("decoder.0")
	var square mat.Dense
	square.Mul(load.T(), load)
	loss := func() (sum float64) {
		for i := range gradientRows {
			x := image(s, i, 0, "")
			mu, logvar := v.apply("fc_mu", x), v.apply("fc_logvar", x)
			sum += v.reconstruction(x, mu)
			for j, lv := range logvar {
				sum += 0.5*math.Exp(lv)*square.At(j, j)/v.config.Sigma/v.config.Sigma + 0.5*(mu[j]*mu[j]+math.Exp(lv)-1-lv)
			}
		}
		return sum / gradientRows
	}
	for _, p := range []string{"fc_mu.weight", "fc_mu.bias", "fc_logvar.weight", "fc_logvar.bias"} {
		for i, at := range v.of[p] {
			const h = 1e-5
			v.of[p][i] = at + h
			up := loss()
			v.of[p][i] = at - h
			gradient = append(gradient, (up-loss())/(2*h))
			v.of[p][i] = at
		}
	}
	return gradient
}

// The figures of the first estimators against gradients computed here one by one
// with the same noise, and their moments in two passes.
func TestGradientVarianceByHand(t *testing.T) {
	const repeats = 30
	m, s := linearGaussian(t, 0.2), whole(greySet(line, 50, 1))
	spreads := spreadsOf(t, m, s, repeats)
	var all [][][]float64 // [estimator][repeat][parameter]
	for place, options := range []model.ObjectiveOptions{{}, {Estimator: "score"}} {
		options.Rows, options.Gradients = gradientRows, true
		o, err := m.NewObjective(options)
		if err != nil {
			t.Fatal(err)
		}
		for i := range gradientRows {
			o.Weight[i] = 1. / gradientRows
			for j, v := range image(s, i, 0, "") {
				o.X[i*6+j] = float32(v)
			}
		}
		all = append(all, nil)
		for repeat := range repeats {
			rng.Normal(o.Noise[0], rng.Stream(3, "gradient variance", uint64(place), uint64(repeat)))
			if err := o.Run(); err != nil {
				t.Fatal(err)
			}
			var row []float64
			for i, p := range m.Params() {
				if p.Name[:3] == "fc_" {
					row = append(row, widened(o.Gradient(i))...)
				}
			}
			all[place] = append(all[place], row)
		}
	}
	var means [2][]float64
	var variances [2]float64
	for i, rows := range all {
		var norm float64
		means[i], variances[i] = twoPass(rows)
		for _, v := range means[i] {
			norm += v * v
		}
		within(t, name("variance %d", i), spreads[i].Variance, variances[i], 1e-10*variances[i])
		within(t, name("signal %d", i), spreads[i].Signal, norm-variances[i]/repeats, 1e-10*(norm+variances[i]))
	}
	var squared float64
	for j, v := range means[0] {
		squared += (v - means[1][j]) * (v - means[1][j])
	}
	want := squared / ((variances[0] + variances[1]) / repeats)
	within(t, "bias", float64(spreads[1].Bias), want, 1e-9*want)
}

func twoPass(rows [][]float64) (means []float64, variance float64) {
	n := float64(len(rows))
	means = make([]float64, len(rows[0]))
	for _, row := range rows {
		for j, v := range row {
			means[j] += v / n
		}
	}
	for _, row := range rows {
		for j, v := range row {
			variance += (v - means[j]) * (v - means[j]) / (n - 1)
		}
	}
	return means, variance
}

// Vectors that come in parts, far from zero, and a bias that is seen.
func TestMoments(t *testing.T) {
	const n = 500
	fill := func(g *moments, shift float32, seed uint64) (rows [][]float64) {
		r := rng.Stream(seed, "vectors")
		for range n {
			x := make([]float32, 7)
			rng.Normal(x, r)
			for j := range x {
				x[j] = 1000 + 1000*shift + x[j]*float32(j)
			}
			g.begin()
			g.add(x[:3])
			g.add(x[3:3])
			g.add(x[3:])
			rows = append(rows, widened(x))
		}
		return rows
	}
	var a, b, c moments
	rows := fill(&a, 0, 1)
	fill(&b, 0, 2)
	fill(&c, 0.001, 3)
	means, variance := twoPass(rows)
	for j, v := range a.mean {
		within(t, name("mean %d", j), v, means[j], 1e-9)
	}
	within(t, "variance", a.variance(), variance, 1e-9*variance)
	within(t, "variance against the true one", variance, 91, 5*math.Sqrt(2*2275./n)) // 0+1+4+...+36, and fourth powers
	within(t, "signal", a.signal(), 7e6, 5*2000*math.Sqrt(91./n))
	if d := a.distance(&b); !(d > 0.1 && d < 4) {
		t.Errorf("vectors of one distribution are %g apart", d)
	}
	if d := a.distance(&c); !(math.Abs(d-1-7/(2*91./n)) <= 10) { // squared shift over its expectation
		t.Errorf("vectors shifted by 1 are %g apart", d)
	}
	var still moments
	for range 3 {
		still.begin()
		still.add([]float32{2, 0})
	}
	if v, d := still.variance(), still.distance(&still); v != 0 || !math.IsNaN(d) || still.signal() != 4 {
		t.Errorf("without noise: variance %g, signal %g, distance %g", v, still.signal(), d)
	}
}

func TestGradientVarianceIsAFunctionOfItsArguments(t *testing.T) {
	m := build(t, shape, func(c *config.Model) { c.Hidden = []int{5} })
	s := whole(greySet(shape, gradientRows, 1))
	s.Dynamic = true
	want := spreadsOf(t, m, s, 3)
	eachThreads(t, func(threads int) {
		if again := spreadsOf(t, m, s, 3); !slices.Equal(again, want) {
			t.Errorf("%d threads: %v, want %v", threads, again, want)
		}
	})
	conditional := build(t, shape, conditional)
	spreadsOf(t, conditional, whole(greySet(shape, gradientRows, 1)), 2)
}

func TestGradientVarianceFaults(t *testing.T) {
	ctx, s := context.Background(), whole(greySet(line, 5, 1))
	m := linearGaussian(t, 0.1)
	for _, c := range []struct {
		m             *model.Model
		s             dataset.Split
		rows, repeats int
		says          string
	}{
		{m, s, 6, 10, "6 images of 5"}, {m, s, 0, 10, "0 images of 5"}, {m, s, 5, 1, "1 gradients"}, {m, split(5), 5, 10, "4x3x1"},
		{twoLayers(t), s, 5, 10, "one stochastic layer"}, {build(t, line, func(c *config.Model) { c.Kind = "ae" }), s, 5, 10, "variational"},
	} {
		_, err := GradientVariance(ctx, c.m, c.s, c.rows, c.repeats, 1)
		wantError(t, err, c.says)
	}
	for _, left := range []int{0, 15, 25} {
		if _, err := GradientVariance(&countdown{ctx, left}, m, s, 5, 10, 1); !errors.Is(err, context.Canceled) {
			t.Errorf("after %d runs: %v", left, err)
		}
	}
}
