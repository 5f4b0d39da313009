package knn

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"testing"
)

// many is so many rows that the distance of the k-th neighbor is guessed.
const many = 4*sampled + 1

// kinds are rows of which each is hard in another way, [n, l].
func kinds(n, l int) map[string][]float32 {
	all := map[string][]float32{}
	for name, change := range map[string]func(v float32, i int) float32{
		"normal":     func(v float32, _ int) float32 { return v },
		"few values": func(v float32, _ int) float32 { return float32(math.Round(float64(v))) },
		"one value":  func(float32, int) float32 { return 0.1 },
		"zeros":      func(float32, int) float32 { return 0 },
		"offset":     func(v float32, _ int) float32 { return 1e5 + v },
		"near":       func(v float32, _ int) float32 { return 1e3 + v },
		"equal":      func(float32, int) float32 { return -1e18 },
		"farthest":   func(v float32, _ int) float32 { return -1e30 + 1e27*v },
		"one far":    func(v float32, i int) float32 { return 1e3 + v - float32(i/(n-1))*math.MaxFloat32/2 },
		"clusters":   func(v float32, i int) float32 { return v/1e3 + float32(i%50) },
		"far":        func(v float32, i int) float32 { return v * float32(math.Pow(1e4, float64(i%97/95))) },
		"huge":       func(v float32, _ int) float32 { return v * 1e36 },
		"tiny":       func(v float32, _ int) float32 { return v * 1e-36 },
	} {
		x := normals(62, n*l)
		for i, v := range x {
			x[i] = change(v, i/l)
		}
		all[name] = x
	}
	return all
}

// Of rows so many the distance is guessed.
func TestNearestOfManyRows(t *testing.T) {
	const l, k = 4, 11
	for name, x := range kinds(many, l) {
		var query []float32
		for i := 0; i < many; i += 1000 {
			query = append(query, x[i*l:(i+1)*l]...)
		}
		t.Run(name, func(t *testing.T) { nearestIsPlain(t, query, x, l, k) })
	}
}

// A guess that is too small, or far too large, changes nothing.
func TestGuessesChangeNothing(t *testing.T) {
	const l, k = 6, 20
	x := normals(63, many*l)
	query, among := newRows(x[:300*l], l, nil), newRows(x, l, nil)
	indices, _, err := Nearest(t.Context(), query.x, x, l, k)
	if err != nil {
		t.Fatal(err)
	}
	for name, row := range map[string][]float32{"too small": x[:l], "too large": {9, 9, 9, 9, 9, 9}, "none": nil} {
		s := newSearch(query, among, false, k)
		if s.sample == nil {
			t.Fatal("there is no sample")
		}
		if row == nil {
			s.sample = nil
		} else {
			given := newRows(slices.Repeat(row, sampled), l, nil)
			s.sample.x, s.sample.half = given.x, given.half
		}
		err := s.run(t.Context(), &meter{}, func(q int, nearest []candidate) {
			for j, c := range nearest {
				if c.index != indices[q*k+j] {
					t.Errorf("%s: neighbor %d of row %d is %d, want %d", name, j, q, c.index, indices[q*k+j])
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
	}
}

// Guesses are good: nearly always no less than k rows are within, and not many times as many.
func TestGuessesAreClose(t *testing.T) {
	const n, l, k = 20_000, 20, 90
	x := newRows(normals(64, n*l), l, nil)
	s := newSearch(x, x, true, k)
	w := s.workers.Get().(*worker)
	queries := make([]int, 100)
	for i := range queries {
		queries[i] = 7 * i
	}
	w.begin(queries)
	w.guess()
	failed := 0
	for i, q := range queries {
		within := -1 // itself
		for r := range n {
			if squaredDistance(x.row(q), x.row(r)) <= w.best[i].guess {
				within++
			}
		}
		if within < k {
			failed++
		}
		if within > 6*k {
			t.Errorf("%d rows are within the guess of %d", within, k)
		}
	}
	if failed > 3 {
		t.Errorf("%d guesses of %d are too small", failed, len(queries))
	}
}

func TestSelfIsTheSameForAnyThreadCount(t *testing.T) {
	x := normals(65, many*5)
	sameForAnyThreadCount(t, func() any {
		g, err := Self(t.Context(), x, 5, 15, nil)
		return []any{g, err}
	})
}

// Wide rows have other tiles, and long queries of few rows buffers of another size.
func TestNearestOfOtherShapes(t *testing.T) {
	for _, size := range [][4]int{{460, 600, 130, 3}, {3, 9, 5000, 9}, {2, 3000, 1, 2999}, {500, 2, 1, 2}} {
		q, n, l, k := size[0], size[1], size[2], size[3]
		query, among := normals(66, q*l), normals(67, n*l)
		indices, distances, err := Nearest(t.Context(), query, among, l, k)
		if err != nil {
			t.Fatal(err)
		}
		wantIndices, wantDistances := plainNearest(query, among, l, k)
		if !slices.Equal(indices, wantIndices) || !slices.Equal(distances, wantDistances) {
			t.Errorf("q=%d n=%d l=%d k=%d: other neighbors", q, n, l, k)
		}
	}
}

// An interruption is heeded within a block of rows: no other tile is finished, but those that
// other goroutines had nearly done. Progress is told in order.
func TestSelfInterrupted(t *testing.T) {
	const n = 30_000
	x := normals(68, n*8)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	last := 0
	g, err := Self(ctx, x, 8, 15, func(done, of int) {
		if done <= last || of != n {
			t.Errorf("%d of %d done after %d", done, of, last)
		}
		last = done
		cancel()
	})
	if g != nil || !errors.Is(err, context.Canceled) {
		t.Fatalf("interrupted: %v, %v", g, err)
	}
	if last > n/10 {
		t.Errorf("%d of %d rows done after an interruption at the first", last, n)
	}
}

func TestNearestInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	x := normals(72, 3000)
	if indices, distances, err := Nearest(ctx, x, x, 3, 4); indices != nil || distances != nil || !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %d indices, %d distances, %v", len(indices), len(distances), err)
	}
}

func TestProgressComesToItsEnd(t *testing.T) {
	for _, n := range []int{2, 3000} {
		var reports []string
		if _, err := Self(t.Context(), normals(69, n*3), 3, 1, func(done, of int) { reports = append(reports, fmt.Sprint(done, " of ", of)) }); err != nil {
			t.Fatal(err)
		}
		if len(reports) == 0 || reports[len(reports)-1] != fmt.Sprint(n, " of ", n) {
			t.Errorf("reports of %d rows: %v", n, reports)
		}
	}
}
