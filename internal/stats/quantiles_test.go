package stats

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

// Figures of numpy.percentile(values, percent).
func TestQuantilesAgainstNumPy(t *testing.T) {
	values := []float64{3, 1, 4, 1, 5, 9, 2, 6}
	q := QuantilesAt([]float64{0, 10, 25, 50, 90, 99.5, 100}, values)
	want := []float64{1, 1, 1.75, 3.5, 6.9, 8.895, 9}
	for i := range want {
		if !(math.Abs(q.Value[i]-want[i]) < 1e-12) {
			t.Errorf("percent %g: %g, want %g", q.Percent[i], q.Value[i], want[i])
		}
	}
	if !slices.Equal(values, []float64{3, 1, 4, 1, 5, 9, 2, 6}) {
		t.Error("the values were sorted in place")
	}
}

func TestQuantilesOf(t *testing.T) {
	for _, c := range []struct {
		values []float64
		v      float64
		want   float64
	}{
		{[]float64{7}, 6, 0}, {[]float64{7}, 7, 0}, {[]float64{7}, 8, 100},
		{[]float64{4, 0}, 1, 25}, {[]float64{4, 0}, 4, 100}, {[]float64{4, 0}, math.Inf(1), 100},
		{[]float64{1, 2, 2, 2, 3}, 2, 25}, {[]float64{1, 2, 2, 2, 3}, 2.5, 87.5},
	} {
		if got := QuantilesOf(c.values).Of(c.v); got != c.want {
			t.Errorf("%g among %v: %g, want %g", c.v, c.values, got, c.want)
		}
	}
}

// From few quantiles the percent of a value is that among all, and back.
func TestQuantilesAreInverse(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	values := make([]float64, 5000)
	for i := range values {
		values[i] = r.NormFloat64()
	}
	percent := []float64{0, 0.5, 1, 2, 5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 95, 98, 99, 99.5, 100}
	q, all := QuantilesAt(percent, values), QuantilesOf(values)
	for _, v := range []float64{-2.5, -1, -0.1, 0, 0.7, 2, 2.5} {
		if got, want := q.Of(v), all.Of(v); !(math.Abs(got-want) < 0.6) {
			t.Errorf("%g: %g, among all %g", v, got, want)
		}
		if back := q.At(q.Of(v)); !(math.Abs(back-v) < 1e-9) {
			t.Errorf("%g comes back as %g", v, back)
		}
	}
	for p, want := range map[float64]float64{-1: q.Value[0], 0: q.Value[0], 100: q.Value[18], 101: q.Value[18]} {
		if got := q.At(p); got != want {
			t.Errorf("at %g: %g, want %g", p, got, want)
		}
	}
}

// AUROC of two normal distributions of one variance is Phi(d / sqrt 2), d the distance of their
// means in standard deviations (Green and Swets 1966).
func TestAUROCAgainstClosedForm(t *testing.T) {
	const n = 20_000
	r := rand.New(rand.NewPCG(3, 4))
	for _, d := range []float64{0, 0.5, 1, 3, -1} {
		above, below := make([]float64, n), make([]float64, n/2)
		for i := range above {
			above[i] = r.NormFloat64() + d
		}
		for i := range below {
			below[i] = r.NormFloat64()
		}
		want := 0.5 * math.Erfc(-d/2)
		if got := AUROC(above, below); !(math.Abs(got-want) < 0.015) {
			t.Errorf("distance %g: %g, want %g", d, got, want)
		}
	}
}

// AUROC by its definition, over all pairs.
func TestAUROCByDefinition(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 50 {
		above, below := make([]float64, 1+r.IntN(20)), make([]float64, 1+r.IntN(20))
		for i := range above {
			above[i] = float64(r.IntN(6))
		}
		for i := range below {
			below[i] = float64(r.IntN(5))
		}
		var wins float64
		for _, a := range above {
			for _, b := range below {
				if a > b {
					wins++
				} else if a == b {
					wins += 0.5
				}
			}
		}
		want := wins / float64(len(above)*len(below))
		if got := AUROC(above, below); !(math.Abs(got-want) < 1e-12) {
			t.Errorf("%v above %v: %g, want %g", above, below, got, want)
		}
	}
	if !math.IsNaN(AUROC(nil, []float64{1})) || !math.IsNaN(AUROC([]float64{1}, nil)) {
		t.Error("an area without scores of a kind")
	}
}
