package stats

import (
	"context"
	"errors"
	"fmt"
	"math"
	"testing"

	"gonum.org/v1/gonum/floats"
)

// The few components are the first of all, also where rows are fewer than columns, variances are equal or none.
func TestLeadingPCA(t *testing.T) {
	for name, c := range map[string]struct{ n, d, k, rank int }{
		"many rows": {700, 90, 2, 90}, "few rows": {40, 90, 3, 90}, "two columns": {50, 2, 2, 2}, "one column": {50, 1, 1, 1}, "one component": {300, 30, 1, 30},
		"a line": {100, 40, 2, 1}, "two rows": {2, 30, 2, 30}, "as many as columns": {90, 7, 7, 7},
	} {
		x := mixed(5, c.n, c.d)
		if c.rank == 1 {
			along := normals(9, c.d)
			for i := range x {
				x[i] = along[i%c.d] * float32(i/c.d)
			}
		}
		p := must[*PCA](t)(LeadingPCA(t.Context(), x, c.d, c.k))
		want := must[*PCA](t)(FitPCA(t.Context(), source(x, c.d), c.n, c.d, c.k))
		near(t, name+": the part explained", p.Explained, want.Explained, 1e-8)
		near(t, name+": the noise", p.Noise, want.Noise, 1e-8*want.Variances[0])
		for i, v := range p.Components {
			near(t, name+": a mean", p.Mean[i], want.Mean[i], 1e-12*(1+math.Abs(want.Mean[i])))
			near(t, name+": a variance", p.Variances[i], want.Variances[i], 1e-8*want.Variances[0])
			near(t, name+": a length", floats.Norm(v, 2), 1, 1e-12)
			for _, other := range p.Components[:i] {
				near(t, name+": a right angle", floats.Dot(v, other), 0, 1e-12)
			}
			if want.Variances[i] > 1e-6*want.Variances[0] {
				near(t, name+": a direction", floats.Dot(v, want.Components[i]), 1, 1e-8)
			}
		}
	}
}

// Of equal eigenvalues any vectors will do that have them.
func TestLeadingOfEqualEigenvalues(t *testing.T) {
	const d = 200
	values, vectors, err := Leading(t.Context(), d, 2, func(_ context.Context, dst, src [][]float64) error {
		for b, v := range src {
			for j := range v {
				dst[b][j] = v[j] * float64(1+3*(j%2))
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range vectors {
		near(t, "an eigenvalue", values[i], 4, 1e-12)
		for j := 0; j < d; j += 2 {
			near(t, "a part of another's", v[j], 0, 1e-9)
		}
	}
}

func TestLeadingPCAOfManyThreads(t *testing.T) {
	x := mixed(6, 500, 130)
	sameForAnyThreadCount(t, func() any { return must[*PCA](t)(LeadingPCA(t.Context(), x, 130, 2)) })
}

func TestLeadingPCARefuses(t *testing.T) {
	for text, c := range map[string]struct {
		x    []float32
		d, k int
	}{
		"all rows are alike":       {make([]float32, 12), 3, 2},
		"4 components":             {normals(1, 12), 3, 4},
		"12 numbers":               {normals(1, 12), 5, 2},
		"row 1, column 0 is +Inf":  {[]float32{1, 2, float32(math.Inf(1)), 3}, 2, 2},
		"in rows of 4 columns":     {normals(1, 4), 4, 2},
		"0 components of 12 numbe": {normals(1, 12), 3, 0},
	} {
		_, err := LeadingPCA(t.Context(), c.x, c.d, c.k)
		fails(t, err, text)
	}
}

// An interruption ends the search before the next product, and a product that fails is its error.
func TestLeadingInterrupted(t *testing.T) {
	for _, after := range []int{0, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		calls := 0
		_, _, err := Leading(ctx, 400, 2, func(_ context.Context, dst, src [][]float64) error {
			if calls++; calls > after {
				cancel()
			}
			for b, v := range src {
				for j := range v {
					dst[b][j] = v[j] * float64(j+1)
				}
			}
			return nil
		})
		if !errors.Is(err, context.Canceled) || calls != after+1 {
			t.Errorf("%d products, %v", calls, err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := LeadingPCA(ctx, mixed(6, 50, 30), 30, 2); !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
	wrong := fmt.Errorf("wrong")
	if _, _, err := Leading(t.Context(), 9, 2, func(context.Context, [][]float64, [][]float64) error { return wrong }); !errors.Is(err, wrong) {
		t.Errorf("%v", err)
	}
}
