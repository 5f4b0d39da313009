package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

func TestAggregateOfThePrior(t *testing.T) {
	const n, l = 500, 7
	a := must[*Aggregate](t)(AggregatePosterior(make([]float32, n*l), make([]float32, n*l), l, 50, 1))
	near(t, "mean divergence", a.MeanKL, 0, 0)
	near(t, "mutual information", a.MutualInformation, 0, 1e-12)
	near(t, "marginal divergence", a.MarginalKL, 0, 1e-12)
	near(t, "standard error", a.StandardError, 0, 1e-12)
	for j := range l {
		near(t, fmt.Sprint("mean ", j), a.Mean[j], 0, 0)
		near(t, fmt.Sprint("variance ", j), a.Variance[j], 1, 1e-12)
	}
}

func TestAggregateOfSeparateGaussians(t *testing.T) {
	const n, l = 300, 3
	mu, logvar := make([]float32, n*l), make([]float32, n*l)
	for i := range n {
		for j := range l {
			mu[i*l+j] = float32(10 * (i - n/2) * (j + 1))
			logvar[i*l+j] = -2
		}
	}
	a := must[*Aggregate](t)(AggregatePosterior(mu, logvar, l, 200, 2))
	near(t, "mutual information", a.MutualInformation, math.Log(n), 1e-12)
	near(t, "standard error", a.StandardError, 0, 1e-12)
	near(t, "marginal divergence", a.MarginalKL, a.MeanKL-math.Log(n), 1e-9*a.MeanKL)
}

// TestAggregateOfOneDatum has nothing to tell it from.
func TestAggregateOfOneDatum(t *testing.T) {
	a := must[*Aggregate](t)(AggregatePosterior([]float32{0.5, -2}, []float32{-1, 0.3}, 2, 20, 3))
	want := 0.5 * (0.25 + math.Exp(-1) - 1 + 1 + 4 + math.Exp(float64(float32(0.3))) - 1 - float64(float32(0.3)))
	near(t, "mean divergence", a.MeanKL, want, 1e-14)
	near(t, "marginal divergence", a.MarginalKL, want, 1e-6)
	near(t, "mutual information", a.MutualInformation, 0, 1e-6) // inverse deviations are float32
	near(t, "mean", a.Mean[1], -2, 0)
	near(t, "variance", a.Variance[0], math.Exp(-1), 1e-15)
}

// TestAggregateAgainstQuadrature integrates q log(q/p) of a mixture in one
// dimension.
func TestAggregateAgainstQuadrature(t *testing.T) {
	mu := []float32{-2, -0.5, 0.25, 1, 3}
	logvar := []float32{-1, -3, 0.5, -0.25, -2}
	n := float64(len(mu))
	marginal := 0.0
	const step = 1e-3
	for z := -15.0; z < 15; z += step {
		q := 0.0
		for i, m := range mu {
			v := math.Exp(float64(logvar[i]))
			q += math.Exp(-(z-float64(m))*(z-float64(m))/(2*v)) / math.Sqrt(2*math.Pi*v) / n
		}
		if q > 0 {
			marginal += step * q * (math.Log(q) + z*z/2 + math.Log(2*math.Pi)/2)
		}
	}
	a := must[*Aggregate](t)(AggregatePosterior(mu, logvar, 1, 20000, 4))
	if !(a.StandardError > 0 && a.StandardError < 0.01) {
		t.Errorf("standard error %g", a.StandardError)
	}
	near(t, "marginal divergence", a.MarginalKL, marginal, 4*a.StandardError)
	near(t, "sum", a.MarginalKL+a.MutualInformation, a.MeanKL, 1e-14)
	mean, variance := 0.0, 0.0
	for i, m := range mu {
		mean += float64(m) / n
		variance += (float64(m)*float64(m) + math.Exp(float64(logvar[i]))) / n
	}
	near(t, "mean", a.Mean[0], mean, 1e-15)
	near(t, "variance", a.Variance[0], variance-mean*mean, 1e-14)
}

// TestAggregateStandardError compares it with the spread of estimates from many
// seeds.
func TestAggregateStandardError(t *testing.T) {
	const n, l, seeds = 50, 2, 200
	mu, logvar := normals(70, n*l), normals(71, n*l)
	var estimates []float64
	mean, claimed := 0.0, 0.0
	for seed := range uint64(seeds) {
		a := must[*Aggregate](t)(AggregatePosterior(mu, logvar, l, 40, seed))
		estimates = append(estimates, a.MutualInformation)
		mean += a.MutualInformation / seeds
		claimed += a.StandardError * a.StandardError / seeds
	}
	spread := 0.0
	for _, v := range estimates {
		spread += (v - mean) * (v - mean) / (seeds - 1)
	}
	near(t, "ratio of variances", spread/claimed, 1, 0.4) // four standard deviations of a variance from 200
}

