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
			if a.squared == b.squared {
				return a.index - b.index
			}
			return cmp.Compare(a.squared, b.squared)
		})
		for _, c := range order[:k] {
			indices, distances = append(indices, c.index), append(distances, math.Sqrt(c.squared))
		}
	}
	return indices, distances
}

// nearestIsPlain fails where Nearest finds others on some path.
func nearestIsPlain(t *testing.T, query, among []float32, l, k int) {
	t.Helper()
	wantIndices, wantDistances := plainNearest(query, among, l, k)
	eachPath(t, func(t *testing.T) {
		indices, distances, err := Nearest(t.Context(), query, among, l, k)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(indices, wantIndices) {
			t.Error("other neighbors")
		}
		if !slices.Equal(distances, wantDistances) {
			t.Error("other distances")
		}
	})
}

func TestNearestAgainstSorting(t *testing.T) {
	for _, size := range [][4]int{{1, 1, 1, 1}, {3, 7, 2, 7}, {5, 1024, 20, 10}, {9, 1025, 3, 1}, {300, 200, 5, 3}, {2, 2100, 70, 100}} {
		q, n, l, k := size[0], size[1], size[2], size[3]
		for name, change := range map[string]func(v float32, i int) float32{
			"normal": func(v float32, _ int) float32 { return v },
			// products in float32 tell nothing of distances here, unless rows are moved
			"offset": func(v float32, _ int) float32 { return 1e5 + v },
			"near":   func(v float32, i int) float32 { return v - 1e3*float32(1+i%2) },
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
				nearestIsPlain(t, query, among, l, k)
			})
		}
	}
}

// TestNearestLooksTwiceAtFew makes sure that the first look rejects nearly all, also where
// the lengths of rows are a thousand times their distances.
func TestNearestLooksTwiceAtFew(t *testing.T) {
	const n, l, k, queries = 4000, 30, 5, 10
	for _, offset := range []float32{0, 1, -1e3, 1e4} {
		x := normals(43, n*l)
		for i := range x {
			x[i] += offset
		}
		x[0] = 0 // one row may be far off
		all := newRows(x, l, centerOf(x, l))
		w := newSearch(all, all, true, k).workers.Get().(*worker)
		w.begin(span{1, 1 + queries}.list())
		if !w.look(t.Context(), []span{{0, n}}) {
			t.Fatal("interrupted")
		}
		for i := range w.queries {
			b := &w.best[i]
			if b.exact || !b.finish() {
				t.Fatalf("offset %g: estimates told nothing", offset)
			}
			if b.drop(); len(b.found) > 20 {
				t.Errorf("offset %g: %d distances of %d computed in float64", offset, len(b.found), n)
			}
		}
	}
}

// A center is taken where it shortens the rows, and only there.
func TestCenter(t *testing.T) {
	x := normals(49, 1000*3)
	for offset, want := range map[float32]bool{0: false, 1: false, 3: true, -1e3: true, 1e17: true, 1e19: false} {
		y := slices.Clone(x)
		for i := range y {
			y[i] += offset
		}
		center := centerOf(y, 3)
		if got := center != nil; got != want {
			t.Errorf("offset %g: center %v", offset, center)
		}
		for _, c := range center {
			if math.Abs(float64(c)-float64(offset)) > 0.3+1e-6*math.Abs(float64(offset)) {
				t.Errorf("offset %g: center %v", offset, center)
			}
		}
	}
	if c := centerOf([]float32{0, 0}, 2); c != nil {
		t.Errorf("a center %v of zeros", c)
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
			center := make([]float32, l)
			for i := range x {
				x[i] *= float32(scale)
				center[i%l] = float32(1.1 * scale)
			}
			for _, c := range [][]float32{nil, center} {
				boundHolds(t, newRows(x, l, c), newRows(y, l, c))
			}
		}
	}
}

func boundHolds(t *testing.T, query, among *rows) {
	t.Helper()
	n, m := query.count(), among.count()
	dots := make([]float32, n*m)
	kernel.MatMulNT(dots, query.x, among.x, n, m, query.l, false)
	for p, dot := range dots {
		q, i := p/m, p%m
		got := query.squared[q] + 2*float64(among.half[i]-dot)
		want, most := kernel.SquaredDistance(query.row(q), among.row(i)), among.bound(query.squared[q], among.squared[i])
		if !(math.Abs(got-want) <= most) {
			t.Errorf("l=%d, center %v: %g is off by %g, bound %g", query.l, query.center != nil, want, got-want, most)
		}
	}
}

// TestBoundAllowsForTheCenter: what the rounding of rows less a center changes is within its
// part of the bound, and comes near it where the two rows are on opposite sides.
func TestBoundAllowsForTheCenter(t *testing.T) {
	r, most := rng.Stream(1, "test of centers"), 0.0
	for range 2000 {
		center := []float32{0.6 + 0.39*r.Float32()}
		query := newRows([]float32{-3.2 - 0.2*r.Float32()}, 1, center)
		among := newRows([]float32{5 + 0.1*r.Float32()}, 1, center)
		plain := newRows(among.x, 1, nil)
		allowed := among.bound(query.squared[0], among.squared[0]) - plain.bound(query.squared[0], plain.squared[0])
		off := kernel.SquaredDistance(query.x, among.x) - kernel.SquaredDistance(query.given, among.given)
		most = max(most, math.Abs(off)/allowed)
	}
	if most > 1 || most < 0.6 {
		t.Errorf("the rounding of a center changes up to %.2f of what is allowed, want 0.6 to 1", most)
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
		indices, distances, err := Nearest(t.Context(), query, among, 6, 4)
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
		_, _, err := Nearest(t.Context(), tt.query, tt.among, tt.l, tt.k)
		fails(t, err, tt.text)
	}
}
