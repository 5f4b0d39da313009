package knn

import (
	"math"
	"testing"
)

func TestWithinAgainstDefinition(t *testing.T) { eachPath(t, testWithinAgainstDefinition) }

func testWithinAgainstDefinition(t *testing.T) {
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
		radii, err := Radii(x, l, k)
		if err != nil {
			t.Fatal(err)
		}
		among, asked, count := newRows(x, l, nil), newRows(query, l, nil), 0
		for i := 0; i < n; i += 30 {
			r := radii[i]
			_, distances := plainNearest(among.row(i), x, l, k+1)
			if math.Sqrt(r) != distances[k] {
				t.Fatalf("%s: radius %d is %g, want %g", name, i, math.Sqrt(r), distances[k])
			}
		}
		for q, got := range Within(query, x, l, radii) {
			want := false
			for i, r := range radii {
				want = want || squaredDistance(asked.row(q), among.row(i)) <= r
			}
			if got != want {
				t.Errorf("%s: query %d is within: %v, want %v", name, q, got, want)
			}
			if want {
				count++
			}
		}
		if count < 20 || count > 280 {
			t.Errorf("%s: %d of 300 within, which shows little", name, count)
		}
	}
}
