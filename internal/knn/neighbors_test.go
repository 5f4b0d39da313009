package knn

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// plainNearest sorts all rows by distance and index.
func plainNearest(query, among []float32, l, k int) (indices []int, distances []float64) {
	g := gram{query: query, among: among, l: l}
	n := len(among) / l
	for q := range len(query) / l {
		order := make([]int, n)
		squared := make([]float64, n)
		for i := range n {
			order[i] = i
			for j := range l {
				squared[i] += (float64(query[q*l+j]) - float64(among[i*l+j])) * (float64(query[q*l+j]) - float64(among[i*l+j]))
			}
			if got := g.squaredDistance(q, i); got != squared[i] {
				panic(fmt.Sprint("squared distance ", got, squared[i]))
			}
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case squared[a] < squared[b]:
				return -1
			case squared[a] > squared[b]:
				return 1
			}
			return 0
		})
		for _, i := range order[:k] {
			indices, distances = append(indices, i), append(distances, math.Sqrt(squared[i]))
		}
	}
	return indices, distances
}

func TestNearestAgainstSorting(t *testing.T) {
	for _, size := range [][4]int{{1, 1, 1, 1}, {3, 7, 2, 7}, {5, 1024, 20, 10}, {9, 1025, 3, 1}, {530, 300, 5, 3}, {2, 2100, 70, 100}} {
		q, n, l, k := size[0], size[1], size[2], size[3]
		for name, change := range map[string]func(v float32, i int) float32{
			"normal": func(v float32, _ int) float32 { return v },
			// products in float32 tell nothing of distances here
			"offset": func(v float32, _ int) float32 { return 1e5 + v },
			// many equal distances
			"few values": func(v float32, _ int) float32 { return float32(math.Round(float64(v))) },
			"huge":       func(v float32, _ int) float32 { return v * 1e37 },
			"tiny":       func(v float32, _ int) float32 { return v * 1e-30 },
			"scales":     func(v float32, i int) float32 { return v * float32(math.Ldexp(1, i%60-30)) },
		} {
			t.Run(fmt.Sprintf("q=%d/n=%d/l=%d/k=%d/%s", q, n, l, k, name), func(t *testing.T) {
				query, among := normals(40, q*l), normals(41, n*l)
				for i, v := range query {
					query[i] = change(v, i/l)
				}
				for i, v := range among {
					among[i] = change(v, i/l)
				}
				indices, distances, err := Nearest(query, among, l, k)
				if err != nil {
					t.Fatal(err)
				}
				wantIndices, wantDistances := plainNearest(query, among, l, k)
				if !slices.Equal(indices, wantIndices) {
					t.Errorf("other neighbors")
				}
				if !slices.Equal(distances, wantDistances) {
					t.Errorf("other distances")
				}
			})
		}
	}
}

// TestNearestLooksTwiceAtFew makes sure that the first look rejects nearly all.
func TestNearestLooksTwiceAtFew(t *testing.T) {
	const n, l, k = 4000, 30, 5
	g := newGram(normals(42, l), normals(43, n*l), l)
	twice := 0
	found := nearest{index: make([]int, k), squared: make([]float64, k)}
	g.each(func(q, first int, dots []float32, bound float64) {
		twice += g.look(&found, q, first, dots, bound, false)
	})
	if twice < k || twice > 100 {
		t.Errorf("%d distances of %d computed in float64", twice, n)
	}
}

// TestBoundHolds compares products in float32 with float64.
func TestBoundHolds(t *testing.T) {
	for _, l := range []int{1, 2, 17, 784} {
		query, among := normals(44, 60*l), normals(45, 70*l)
		for i := range among {
			among[i] = 3 + among[i] // sums that grow steadily round worst
			query[i%len(query)] = 1 + query[i%len(query)]/8
		}
		g := newGram(query, among, l)
		g.each(func(q, first int, dots []float32, bound float64) {
			for i, dot := range dots {
				got := g.queryNorm[q] + g.amongNorm[first+i] - 2*float64(dot)
				if want := g.squaredDistance(q, first+i); !(math.Abs(got-want) <= bound) {
					t.Errorf("l=%d: %g is off by %g, bound %g", l, want, got-want, bound)
				}
			}
		})
	}
}

func TestNearestIsTheSameForAnyThreadCount(t *testing.T) {
	query, among := normals(46, 1100*6), normals(47, 3000*6)
	sameForAnyThreadCount(t, func() any {
		indices, distances, err := Nearest(query, among, 6, 4)
		return []any{indices, distances, err}
	})
}

func TestNearestErrors(t *testing.T) {
	x := normals(48, 12)
	nan := slices.Clone(x)
	nan[11] = float32(math.NaN())
	for _, tt := range []struct {
		query, among []float32
		l, k         int
		text         string
	}{
		{x, x, 2, 0, "0 neighbors"},
		{x, x, 2, 7, "7 neighbors of each of 6 rows among 6: there can be 1 to 6"},
		{x, x, 5, 1, "queries: 12 numbers are no rows of 5"},
		{x[:4], x[:11], 4, 1, "rows to search: 11 numbers"},
		{nil, x, 2, 1, "0 numbers"},
		{x, nil, 2, 1, "0 numbers"},
		{x, nan, 2, 1, "rows to search: row 5, column 1 is NaN"},
		{nan, x, 2, 1, "queries: row 5, column 1 is NaN"},
	} {
		_, _, err := Nearest(tt.query, tt.among, tt.l, tt.k)
		fails(t, err, tt.text)
	}
}
