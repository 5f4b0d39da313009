package embed

import (
	"math"
	"slices"
	"testing"

	"vae/internal/knn"
	"vae/internal/rng"
)

func TestForcesFromTheTable(t *testing.T) {
	c := newCurve(1, 0.1)
	f := c.forces()
	r := rng.Stream(40, "distances")
	for range 2000 {
		square := math.Exp2(40*r.Float64() - 20)
		power := math.Pow(square, c.b)
		relative(t, "a pull", float64(at(&f.pull, float32(square))), 2*c.a*c.b*power/square/(1+c.a*power), 5e-5)
		relative(t, "a push", float64(at(&f.push, float32(square))), 2*c.b/((0.001+square)*(1+c.a*power)), 5e-5)
	}
	if at(&f.pull, 0) != f.pull[0] || at(&f.push, 1e-30) != f.push[0] || at(&f.push, 1e30) != 0 || at(&f.pull, float32(math.Inf(1))) != 0 {
		t.Error("beyond its ends the table has other forces")
	}
}

// TestForceOfARow is the sum over the edges that are due and the rows that are drawn, here all
// at one place.
func TestForceOfARow(t *testing.T) {
	e := &edges{from: []int{0, 2, 3}, to: []int{2, 3, 4}, other: []int32{1, 2, 0, 0}, weight: []float32{1, 0.5, 1, 0.5}}
	y := []float32{0, 0, 2, 0, 2, 0}
	c := newCurve(1, 0.1)
	l := newLayout(e, y, c, 1)
	pull := 2 * c.a * c.b * math.Pow(4, c.b-1) / (1 + c.a*math.Pow(4, c.b)) * 2 * 2
	push := -2 * c.b / (4.001 * (1 + c.a*math.Pow(4, c.b))) * 2
	pulls, pushes := 0, 0
	for epoch := range 100 {
		fx, fy := l.force(0, epoch)
		if fy != 0 {
			t.Fatalf("a force of %g across", fy)
		}
		edges := 1 + epoch%2 // that of half the weight pulls in each second epoch
		drawn := math.Round((float64(fx) - float64(edges)*pull) / push)
		closeTo(t, "a force", float64(fx), float64(edges)*pull+drawn*push, 1e-4)
		if drawn < 0 || drawn > float64(5*edges) {
			t.Errorf("epoch %d: %g rows were drawn for %d edges", epoch, drawn, edges)
		}
		pulls, pushes = pulls+edges, pushes+int(drawn)
	}
	// Of the 5 drawn for each edge two thirds are another row.
	closeTo(t, "the part of the rows drawn that is another", float64(pushes)/float64(5*pulls), 2./3, 0.07)
}

func TestLayoutLeavesOutWhatNeverPulls(t *testing.T) {
	e := &edges{from: []int{0, 2}, to: []int{2, 4}, other: []int32{0, 1, 0, 1}, weight: []float32{0.0019, 1, 0.0021, 1}}
	l := newLayout(e, make([]float32, 4), newCurve(1, 0.1), 1)
	if first, _ := l.graph.of(0); !slices.Equal(first, []int32{1}) {
		t.Errorf("row 0 keeps %v", first)
	}
	if second, _ := l.graph.of(1); !slices.Equal(second, []int32{0, 1}) {
		t.Errorf("row 1 keeps %v", second)
	}
}

func TestStepsAreAdams(t *testing.T) {
	l := &layout{y: []float32{1, 2}, gradient: []float32{4, -0.5}, m: make([]float32, 2), v: make([]float32, 2)}
	m, v, y := [2]float64{}, [2]float64{}, [2]float64{1, 2}
	for epoch := range 5 {
		if err := l.step(t.Context(), epoch); err != nil {
			t.Fatal(err)
		}
		for c, g := range []float64{4, -0.5} {
			m[c] = 0.5*m[c] + 0.5*g
			v[c] = 0.9*v[c] + 0.1*g*g
			mhat, vhat := m[c]/(1-math.Pow(0.5, float64(epoch+1))), v[c]/(1-math.Pow(0.9, float64(epoch+1)))
			y[c] += (1 - float64(epoch)/500) * mhat / (math.Sqrt(vhat) + 1e-7)
			closeTo(t, "a place", float64(l.y[c]), y[c], 1e-5)
		}
	}
}

func TestSymmetricGraph(t *testing.T) {
	const n, k = 200, 6
	x, _ := clusters(41, n, 3, 2)
	g, err := knn.Self(t.Context(), x, 3, k, nil)
	if err != nil {
		t.Fatal(err)
	}
	weight, want := make([]float32, n*k), make([]float64, n*n)
	for i := range weight {
		weight[i] = float32(i%17 + 1)
		row, other := i/k, int(g.Index[i])
		want[row*n+other] += float64(weight[i])
		want[other*n+row] += float64(weight[i])
	}
	e, err := symmetric(t.Context(), g, weight, func(a, b float32) float32 { return a + b })
	if err != nil {
		t.Fatal(err)
	}
	var p pairs
	for i := range n {
		for j := i + 1; j < n; j++ {
			if v := want[i*n+j]; v > 0 {
				p.Row, p.Column, p.Value = append(p.Row, i), append(p.Column, j), append(p.Value, v)
			}
		}
	}
	samePairs(t, e, p, 0, 0)
}
