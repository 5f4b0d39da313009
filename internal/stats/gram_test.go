package stats

import (
	"context"
	"errors"
	"fmt"
	"testing"
)

// Both ways give the same components, of rows that are few, and that depend on each other.
func TestGramPCAAgainstCovariance(t *testing.T) {
	for _, size := range []struct{ n, d, k int }{{12, 100, 11}, {3, 600, 2}, {120, 130, 40}} {
		x := mixed(20, size.n, size.d)
		got := must[*PCA](t)(gramPCA(t.Context(), source(x, size.d), size.n, size.d, size.k))
		want := must[*PCA](t)(covariancePCA(t.Context(), source(x, size.d), size.n, size.d, size.k))
		scale := want.Variances[0]
		for i := range size.k {
			near(t, fmt.Sprint(size, " variance ", i), got.Variances[i], want.Variances[i], 1e-12*scale)
			for j := range size.d {
				near(t, fmt.Sprint(size, " component ", i, j), got.Components[i][j], want.Components[i][j], 1e-9)
			}
		}
		near(t, fmt.Sprint(size, " noise"), got.Noise, want.Noise, 1e-12*scale)
		near(t, fmt.Sprint(size, " explained"), got.Explained, want.Explained, 1e-12)
	}
}

func TestGramPCAIsTheSameForAnyThreadCount(t *testing.T) {
	const n, d, k = 150, 700, 20
	x := mixed(21, n, d)
	sameForAnyThreadCount(t, func() any { return must[*PCA](t)(FitPCA(t.Context(), source(x, d), n, d, k)) })
}

// An interruption is heeded while rows are read, products made, and vectors projected.
func TestGramPCAInterrupted(t *testing.T) {
	const n, d = 60, 2000
	x := normals(22, n*d)
	for _, after := range []int{1, n} { // rows read
		ctx, cancel := context.WithCancel(t.Context())
		read := 0
		_, err := FitPCA(ctx, func(dst []float32, i int) {
			copy(dst, x[i*d:(i+1)*d])
			if read++; read == after {
				cancel()
			}
		}, n, d, 3)
		if !errors.Is(err, context.Canceled) || read != after {
			t.Errorf("interrupted after %d rows: %v, %d were read", after, err, read)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := orthonormalize(ctx, [][]float64{{1, 2}, {3, 4}}); !errors.Is(err, context.Canceled) {
		t.Errorf("orthonormalized: %v", err)
	}
}

func TestPCAFits(t *testing.T) {
	for _, c := range []struct {
		n, d int
		want bool
	}{
		{60_000, 784, true}, {60_000, maxColumn, true}, {60_000, maxColumn + 1, false}, {maxColumn + 1, maxColumn + 2, false},
		{5000, 128 * 128 * 3, true}, {maxColumn, 128 * 128 * 3, true}, {2, maxGram / 2, true}, {2, maxGram/2 + 1, false}, {2, 1 << 62, false},
	} {
		if got := PCAFits(c.n, c.d); got != c.want {
			t.Errorf("%d rows of %d columns: %v", c.n, c.d, got)
		}
	}
	x := make([]float32, 10)
	_, err := FitPCA(t.Context(), source(x, 1), maxColumn+1, maxColumn+2, 1)
	fails(t, err, "8193 rows of 8194 columns")
}
