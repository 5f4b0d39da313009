package stats

import (
	"math"
	"math/rand/v2"
	"testing"
)

// By the definition, with the window as a sum over two dimensions.
func TestMSSSIMOfOneScale(t *testing.T) {
	const width, height = 13, 12
	m := NewMSSSIM(width, height, 1)
	if m.Scales() != 1 {
		t.Fatalf("%d scales", m.Scales())
	}
	r := rand.New(rand.NewPCG(1, 1))
	a, b := make([]float64, width*height), make([]float64, width*height)
	for i := range a {
		a[i] = r.Float64()
		b[i] = (a[i] + r.Float64()) / 2
	}
	var want, places float64
	for y := range height - 10 {
		for x := range width - 10 {
			var w, ma, mb, va, vb, cov float64
			each := func(do func(g, p, q float64)) {
				for dy := range 11 {
					for dx := range 11 {
						g := math.Exp(-(math.Pow(float64(dx-5), 2) + math.Pow(float64(dy-5), 2)) / 4.5)
						i := (y+dy)*width + x + dx
						do(g, a[i], b[i])
					}
				}
			}
			each(func(g, p, q float64) { w += g; ma += g * p; mb += g * q })
			ma, mb = ma/w, mb/w
			each(func(g, p, q float64) {
				va += g / w * (p - ma) * (p - ma)
				vb += g / w * (q - mb) * (q - mb)
				cov += g / w * (p - ma) * (q - mb)
			})
			want += (2*ma*mb + 1e-4) * (2*cov + 9e-4) / ((ma*ma + mb*mb + 1e-4) * (va + vb + 9e-4))
			places++
		}
	}
	if got := m.Of(a, b); !(math.Abs(got-want/places) < 1e-9) {
		t.Errorf("%g, want %g", got, want/places)
	}
}

func TestMSSSIMOfEqualImages(t *testing.T) {
	for side, scales := range map[int]int{1: 1, 5: 1, 28: 2, 64: 3, 200: 5} {
		m := NewMSSSIM(side, side, 3)
		x, other := make([]float64, side*side*3), make([]float64, side*side*3)
		for i := range x {
			x[i], other[i] = float64(i%7)/7, float64(i%5)/5
		}
		if got := m.Of(x, x); m.Scales() != scales && side > 5 || !(math.Abs(got-1) < 1e-9) {
			t.Errorf("side %d: %d scales, %g", side, m.Scales(), got)
		}
		if got := m.Of(x, other); !(got < 1) {
			t.Errorf("side %d: %g of others", side, got)
		}
	}
}
