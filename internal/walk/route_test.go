package walk

import (
	"context"
	"errors"
	"math"
	"slices"
	"testing"

	"vae/internal/knn"
)

func route(t *testing.T, codes []float32, l, k, from, to int) ([]int, int) {
	t.Helper()
	rows, used, err := Route(context.Background(), codes, l, k, from, to, nil)
	if err != nil {
		t.Fatal(err)
	}
	return rows, used
}

// TestRouteFollowsACurve: along codes on three quarters of a circle the route is the arc.
func TestRouteFollowsACurve(t *testing.T) {
	const n = 60
	var codes []float32
	for i := range n {
		angle := 1.5 * math.Pi * float64(i) / (n - 1)
		codes = append(codes, float32(math.Cos(angle)), float32(math.Sin(angle)))
	}
	rows, used := route(t, codes, 2, 2, 0, n-1)
	want := []int{0} // whose second neighbor is row 2, as that of the last is the last but two
	for i := 2; i < n-2; i++ {
		want = append(want, i)
	}
	want = append(want, n-1)
	if !slices.Equal(rows, want) || used != 2 {
		t.Errorf("%d neighbors, rows %v", used, rows)
	}
	if rows, _ := route(t, codes, 2, n-1, 0, n-1); !slices.Equal(rows, []int{0, n - 1}) {
		t.Errorf("all joined: rows %v", rows)
	}
	if rows, _ := route(t, codes, 2, 3, 7, 7); !slices.Equal(rows, []int{7}) {
		t.Errorf("from a row to itself: %v", rows)
	}
}

func TestRouteIsTheShortest(t *testing.T) {
	const n, l, k = 40, 3, 4
	for trial := range uint64(10) {
		codes := normal(n*l, 100+trial)
		g, err := knn.Self(context.Background(), codes, l, k, nil)
		if err != nil {
			t.Fatal(err)
		}
		length := allLengths(g, n)
		for to := 1; to < n; to++ {
			rows := shortest(newRoads(g), 0, to)
			if math.IsInf(length[to], 1) {
				if rows != nil {
					t.Errorf("a way to %d, which nothing leads to: %v", to, rows)
				}
				continue
			}
			if rows[0] != 0 || rows[len(rows)-1] != to {
				t.Fatalf("from 0 to %d: %v", to, rows)
			}
			var sum float64
			for i := range len(rows) - 1 {
				a, b := rows[i], rows[i+1]
				if !slices.Contains(g.Index[a*k:(a+1)*k], int32(b)) && !slices.Contains(g.Index[b*k:(b+1)*k], int32(a)) {
					t.Errorf("%d and %d are not joined", a, b)
				}
				sum += radius(codes[a*l:(a+1)*l], codes[b*l:(b+1)*l])
			}
			within(t, "the length of the way", sum, length[to], 1e-5)
		}
	}
}

// allLengths are the lengths of the shortest ways from row 0, by relaxing all edges again and again.
func allLengths(g *knn.Graph, n int) []float64 {
	length := make([]float64, n)
	for i := range length[1:] {
		length[i+1] = math.Inf(1)
	}
	for range n {
		for e, other := range g.Index {
			i := e / g.K
			length[other] = min(length[other], length[i]+float64(g.Distance[e]))
			length[i] = min(length[i], length[other]+float64(g.Distance[e]))
		}
	}
	return length
}

func TestRouteTakesMoreNeighbors(t *testing.T) {
	var codes []float32
	for i := range 16 { // two heaps of eight
		codes = append(codes, float32(i)+float32(i/8*1000))
	}
	rows, used := route(t, codes, 1, 2, 0, 15)
	if used != 8 || rows[0] != 0 || rows[len(rows)-1] != 15 {
		t.Errorf("%d neighbors, rows %v; want 8, as 7 stay within a heap", used, rows)
	}
	codes = nil
	for i := range 1000 {
		codes = append(codes, float32(i)+float32(i/500*1e5))
	}
	if rows, used := route(t, codes, 1, 10, 0, 999); rows != nil || used != 320 {
		t.Errorf("heaps of 500: %d neighbors, rows %v", used, rows)
	}
}

func TestRouteReturnsErrors(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	stop()
	if _, _, err := Route(ctx, normal(200, 1), 2, 3, 0, 99, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if _, _, err := Route(context.Background(), []float32{0, 1, float32(math.NaN())}, 1, 1, 0, 1, nil); err == nil {
		t.Error("a code that is no number is no error")
	}
}