// TestLogSumAgainstAllTerms adds up every component's density, none left out.
func TestLogSumAgainstAllTerms(t *testing.T) {
	for l := 1; l <= 9; l++ {
		const n = 400
		mu, logvar := normals(72, n*l), normals(73, n*l)
		for i := range mu {
			mu[i] *= 5 // so that most terms are negligible
		}
		m := newMixture(mu, logvar, n, l)
		for i := range 20 {
			z := make([]float64, l)
			for j := range z {
				z[j] = float64(mu[i*l+j]) + 0.5
			}
			var terms []float64
			for c := range n {
				v := 0.0
				for j := range l {
					d := z[j] - float64(mu[c*l+j])
					v -= 0.5 * (d*d*math.Exp(-float64(logvar[c*l+j])) + float64(logvar[c*l+j]))
				}
				terms = append(terms, v)
			}
			highest, sum := slices.Max(terms), 0.0
			for _, v := range terms {
				sum += math.Exp(v - highest)
			}
			got := m.logSum(z, m.logDensity(i, z, math.Inf(-1)))
			near(t, fmt.Sprintf("l=%d: log of the sum", l), got, highest+math.Log(sum), 3e-6*(1+math.Abs(highest)))
		}
	}
}

func TestAggregateOfExtremeVariances(t *testing.T) {
	for _, lv := range []float32{-160, -30, 20, 160} {
		mu, logvar := []float32{0, 1, 0, 1, 0, 2}, slices.Repeat([]float32{lv}, 6)
		a := must[*Aggregate](t)(AggregatePosterior(mu, logvar, 2, 30, 5))
		for what, v := range map[string]float64{"mean": a.MeanKL, "marginal": a.MarginalKL, "information": a.MutualInformation, "error": a.StandardError} {
			if v-v != 0 {
				t.Errorf("logvar %g: %s %g", lv, what, v)
			}
		}
		if !(a.MutualInformation >= -1e-6 && a.MutualInformation <= math.Log(3)+1e-6) {
			t.Errorf("logvar %g: mutual information %g", lv, a.MutualInformation)
		}
		if lv < 0 { // two of three are alike
			near(t, "mutual information", a.MutualInformation, math.Log(3)-2*math.Log(2)/3, 6*a.StandardError)
		}
	}
}

func TestAggregateIsTheSameForAnyThreadCount(t *testing.T) {
	mu, logvar := normals(74, 300*4), normals(75, 300*4)
	sameForAnyThreadCount(t, func() any {
		return must[*Aggregate](t)(AggregatePosterior(mu, logvar, 4, 100, 6))
	})
	a := must[*Aggregate](t)(AggregatePosterior(mu, logvar, 4, 100, 6))
	if b := must[*Aggregate](t)(AggregatePosterior(mu, logvar, 4, 100, 7)); a.MutualInformation == b.MutualInformation {
		t.Error("two seeds give one estimate")
	}
}

func TestAggregateErrors(t *testing.T) {
	x := make([]float32, 6)
	with := func(v float32) []float32 { return []float32{0, 0, 0, v, 0, 0} }
	for _, tt := range []struct {
		mu, logvar []float32
		l, draws   int
		text       string
	}{
		{x, x, 4, 10, "6 numbers are no rows of 4"},
		{x, x[:4], 2, 10, "6 numbers of mu, 4 of logvar"},
		{x, x, 2, 1, "1 draws"},
		{with(float32(math.Inf(1))), x, 2, 10, "mu: row 1, column 1 is +Inf"},
		{x, with(float32(math.NaN())), 2, 10, "logvar of row 1, latent 1 is NaN"},
		{x, with(161), 2, 10, "is 161: it must be in [-160, 160]"},
		{nil, nil, 2, 10, "0 numbers"},
	} {
		_, err := AggregatePosterior(tt.mu, tt.logvar, tt.l, tt.draws, 1)
		fails(t, err, tt.text)
	}
}

func BenchmarkAggregatePosterior(b *testing.B) {
	for name, logvar := range map[string]float32{"narrow": -4, "wide": -0.1} {
		b.Run("n=10000/l=20/draws=1000/posteriors="+name, func(b *testing.B) {
			mu, lv := normals(76, 10000*20), slices.Repeat([]float32{logvar}, 10000*20)
			for b.Loop() {
				if _, err := AggregatePosterior(mu, lv, 20, 1000, 1); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
