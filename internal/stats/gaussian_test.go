package stats

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// productOf is Factor Factorᵀ - Ridge I.
func productOf(g Gaussian) []float64 {
	l := len(g.Mean)
	cov := make([]float64, l*l)
	for i := range l {
		for j := range l {
			for k := range l {
				cov[i*l+j] += g.Factor[i*l+k] * g.Factor[j*l+k]
			}
		}
		cov[i*l+i] -= g.Ridge
	}
	return cov
}

func TestGaussianAgainstPlainCovariance(t *testing.T) {
	for _, size := range [][2]int{{400, 5}, {50, 1}, {300, 40}, {5, 12}, {2, 3}} {
		n, l := size[0], size[1]
		t.Run(fmt.Sprintf("n=%d/l=%d", n, l), func(t *testing.T) {
			x := mixed(20, n, l)
			g := must[Gaussian](t)(FitGaussian(x, n, l))
			mean, cov, _ := plainCovariance(x, n, l)
			if (g.Ridge > 0) != (n <= l) {
				t.Errorf("ridge %g", g.Ridge)
			}
			trace := 0.0
			for i := range l {
				trace += cov[i*l+i]
			}
			if !(g.Ridge <= 1.1e-8*trace/float64(l)) {
				t.Errorf("ridge %g with a mean variance of %g", g.Ridge, trace/float64(l))
			}
			for i, v := range productOf(g) {
				near(t, fmt.Sprint("covariance ", i), v, cov[i], 1e-9*trace)
			}
			for i := range l {
				near(t, fmt.Sprint("mean ", i), g.Mean[i], mean[i], 1e-12)
				checkFactorRow(t, g, i)
			}
		})
	}
}

func checkFactorRow(t *testing.T, g Gaussian, i int) {
	t.Helper()
	row := g.Factor[i*len(g.Mean) : (i+1)*len(g.Mean)]
	if !(row[i] > 0) {
		t.Errorf("diagonal %d is %g", i, row[i])
	}
	for j, v := range row[i+1:] {
		if v != 0 {
			t.Errorf("element %d, %d above the diagonal is %g", i, i+1+j, v)
		}
	}
}

func TestGaussianOfDeadLatents(t *testing.T) {
	x := normals(21, 100*4)
	for i := range 100 {
		x[i*4+2] = 7
	}
	g := must[Gaussian](t)(FitGaussian(x, 100, 4))
	near(t, "dead latent", drawn(g, []float32{1, -1, 2, 1})[2], 7, 1e-3)
	constant := must[Gaussian](t)(FitGaussian(slices.Repeat([]float32{3, -2}, 5), 5, 2))
	near(t, "ridge of constant rows", constant.Ridge, 1e-9, 1e-20)
	near(t, "factor of constant rows", constant.Factor[0], math.Sqrt(1e-9), 1e-12)
}

// drawn is mean + Factor noise for one row of noise.
func drawn(g Gaussian, noise []float32) []float64 {
	z := slices.Clone(g.Mean)
	for i := range z {
		for j := range i + 1 {
			z[i] += g.Factor[i*len(z)+j] * float64(noise[j])
		}
	}
	return z
}

// TestGaussianDrawsItsOwnCovariance fits what was drawn from a fit.
func TestGaussianDrawsItsOwnCovariance(t *testing.T) {
	const n, l = 20000, 3
	g := must[Gaussian](t)(FitGaussian(mixed(22, 500, l), 500, l))
	x := normals(23, n*l)
	for i := range n {
		for j, v := range drawn(g, x[i*l:(i+1)*l]) {
			x[i*l+j] = float32(v)
		}
	}
	again := must[Gaussian](t)(FitGaussian(x, n, l))
	got, want := productOf(again), productOf(g)
	for i := range l {
		near(t, fmt.Sprint("mean ", i), again.Mean[i], g.Mean[i], 5*math.Sqrt(want[i*l+i]/n))
		for j := range l {
			si, sj, c := want[i*l+i], want[j*l+j], want[i*l+j]
			near(t, fmt.Sprint("covariance ", i, j), got[i*l+j], c, 5*math.Sqrt((si*sj+c*c)/n))
		}
	}
}

func TestGaussianIsTheSameForAnyThreadCount(t *testing.T) {
	const n, l = 100, 300
	x := normals(24, n*l)
	sameForAnyThreadCount(t, func() any {
		return must[Gaussian](t)(FitGaussian(x, n, l))
	})
}

func TestGaussianErrors(t *testing.T) {
	x := normals(25, 12)
	for _, tt := range []struct {
		n, l int
		text string
	}{
		{1, 12, "1 rows have no covariance"},
		{0, 0, "no rows of 0 columns"},
		{2, 5, "no rows of 5 columns"},
		{4, 4, "3 rows of 4 columns: 4 rows"},
	} {
		_, err := FitGaussian(x, tt.n, tt.l)
		fails(t, err, tt.text)
	}
	x[5] = float32(math.NaN())
	_, err := FitGaussian(x, 6, 2)
	fails(t, err, "row 2, column 1 is NaN")
}
