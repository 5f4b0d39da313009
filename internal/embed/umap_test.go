package embed

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/knn"
)

// TestForcesAreDerivatives of the cross entropy, of which one term is that of neighbors and one
// of others (McInnes, Healy and Melville 2018, definition 11).
func TestForcesAreDerivatives(t *testing.T) {
	c := newCurve(1, 0.1)
	pull, push := c.forces()
	near := func(d float64) float64 { return 1 / (1 + c.a*math.Pow(d, 2*c.b)) }
	others := make([]int32, 16) // all at one place, so that the force is sixteen times that of one
	for _, d := range []float64{1, 1.3, 2, 3.7, 6} {
		const h = 1e-6
		together := (math.Log(near(d+h)) - math.Log(near(d-h))) / (2 * h)
		apart := (math.Log(1-near(d+h)) - math.Log(1-near(d-h))) / (2 * h) * d * d / (0.001 + d*d)
		point, places := [2]float32{float32(d), 0}, []float32{0, 0}
		relative(t, "a pull", float64(pull.Sum(point, places, others)[0]), 16*together, 1e-4)
		relative(t, "a push", float64(push.Sum(point, places, others)[0]), 16*apart, 1e-4)
	}
}

// TestForceOfARow is the sum over the neighbors that are due and the rows that are drawn, here
// all at one place.
func TestForceOfARow(t *testing.T) {
	e := &edges{from: []int{0, 2, 3}, to: []int{2, 3, 4}, other: []int32{1, 2, 0, 0}, weight: []float32{1, 0.5, 1, 0.5}}
	c := newCurve(1, 0.1)
	l := newLayout(e, []float32{0, 0, 2, 0, 2, 0}, c, 1)
	pull := 2 * c.a * c.b * math.Pow(4, c.b-1) / (1 + c.a*math.Pow(4, c.b)) * 2
	push := -2 * c.b / (4.001 * (1 + c.a*math.Pow(4, c.b))) * 2
	pulls, pushes := 0, 0
	for epoch := range 100 {
		due := l.due(nil, 0, epoch)
		if want := [][]int32{{1}, {1, 2}}[epoch%2]; !slices.Equal(due, want) { // that of half the weight pulls in each second epoch
			t.Fatalf("epoch %d: %v pull, want %v", epoch, due, want)
		}
		drawn := l.drawn(nil, 0, epoch, 5*len(due))
		others := 0
		for _, j := range drawn {
			if j < 0 || j > 2 {
				t.Fatalf("row %d of 3 was drawn", j)
			}
			if j != 0 {
				others++
			}
		}
		l.force(0, due, drawn)
		closeTo(t, "a force", float64(l.gradient[0]), float64(2*len(due))*pull+float64(others)*push, 1e-4)
		closeTo(t, "a force across", float64(l.gradient[1]), 0, 0)
		pulls, pushes = pulls+len(due), pushes+others
	}
	closeTo(t, "the part of the rows drawn that is another", float64(pushes)/float64(5*pulls), 2./3, 0.07)
}

// TestDrawnRows are as many as are asked for, each as often as any other.
func TestDrawnRows(t *testing.T) {
	const n, rounds = 50, 400
	l := &layout{y: make([]float32, 2*n), key: 7}
	var times [n]int
	for epoch := range rounds {
		drawn := l.drawn(nil, epoch%n, epoch, 25)
		if len(drawn) != 25 {
			t.Fatalf("%d rows were drawn, not 25", len(drawn))
		}
		for _, j := range drawn {
			times[j]++
		}
	}
	for j, v := range times { // five standard deviations of a binomial
		closeTo(t, fmt.Sprintf("how often row %d was drawn", j), float64(v), 25*rounds/n, 5*math.Sqrt(25*rounds/n))
	}
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
