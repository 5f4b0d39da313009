package walk

import (
	"math"
	"slices"
	"testing"
)

func TestEvenGoesByLength(t *testing.T) {
	p := Path{2, []float32{0, 0, 3, 4, 3, 4, 3, 5, 3, 9}} // of lengths 5, 0, 1 and 4
	q := p.Among(p.Even(6))
	want := []float32{0, 0, 1.2, 1.6, 2.4, 3.2, 3, 5, 3, 7, 3, 9}
	for i, v := range q.Z {
		within(t, "a coordinate", float64(v), float64(want[i]), 1e-6)
	}
	if !slices.Equal(q.At(0), p.At(0)) || !slices.Equal(q.At(5), p.At(4)) {
		t.Errorf("ends %v and %v", q.At(0), q.At(5))
	}
	for _, n := range []int{2, 3, 10, 101} {
		q = p.Among(p.Even(n))
		for i := range n - 1 { // no step is longer than its part of the way, which may have a corner
			if step := radius(q.At(i), q.At(i+1)); !(step <= 10/float64(n-1)+1e-5) {
				t.Errorf("%d points: step %d has length %g", n, i, step)
			}
		}
	}
}

func TestEvenStandsStill(t *testing.T) {
	for _, p := range []Path{{1, []float32{7}}, {1, []float32{7, 7}}, {1, []float32{7, 7, 7}}} {
		if got := p.Among(p.Even(4)).Z; !slices.Equal(got, []float32{7, 7, 7, 7}) {
			t.Errorf("%d points that are one: %v", p.Len(), got)
		}
	}
}

func TestCorners(t *testing.T) {
	var corners [4][]float32
	for i := range corners {
		corners[i] = normal(5, uint64(i))
	}
	for name, between := range map[string]Between{
		"straight":  Line,
		"spherical": func(a, b []float32, n int) Path { return Spherical(a, b, nil, n) },
	} {
		const rows, columns = 4, 6
		p := Corners(corners, rows, columns, between)
		for i, at := range []int{0, columns - 1, (rows - 1) * columns, rows*columns - 1} {
			if !slices.Equal(p.At(at), corners[i]) {
				t.Errorf("%s: corner %d is %v, want %v", name, i, p.At(at), corners[i])
			}
		}
		if p.Len() != rows*columns {
			t.Errorf("%s: %d points", name, p.Len())
		}
		if name != "straight" {
			continue
		}
		for i := range rows {
			for j := range columns {
				y, x := float64(i)/(rows-1), float64(j)/(columns-1)
				for k, v := range p.At(i*columns + j) {
					want := (1-y)*((1-x)*float64(corners[0][k])+x*float64(corners[1][k])) + y*((1-x)*float64(corners[2][k])+x*float64(corners[3][k]))
					within(t, "a coordinate of the grid", float64(v), want, 1e-6)
				}
			}
		}
	}
}

func TestRows(t *testing.T) {
	p := Rows([]float32{0, 1, 2, 3, 4, 5}, 2, []int{2, 0, 2})
	if !slices.Equal(p.Z, []float32{4, 5, 0, 1, 4, 5}) || p.Latent != 2 {
		t.Errorf("rows %v", p)
	}
}

func TestDifferMeasuresTwoNormals(t *testing.T) {
	const n, m, l, shift = 4000, 3000, 6, 1.5
	with, without := normal(n*l, 1), normal(m*l, 2)
	for i := 0; i < len(with); i += l {
		with[i] += shift
	}
	d := Differ(with, without, l)
	within(t, "the first coordinate", d.Vector[0], shift, 0.1)
	within(t, "the standard error", d.Error, math.Sqrt(l*(1./n+1./m)), 0.001)
	within(t, "the length", d.Length, shift, 0.1)
	phi := func(x float64) float64 { return math.Erfc(-x/math.Sqrt2) / 2 }
	within(t, "AUROC", d.AUROC, phi(shift/math.Sqrt2), 0.02) // of the difference of two normals
	within(t, "the part on the right side", d.Right, phi(shift/2), 0.02)
}

// TestDifferOfChance: where there is no difference the held-out codes tell nothing, and the length
// is about the standard error; figures of the codes that made the direction would not say so.
func TestDifferOfChance(t *testing.T) {
	const trials, n, l = 60, 30, 20
	var auroc, right, ratio float64
	for trial := range uint64(trials) {
		d := Differ(normal(n*l, 10+trial), normal(n*l, 1000+trial), l)
		auroc += d.AUROC / trials
		right += d.Right / trials
		ratio += d.Length / d.Error / trials
	}
	within(t, "AUROC", auroc, 0.5, 0.05)
	within(t, "the part on the right side", right, 0.5, 0.05)
	within(t, "length over standard error", ratio, 1, 0.1)
}

func TestDifferOfFewCodes(t *testing.T) {
	d := Differ([]float32{1, 2}, []float32{0, 0, 2, 0}, 2)
	if !slices.Equal(d.Vector, []float64{0, 2}) || d.Length != 2 || !math.IsNaN(d.Error) || !math.IsNaN(d.AUROC) || !math.IsNaN(d.Right) {
		t.Errorf("of one code and two: %+v", d)
	}
	d = Differ([]float32{5, 7}, []float32{1, 2}, 1)
	if d.AUROC != 1 || d.Right != 1 || d.Length != 4.5 {
		t.Errorf("of two far pairs: %+v", d)
	}
	d = Differ([]float32{3, 3}, []float32{3, 3, 3}, 1)
	if d.AUROC != 0.5 || d.Right != 0.5 || d.Length != 0 || d.Error != 0 {
		t.Errorf("of equal codes: %+v", d)
	}
	within(t, "the mean", Mean([]float32{1, 10, 3, 20}, 2)[1], 15, 0)
}
