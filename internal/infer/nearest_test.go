package infer

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

// Many codes have the same distance: they lie on a coarse lattice.
func TestNearestIsTheBeginningOfASortedList(t *testing.T) {
	r := rng.Stream(1, "test codes")
	query := []float32{0.5, -1, 2}
	for _, candidates := range []int{0, 1, 5, 200} {
		var all []Neighbor[int]
		codes := make([][]float32, candidates)
		for i := range codes {
			codes[i] = []float32{float32(r.IntN(5)), float32(r.IntN(5)), float32(r.IntN(5))}
			var sum float64
			for j, v := range codes[i] {
				sum += math.Pow(float64(v)-float64(query[j]), 2)
			}
			all = append(all, Neighbor[int]{i, math.Sqrt(sum)})
		}
		slices.SortStableFunc(all, func(a, b Neighbor[int]) int { return cmp.Compare(a.Distance, b.Distance) })
		for _, k := range []int{1, 2, 10, 199, 200, 201} {
			n := NewNearest[int](query, k)
			for i, code := range codes {
				distance := n.Distance(code)
				before := fmt.Sprint(n.Found())
				takes := n.Takes(distance)
				n.Add(i, distance)
				if after := fmt.Sprint(n.Found()); takes == (after == before) {
					t.Fatalf("k %d: candidate %d is to be taken: %v, but %s became %s", k, i, takes, before, after)
				}
			}
			if want := all[:min(k, candidates)]; !slices.Equal(n.Found(), want) {
				t.Errorf("k %d of %d: %v, want %v", k, candidates, n.Found(), want)
			}
		}
	}
}

func TestNearestKeepsItsOwnQuery(t *testing.T) {
	query := []float32{3, 4}
	n := NewNearest[int](query, 1)
	query[0], query[1] = 100, 100
	if d := n.Distance([]float32{0, 0}); d != 5 {
		t.Errorf("distance %g, want 5", d)
	}
	if d := n.Distance([]float32{math.MaxFloat32, 0}); !(math.Abs(d/math.MaxFloat32-1) <= 1e-7) {
		t.Errorf("distance %g of a code at the end of float32", d)
	}
}
