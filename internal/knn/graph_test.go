package knn

import (
	"math"
	"slices"
	"testing"
)

// A row is its own neighbor in none of the graphs, also where others equal it.
func TestSelfLeavesOutTheRowItself(t *testing.T) { eachPath(t, testSelfLeavesOutTheRowItself) }

func testSelfLeavesOutTheRowItself(t *testing.T) {
	const n, l, k = 300, 3, 7
	x := normals(60, n*l)
	for i := range 40 {
		copy(x[(i+100)*l:(i+101)*l], x[i/5*l:(i/5+1)*l]) // duplicates
	}
	g, err := Self(t.Context(), x, l, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range n {
		others, distances := plainNearest(x[i*l:(i+1)*l], x, l, n)
		at := slices.Index(others, i)
		others, distances = slices.Delete(others, at, at+1), slices.Delete(distances, at, at+1)
		for j := range k {
			if got := int(g.Index[i*k+j]); got != others[j] {
				t.Fatalf("neighbor %d of row %d is %d, want %d", j, i, got, others[j])
			}
			if got := g.Distance[i*k+j]; got != float32(distances[j]) {
				t.Fatalf("distance %d of row %d is %g, want %g", j, i, got, distances[j])
			}
		}
	}
}

func TestSelfErrors(t *testing.T) {
	x := normals(61, 12)
	nan := slices.Clone(x)
	nan[7] = float32(math.NaN())
	for _, tt := range []struct {
		x    []float32
		l, k int
		text string
	}{
		{x, 2, 0, "0 other rows next to each of 6: there can be 1 to 5"},
		{x, 2, 6, "6 other rows next to each of 6: there can be 1 to 5"},
		{x, 12, 1, "one row has no other"},
		{x, 5, 1, "12 numbers are no rows of 5"},
		{nan, 2, 1, "row 3, column 1 is NaN"},
	} {
		_, err := Self(t.Context(), tt.x, tt.l, tt.k, nil)
		fails(t, err, tt.text)
	}
}
