package knn

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// plainNearest sorts all rows by distance and index.
func plainNearest(query, among []float32, l, k int) (indices []int, distances []float64) {
	for q := range len(query) / l {
		order := make([]candidate, len(among)/l)
		for i := range order {
			order[i].index = i
			for j := range l {
				d := float64(query[q*l+j]) - float64(among[i*l+j])
				order[i].squared += d * d
			}
		}
		slices.SortFunc(order, func(a, b candidate) int {
			return cmp.Or(cmp.Compare(a.squared, b.squared), cmp.Compare(a.index, b.index))
		})
		for _, c := range order[:k] {
			indices, distances = append(indices, c.index), append(distances, math.Sqrt(c.squared))
		}
	}
	return indices, distances
}

func TestNearestAgainstSorting(t *testing.T) { eachPath(t, testNearestAgainstSorting) }

func testNearestAgainstSorting(t *testing.T) {
	for _, size := range [][4]int{{1, 1, 1, 1}, {3, 7, 2, 7}, {5, 1024, 20, 10}, {9, 1025, 3, 1}, {530, 300, 5, 3}, {2, 2100, 70, 100}} {
		q, n, l, k := size[0], size[1], size[2], size[3]
		for name, change := range map[string]func(v float32, i int) float32{
			"normal": func(v float32, _ int) float32 { return v },
			// products in float32 tell nothing of distances here
			"offset": func(v float32, _ int) float32 { return 1e5 + v },
			// many equal distances, and all of them
			"few values": func(v float32, _ int) float32 { return float32(math.Round(float64(v))) },
			"one value":  func(float32, int) float32 { return 0.1 },
			// products in float32 lose what is below 2^-126
			"denormal": func(v float32, i int) float32 { return v * float32(math.Ldexp(1, 60-190*(i%2))) },
			// far rows, of which some queries are next
			"far":    func(v float32, i int) float32 { return v * float32(math.Pow(1e3, float64(i%97/95))) },
			"huge":   func(v float32, _ int) float32 { return v * 1e37 },
			"tiny":   func(v float32, _ int) float32 { return v * 1e-30 },
			"scales": func(v float32, i int) float32 { return v * float32(math.Ldexp(1, i%60-30)) },
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
	s := newSearch(newRows(normals(42, l), l), newRows(normals(43, n*l), l), false, k)
	w := s.workers.Get().(*worker)
	w.begin([]int{0})
	if !w.look(t.Context(), []span{{0, n}}) {
		t.Fatal("interrupted")
	}
	b := &w.best[0]
	if b.exact || !b.finish() {
		t.Error("estimates told nothing")
	}
	if twice := len(b.found); twice < k || twice > 20 {
		t.Errorf("%d distances of %d computed in float64", twice, n)
	}
}

// TestBoundHolds compares estimates with products in float32 with float64.
func TestBoundHolds(t *testing.T) { eachPath(t, testBoundHolds) }

func testBoundHolds(t *testing.T) {
	for _, l := range []int{1, 2, 17, 784} {
		for _, scale := range []float64{1, 1e-18, 1e-30, 1e15} {
			x, y := normals(44, 60*l), normals(45, 70*l)
			for i := range y {
				y[i] = 3 + y[i] // sums that grow steadily round worst
				x[i%len(x)] = 1 + x[i%len(x)]/8
			}
			for i := range x {
				x[i] *= float32(scale)
			}
			query, among := newRows(x, l), newRows(y, l)
			dots := make([]float32, 60*70)
			kernel.MatMulNT(dots, x, y, 60, 70, l, false)
			for p, dot := range dots {
				q, i := p/70, p%70
				got := query.squared[q] + 2*float64(among.half[i]-dot)
				want, most := kernel.SquaredDistance(query.row(q), among.row(i)), bound(query.squared[q], among.squared[i], l)
				if !(math.Abs(got-want) <= most) {
					t.Errorf("l=%d: %g is off by %g, bound %g", l, want, got-want, most)
				}
			}
		}
	}
}

func TestUp(t *testing.T) {
	for x, want := range map[float64]float32{
		0: 0, 1: 1, 0.1: 0.1, -0.1: -0.099999994, 1e300: float32(math.Inf(1)), -1e300: -math.MaxFloat32,
		math.Inf(1): float32(math.Inf(1)), math.Inf(-1): float32(math.Inf(-1)), 1e-300: math.SmallestNonzeroFloat32, -1e-300: 0,
	} {
		if got := up(x); got != want || float64(got) < x {
			t.Errorf("%g is rounded up to %g, want %g", x, got, want)
		}
	}
}

func TestKth(t *testing.T) {
	r := rng.Stream(1, "test of kth")
	for n := 1; n < 60; n++ {
		for range 20 {
			x := make([]candidate, n)
			for i := range x {
				x[i].squared = float64(r.IntN(1 + r.IntN(2*n)))
			}
			sorted := slices.SortedFunc(slices.Values(x), compare)
			k := 1 + r.IntN(n)
			if got := kth(x, k); got != sorted[k-1].squared {
				t.Fatalf("number %d of %v is %g, want %g", k, sorted, got, sorted[k-1].squared)
			}
		}
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
