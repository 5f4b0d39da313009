package stats

import (
	"fmt"
	"math"
	"testing"
)

func TestPrincipalAnglesOfKnownSubspaces(t *testing.T) {
	sin, cos := math.Sin(0.3), math.Cos(0.3)
	e := func(i int) []float64 { v := make([]float64, 6); v[i] = 1; return v }
	in := func(c0, c1 float64) []float64 { return []float64{c0, c1, 0, 0, 0, 0} }
	for _, tt := range []struct {
		name string
		a, b [][]float64
		want []float64
	}{
		{"identical", [][]float64{e(0), e(1)}, [][]float64{e(1), e(0)}, []float64{0, 0}},
		{"identical, other basis and lengths", [][]float64{e(0), e(1)}, [][]float64{in(3, 4), in(-1e-9, 1e-8)}, []float64{0, 0}},
		{"orthogonal", [][]float64{e(0), e(1)}, [][]float64{e(2), e(3)}, []float64{math.Pi / 2, math.Pi / 2}},
		{"opposite vectors", [][]float64{e(0)}, [][]float64{{-2, 0, 0, 0, 0, 0}}, []float64{0}},
		{"one angle", [][]float64{e(0)}, [][]float64{in(cos, sin)}, []float64{0.3}},
		{"nearly orthogonal", [][]float64{e(0)}, [][]float64{in(1e-9, 1)}, []float64{math.Pi/2 - 1e-9}},
		{"45 degrees", [][]float64{e(0)}, [][]float64{in(1, 1)}, []float64{math.Pi / 4}},
		{"subspace of the other", [][]float64{e(0), e(1), e(2)}, [][]float64{{1, 2, 3, 0, 0, 0}}, []float64{0}},
		{"three angles", [][]float64{e(0), e(1), e(2)},
			[][]float64{{1, 0, 0, 1e-8, 0, 0}, {0, cos, 0, 0, sin, 0}, {0, 0, sin, 0, 0, cos}},
			[]float64{1e-8, 0.3, math.Pi/2 - 0.3}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, order := range [][2][][]float64{{tt.a, tt.b}, {tt.b, tt.a}} {
				got := must[[]float64](t)(PrincipalAngles(order[0], order[1]))
				if len(got) != len(tt.want) {
					t.Fatalf("%v, want %v", got, tt.want)
				}
				for i, want := range tt.want {
					near(t, fmt.Sprint("angle ", i), got[i], want, 3e-15)
				}
			}
		})
	}
}

// TestPrincipalAnglesOfMixedBases hides known angles, from 1e-12 to a right
// angle, behind random bases of both subspaces and a rotation of space.
func TestPrincipalAnglesOfMixedBases(t *testing.T) {
	const d = 40
	want := []float64{1e-12, 1e-6, 0.01, 0.7, math.Pi / 4, 0.9, 1.5, math.Pi / 2}
	k := len(want)
	var a, b [][]float64
	for i, angle := range want {
		x, y := make([]float64, d), make([]float64, d)
		x[2*i], y[2*i], y[2*i+1] = 1, math.Cos(angle), math.Sin(angle)
		a, b = append(a, reflect2(x)), append(b, reflect2(y))
	}
	got := must[[]float64](t)(PrincipalAngles(mix(60, a), mix(61, b)))
	wanted := []float64{1e-12, 1e-6, 0.01, 0.7, math.Pi / 4, 0.9, 1.5, math.Pi / 2}
	for i := range k {
		near(t, fmt.Sprint("angle ", i), got[i], wanted[i], 2e-13)
	}
}

// reflect2 applies two Householder reflections: a rotation.
func reflect2(x []float64) []float64 {
	for seed := uint64(62); seed < 64; seed++ {
		v := normals(seed, len(x))
		product, norm := 0.0, 0.0
		for i, u := range v {
			product += float64(u) * x[i]
			norm += float64(u) * float64(u)
		}
		for i, u := range v {
			x[i] -= 2 * product / norm * float64(u)
		}
	}
	return x
}

// mix returns another basis of the rows' span.
func mix(seed uint64, rows [][]float64) [][]float64 {
	k := len(rows)
	coefficients := normals(seed, k*k)
	mixed := make([][]float64, k)
	for i := range mixed {
		mixed[i] = make([]float64, len(rows[0]))
		coefficients[i*k+i] += 4
		for j, row := range rows {
			for m, v := range row {
				mixed[i][m] += float64(coefficients[i*k+j]) * v
			}
		}
	}
	return mixed
}

func TestPrincipalAnglesErrors(t *testing.T) {
	x := [][]float64{{1, 0, 0}, {0, 1, 0}}
	for _, tt := range []struct {
		a, b [][]float64
		text string
	}{
		{nil, x, "two sets of rows"},
		{x, nil, "two sets of rows"},
		{x, [][]float64{{1, 0}}, "as many columns"},
		{x, [][]float64{{1, 0, 0}, {0, 1}}, "row 1 has 2 columns, row 0 has 3"},
		{x, [][]float64{{0, 0, 0}}, "row 0 is zero or not finite"},
		{x, [][]float64{{1, math.NaN(), 0}}, "row 0 is zero or not finite"},
		{x, [][]float64{{1, math.Inf(1), 0}}, "row 0 is zero or not finite"},
		{x, [][]float64{{1, 2, 3}, {2, 4, 6}}, "depend linearly on each other"},
		{x, [][]float64{{1, 2, 3}, {2, 4, 1}, {1, 0, 0}, {0, 0, 1}}, "4 rows of 3 columns"},
		{[][]float64{{}}, [][]float64{{}}, "columns"},
	} {
		_, err := PrincipalAngles(tt.a, tt.b)
		fails(t, err, tt.text)
	}
}
