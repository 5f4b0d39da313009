package knn

import (
	"math"
	"slices"
	"testing"
)

func TestWithinAgainstDefinition(t *testing.T) {
	const n, l, k = 700, 3, 4
	for name, change := range map[string]func(v float32) float32{
		"normal": func(v float32) float32 { return v },
		"offset": func(v float32) float32 { return 1e5 + v },
		"near":   func(v float32) float32 { return v - 1e3 },
		"grid":   func(v float32) float32 { return float32(math.Round(3 * float64(v))) },
		"huge":   func(v float32) float32 { return v * 1e37 },
		"tiny":   func(v float32) float32 { return v * 1e-37 },
	} {
		x, query := normals(70, n*l), normals(71, 300*l)
		for i, v := range x {
			x[i] = change(v)
		}
		for i, v := range query {
			query[i] = change(2 * v)
		}
		t.Run(name, func(t *testing.T) { withinIsPlain(t, query, x, l, k) })
	}
}

// withinIsPlain fails where Radii or Within find something else on some path.
func withinIsPlain(t *testing.T, query, x []float32, l, k int) {
	t.Helper()
	var radii []float64
	var inside []bool
	eachPath(t, func(t *testing.T) {
		got, err := Radii(x, l, k)
		if err != nil {
			t.Fatal(err)
		}
		if radii == nil {
			for i := 0; i < len(got); i += 30 {
				if _, distances := plainNearest(x[i*l:(i+1)*l], x, l, k+1); math.Sqrt(got[i]) != distances[k] {
					t.Fatalf("radius %d is %g, want %g", i, math.Sqrt(got[i]), distances[k])
				}
			}
			radii, inside = got, plainWithin(t, query, x, l, got)
		}
		if !slices.Equal(got, radii) {
			t.Error("other radii than on another path")
		}
		for q, got := range Within(query, x, l, radii) {
			if got != inside[q] {
				t.Errorf("query %d is within: %v, want %v", q, got, inside[q])
			}
		}
	})
}

// plainWithin is Within by its definition. It fails where nearly all are within, or nearly none.
func plainWithin(t *testing.T, query, x []float32, l int, radii []float64) []bool {
	t.Helper()
	inside, count := make([]bool, len(query)/l), 0
	for q := range inside {
		for i, r := range radii {
			if squaredDistance(query[q*l:(q+1)*l], x[i*l:(i+1)*l]) <= r {
				inside[q] = true
				count++
				break
			}
		}
	}
	if count < 20 || count > len(inside)-20 {
		t.Errorf("%d of %d within, which shows little", count, len(inside))
	}
	return inside
}
