package conv

import (
	"math"
	"runtime"
	"slices"
	"testing"

	"vae/internal/kernel"
)

// patches is x as a matrix [pixels of y, taps*Channels] of what each sees.
func (g Geometry) patches(x []float32, rows int) []float32 {
	var p []float32
	for n := range rows {
		for i := range g.OutHeight() * g.OutWidth() {
			for tap := range g.taps() {
				iy := i/g.OutWidth()*g.Stride + tap/g.KernelWidth - g.Top
				ix := i%g.OutWidth()*g.Stride + tap%g.KernelWidth - g.Left
				pixel := make([]float32, g.Channels)
				if iy >= 0 && iy < g.Height && ix >= 0 && ix < g.Width {
					copy(pixel, x[((n*g.Height+iy)*g.Width+ix)*g.Channels:])
				}
				p = append(p, pixel...)
			}
		}
	}
	return p
}

// The forward pass is a product with the patches, to the bit: what it leaves out of a
// chain are products with zeros.
func TestForwardIsAProductOfPatches(t *testing.T) {
	const rows = 3
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			x, w := random(rows*g.in(), 1), random(g.Weights(), 2)
			columns := make([]float32, len(w)) // [taps*Channels, Filters]
			for i, v := range w {
				f, c, tap := i/g.taps()/g.Channels, i/g.taps()%g.Channels, i%g.taps()
				columns[(tap*g.Channels+c)*g.Filters+f] = v
			}
			want, y := make([]float32, rows*g.out()), garbage(rows*g.out())
			kernel.MatMulNN(want, g.patches(x, rows), columns, len(want)/g.Filters, g.Filters, g.taps()*g.Channels, false)
			packed := make([]float32, g.PackedForward())
			g.PackForward(packed, w)
			g.Forward(y, x, packed, nil, rows, kernel.Linear)
			checkSame(t, g.String(), y, want)
		}
	})
}

// large are geometries whose work is shared out.
var large = []Geometry{square(16, 20, 40, 4, 2, 1), square(8, 33, 70, 3, 1, 1), square(28, 1, 64, 4, 2, 1), square(20, 30, 3, 3, 1, 1), square(12, 40, 24, 1, 1, 0)}

func checkSamePasses(t *testing.T, what string, got, want passes) {
	t.Helper()
	checkSame(t, "y of "+what, got.y, want.y)
	checkSame(t, "dx of "+what, got.dx, want.dx)
	checkSame(t, "dw of "+what, got.dw, want.dw)
}

func (g Geometry) some(rows int) passes {
	return g.passes(random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3), rows)
}

func TestSameBitsOnVectorPaths(t *testing.T) {
	all := append(slices.Clone(known), large...)
	first := make([]passes, len(all))
	eachPath(t, func(t *testing.T) {
		if kernel.Path() == "portable" {
			return
		}
		for i, g := range all {
			got := g.some(5)
			if first[i].y == nil {
				first[i] = got
			}
			checkSamePasses(t, g.String(), got, first[i])
		}
	})
}

func TestSameBitsForAnyThreadCount(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	eachPath(t, func(t *testing.T) {
		for _, g := range large {
			for _, rows := range []int{1, 16, 40} {
				runtime.GOMAXPROCS(1)
				want := g.some(rows)
				runtime.GOMAXPROCS(4)
				checkSamePasses(t, g.String(), g.some(rows), want)
			}
		}
	})
}

// A map does not depend on those beside it.
func TestMapsAreIndependent(t *testing.T) {
	const rows = 9
	eachPath(t, func(t *testing.T) {
		for _, g := range append(slices.Clone(known), large...) {
			x, w, dy := random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3)
			all := g.passes(x, w, dy, rows)
			one := g.passes(x[4*g.in():5*g.in()], w, dy[4*g.out():5*g.out()], 1)
			checkSame(t, "y of "+g.String(), one.y, all.y[4*g.out():5*g.out()])
			checkSame(t, "dx of "+g.String(), one.dx, all.dx[4*g.in():5*g.in()])
		}
	})
}

// The same scratch and packed weights serve again, whatever is left in them.
func TestSecondPassIsTheFirst(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			checkSamePasses(t, g.String(), g.some(2), g.some(2))
		}
	})
}

// NaN in a pixel reaches what sees it, and nothing else.
func TestNaNReachesWhatSeesIt(t *testing.T) {
	g := square(6, 2, 5, 3, 1, 1)
	eachPath(t, func(t *testing.T) {
		x, w := random(g.in(), 1), random(g.Weights(), 2)
		x[(2*6+3)*2] = float32(math.NaN())
		p := g.passes(x, w, random(g.out(), 3), 1)
		for i, v := range p.y {
			oy, ox := i/5/6, i/5%6
			if sees := oy >= 1 && oy <= 3 && ox >= 2 && ox <= 4; (v != v) != sees {
				t.Fatalf("y at row %d, column %d is %g", oy, ox, v)
			}
		}
	})
}
