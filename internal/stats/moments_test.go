package stats

import (
	"fmt"
	"math"
	"testing"
)

// plainCovariance is the two-pass covariance in float64, element by element,
// with the greatest deviation of each column.
func plainCovariance(x []float32, n, d int) (mean, cov, most []float64) {
	mean, cov, most = make([]float64, d), make([]float64, d*d), make([]float64, d)
	for i := range n {
		for j := range d {
			mean[j] += float64(x[i*d+j]) / float64(n)
		}
	}
	for i := range n {
		for j := range d {
			a := float64(x[i*d+j]) - mean[j]
			most[j] = max(most[j], math.Abs(a))
			for k := range d {
				cov[j*d+k] += a * (float64(x[i*d+k]) - mean[k]) / float64(n)
			}
		}
	}
	return mean, cov, most
}

func TestCovarianceAgainstPlainFloat64(t *testing.T) {
	for _, size := range [][2]int{{2, 1}, {3, 5}, {511, 3}, {512, 65}, {513, 64}, {1030, 70}} {
		n, d := size[0], size[1]
		for name, scaled := range map[string]func(v float32, j int) float32{
			"normal":    func(v float32, _ int) float32 { return v },
			"scales":    func(v float32, j int) float32 { return v * float32(math.Ldexp(1, 17*(j%9)-60)) },
			"offset":    func(v float32, j int) float32 { return v + 1e4*float32(j%3) },
			"pixels":    func(v float32, _ int) float32 { return float32(math.Round(127+40*float64(v))) / 255 },
			"few alike": func(v float32, j int) float32 { return min(v, float32(j%4)-2) },
		} {
			t.Run(fmt.Sprintf("n=%d/d=%d/%s", n, d, name), func(t *testing.T) {
				x := normals(1, n*d)
				for i, v := range x {
					x[i] = scaled(v, i%d)
				}
				compareCovariance(t, x, n, d)
			})
		}
	}
}

func compareCovariance(t *testing.T, x []float32, n, d int) {
	t.Helper()
	mean, cov, err := Covariance(t.Context(), "test", source(x, d), n, d)
	if err != nil {
		t.Fatal(err)
	}
	wantMean, wantCov, most := plainCovariance(x, n, d)
	for j := range d {
		near(t, fmt.Sprint("mean ", j), mean[j], wantMean[j], 1e-13*(math.Abs(wantMean[j])))
		for k := range d {
			near(t, fmt.Sprint("covariance ", j, k), cov[j*d+k], wantCov[j*d+k], 1e-14*most[j]*most[k])
		}
	}
}

func TestCovarianceOfHugeAndTinyNumbers(t *testing.T) {
	x := []float32{3e38, 1e-45, -3e38, 0, 3e38, 1e-45, -3e38, 0}
	_, cov, err := Covariance(t.Context(), "test", source(x, 2), 4, 2)
	if err != nil {
		t.Fatal(err)
	}
	big, small := float64(float32(3e38)), float64(math.SmallestNonzeroFloat32)/2
	for i, want := range []float64{big * big, big * small, big * small, small * small} {
		near(t, fmt.Sprint("element ", i), cov[i]/want, 1, 1e-15)
	}
}

func TestCovarianceOfConstantColumn(t *testing.T) {
	x := normals(2, 300*3)
	for i := range 300 {
		x[i*3+1] = 0.1
	}
	_, cov, err := Covariance(t.Context(), "test", source(x, 3), 300, 3)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{1, 3, 4, 5, 7} {
		near(t, fmt.Sprint("element ", i), cov[i], 0, 1e-15)
	}
	if !(cov[0] > 0.5 && cov[8] > 0.5) {
		t.Errorf("variances %g and %g of the other columns", cov[0], cov[8])
	}
}

func TestCovarianceIsTheSameForAnyThreadCount(t *testing.T) {
	x := normals(3, 700*150)
	sameForAnyThreadCount(t, func() any {
		_, cov, err := Covariance(t.Context(), "test", source(x, 150), 700, 150)
		if err != nil {
			t.Fatal(err)
		}
		return cov
	})
}

func TestCovarianceErrors(t *testing.T) {
	x := normals(4, 300*2)
	x[2*299+1] = float32(math.Inf(-1))
	for _, tt := range []struct {
		n, d int
		text string
	}{
		{1, 2, "1 rows have no covariance"},
		{-5, 2, "-5 rows"},
		{10, 0, "covariance of 0 columns"},
		{10, maxColumn + 1, "covariance of 8193 columns"},
		{300, 2, "row 299, column 1 is -Inf"},
	} {
		_, _, err := Covariance(t.Context(), "test", source(x, max(tt.d, 1)), tt.n, tt.d)
		fails(t, err, tt.text)
	}
}
