package knn

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"
)

// small has the proportions of usualSizes at some ten thousand rows.
var small = sizes{exact: 100, cell: 32, lookedAt: 4096}

// curved are rows on a surface of few dimensions, as codes of images lie.
func curved(n, l int) []float32 {
	x, u := make([]float32, n*l), normals(80, n*4)
	noise := normals(81, n*l)
	for i := range x {
		p := u[i/l*4 : i/l*4+4]
		j := float64(i % l)
		x[i] = float32(2*math.Sin(float64(p[0])*(1+j/7)+j)+math.Cos(float64(p[1])*(1+j/5)-j)+float64(p[2])*math.Sin(3*j)+float64(p[3])*math.Cos(2*j)) + noise[i]/4
	}
	return x
}

func TestApproximateFindsNearlyAll(t *testing.T) {
	const n, l, k = 6_000, 20, 15
	x := curved(n, l)
	want, err := Self(t.Context(), x, l, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	got, err := approximate(t.Context(), x, l, k, 1, nil, small)
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, x, l, got)
	found := 0
	for i := range n {
		for _, v := range want.Index[i*k : (i+1)*k] {
			if slices.Contains(got.Index[i*k:(i+1)*k], v) {
				found++
			}
		}
	}
	if recall := float64(found) / (n * k); !(recall >= 0.97 && recall < 1) {
		t.Errorf("recall %.4f, want 0.97, and less than all, or this shows nothing", recall)
	}
}

// wellFormed fails where a graph names a row twice or itself, at a distance that is not
// its own, or out of order.
func wellFormed(t *testing.T, x []float32, l int, g *Graph) {
	t.Helper()
	r := newRows(x, l, nil)
	for i := range r.count() {
		index, distance := g.Index[i*g.K:(i+1)*g.K], g.Distance[i*g.K:(i+1)*g.K]
		seen := map[int32]bool{int32(i): true}
		for j, c := range index {
			if seen[c] {
				t.Fatalf("row %d has the neighbors %v", i, index)
			}
			seen[c] = true
			if want := float32(math.Sqrt(squaredDistance(r.row(i), r.row(int(c))))); distance[j] != want {
				t.Fatalf("row %d is %g from row %d, want %g", i, distance[j], c, want)
			}
		}
		if !slices.IsSorted(distance) {
			t.Fatalf("row %d has the distances %v", i, distance)
		}
	}
}

func TestApproximateOfAnyRows(t *testing.T) {
	const n, l = 700, 4
	for name, x := range kinds(n, l) {
		for _, k := range []int{1, 60} {
			g, err := approximate(t.Context(), x, l, k, 2, nil, sizes{exact: 100, cell: 16, lookedAt: 512})
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			wellFormed(t, x, l, g)
		}
	}
}

// Of few rows far from all others the cells that they name are too few.
func TestApproximateOfFarCells(t *testing.T) {
	const n, l, k = 2000, 2, 200
	x := normals(82, n*l)
	for i := range x {
		x[i] += float32(1000 * (i / l % 40)) // 50 rows each
	}
	g, err := approximate(t.Context(), x, l, k, 3, nil, sizes{exact: 100, cell: 4, lookedAt: 1600})
	if err != nil {
		t.Fatal(err)
	}
	wellFormed(t, x, l, g)
}

func TestApproximateIsTheSameForAnyThreadCount(t *testing.T) {
	x, s := curved(1500, 10), sizes{exact: 100, cell: 32, lookedAt: 512}
	var first *Graph
	eachPath(t, func(t *testing.T) {
		sameForAnyThreadCount(t, func() any {
			g, err := approximate(t.Context(), x, 10, 8, 4, nil, s)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = g
			}
			if !slices.Equal(g.Index, first.Index) || !slices.Equal(g.Distance, first.Distance) {
				t.Error("another path gives another graph")
			}
			return g
		})
	})
	if other, err := approximate(t.Context(), x, 10, 8, 5, nil, s); err != nil || slices.Equal(other.Index, first.Index) {
		t.Errorf("another seed gives the same: %v", err)
	}
}

func TestApproximateOfFewRowsIsExact(t *testing.T) {
	x := normals(83, 500*3)
	got, err := Approximate(t.Context(), x, 3, 5, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Self(t.Context(), x, 3, 5, nil)
	if err != nil || !slices.Equal(got.Index, want.Index) {
		t.Errorf("other neighbors: %v", err)
	}
}

func TestApproximateInterrupted(t *testing.T) {
	x := normals(84, 5000*3)
	for after := range 2 {
		ctx, cancel := context.WithCancel(t.Context())
		last := 0
		g, err := approximate(ctx, x, 3, 5, 1, func(done, of int) {
			if done <= last || of != 10_000 {
				t.Errorf("%d of %d done after %d", done, of, last)
			}
			last = done
			if after == 0 || done > of/2 {
				cancel()
			}
		}, small)
		if g != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted after %d: %v, %v", last, g, err)
		}
		cancel()
	}
	x[7] = float32(math.NaN())
	_, err := Approximate(t.Context(), x, 3, 5, 1, nil)
	fails(t, err, "row 2, column 1 is NaN")
}
