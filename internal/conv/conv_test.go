package conv

import (
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"vae/internal/kernel"
)

// known are geometries of networks that people train, and odd ones: kernels of one row or
// of an even size, strides that leave pixels out, padding on one side or wider than the
// kernel, one channel and one filter, more of them than two panels of columns.
var known = []Geometry{
	square(8, 3, 32, 4, 2, 1), square(16, 32, 32, 4, 2, 1), square(14, 64, 128, 4, 2, 1), square(28, 1, 64, 4, 2, 1),
	square(8, 16, 40, 3, 1, 1), square(4, 70, 33, 3, 1, 1), square(2, 20, 70, 3, 1, 1), square(7, 24, 20, 1, 1, 0),
	square(9, 5, 7, 3, 2, 1), square(9, 2, 3, 5, 3, 2), square(5, 3, 2, 2, 3, 0), square(6, 4, 4, 1, 2, 0),
	square(1, 7, 5, 1, 1, 0), square(1, 7, 5, 3, 1, 1), square(3, 2, 2, 2, 1, 4), square(33, 4, 17, 3, 1, 1), square(31, 3, 3, 4, 4, 0),
	{Height: 14, Width: 14, Channels: 3, Filters: 16, KernelHeight: 3, KernelWidth: 3, Stride: 2, Bottom: 1, Right: 1},
	{Height: 5, Width: 11, Channels: 6, Filters: 9, KernelHeight: 1, KernelWidth: 4, Stride: 1, Left: 3},
	{Height: 12, Width: 4, Channels: 9, Filters: 1, KernelHeight: 5, KernelWidth: 2, Stride: 2, Top: 2, Bottom: 1, Right: 3},
	{Height: 30, Width: 3, Channels: 1, Filters: 65, KernelHeight: 3, KernelWidth: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1},
	{Height: 11, Width: 9, Channels: 2, Filters: 13, KernelHeight: 5, KernelWidth: 4, Stride: 3, Top: 4, Left: 2, Right: 1},
	{Height: 16, Width: 25, Channels: 1, Filters: 20, KernelHeight: 3, KernelWidth: 7, Stride: 5, Bottom: 2, Left: 6},
	{Height: 40, Width: 22, Channels: 8, Filters: 14, KernelHeight: 6, KernelWidth: 5, Stride: 1, Top: 5, Left: 4, Right: 4},
	square(9, 14, 4, 2, 1, 3), square(35, 12, 8, 5, 1, 2), square(9, 16, 3, 1, 1, 1),
	{Height: 2, Width: 9, Channels: 40, Filters: 6, KernelHeight: 5, KernelWidth: 5, Stride: 3, Top: 3, Left: 1, Right: 2},
	{Height: 1, Width: 2, Channels: 70, Filters: 40, KernelHeight: 3, KernelWidth: 4, Stride: 4, Top: 1, Bottom: 3, Left: 3, Right: 2},
	{Height: 7, Width: 70, Channels: 17, Filters: 3, KernelHeight: 3, KernelWidth: 5, Stride: 1, Top: 2, Left: 1, Right: 4},
	{Height: 2, Width: 40, Channels: 64, Filters: 1, KernelHeight: 2, KernelWidth: 3, Stride: 1, Left: 1, Right: 1},
}

func square(size, channels, filters, k, stride, padding int) Geometry {
	return Geometry{Height: size, Width: size, Channels: channels, Filters: filters, KernelHeight: k, KernelWidth: k,
		Stride: stride, Top: padding, Bottom: padding, Left: padding, Right: padding}
}

// eachPath runs a test on every path of the kernels that this processor has.
func eachPath(t *testing.T, test func(t *testing.T)) {
	before := kernel.Path()
	defer func() { _ = kernel.SelectPath(before) }()
	for _, path := range kernel.Paths() {
		t.Run(path, func(t *testing.T) {
			if err := kernel.SelectPath(path); err != nil {
				t.Fatal(err)
			}
			test(t)
		})
	}
}

func random(n int, seed uint64) []float32 {
	r := rand.New(rand.NewPCG(seed, 1))
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(r.NormFloat64())
	}
	return s
}

// reference holds the three passes in float64, as they are defined.
type reference struct{ y, dx, dw []float64 }

func (g Geometry) reference(x, w, dy []float32, rows int) reference {
	height, width := g.OutHeight(), g.OutWidth()
	r := reference{make([]float64, rows*g.out()), make([]float64, len(x)), make([]float64, len(w))}
	for i := range r.y {
		f, ox, oy, n := i%g.Filters, i/g.Filters%width, i/g.Filters/width%height, i/g.out()
		for c := range g.Channels {
			for ky := range g.KernelHeight {
				for kx := range g.KernelWidth {
					iy, ix := oy*g.Stride+ky-g.Top, ox*g.Stride+kx-g.Left
					if iy < 0 || iy >= g.Height || ix < 0 || ix >= g.Width {
						continue
					}
					at := ((n*g.Height+iy)*g.Width+ix)*g.Channels + c
					weight := ((f*g.Channels+c)*g.KernelHeight+ky)*g.KernelWidth + kx
					r.y[i] += float64(x[at]) * float64(w[weight])
					r.dx[at] += float64(dy[i]) * float64(w[weight])
					r.dw[weight] += float64(dy[i]) * float64(x[at])
				}
			}
		}
	}
	return r
}

// passes are the three passes of this package.
type passes struct{ y, dx, dw []float32 }

func (g Geometry) passes(x, w, dy []float32, rows int) passes {
	p := passes{garbage(rows * g.out()), garbage(len(x)), garbage(len(w))}
	forward, backward := garbage(g.PackedForward()), garbage(g.PackedBackward())
	g.PackForward(forward, w)
	g.Forward(p.y, x, forward, nil, rows, kernel.Linear)
	g.PackBackward(backward, w)
	g.InputGradient(p.dx, dy, backward, nil, rows, kernel.Linear)
	g.WeightGradient(p.dw, x, dy, garbage(g.WeightScratch(rows)), rows)
	return p
}

// garbage is a slice whose contents must not matter.
func garbage(n int) []float32 {
	s := make([]float32, n)
	for i := range s {
		s[i] = float32(math.Inf(1))
	}
	return s
}

// checkClose allows a random walk of terms roundings of sums about the square root of terms.
func checkClose(t *testing.T, what string, got []float32, want []float64, terms int) {
	t.Helper()
	tolerance := 1e-5 * math.Sqrt(1+float64(terms))
	for i := range want {
		if !(math.Abs(float64(got[i])-want[i]) <= tolerance) {
			t.Fatalf("%s: element %d is %g, want %g within %g", what, i, got[i], want[i], tolerance)
		}
	}
}

func checkPasses(t *testing.T, g Geometry, rows int) {
	t.Helper()
	if err := g.Check(); err != nil {
		t.Fatal(err)
	}
	x, w, dy := random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3)
	got, want := g.passes(x, w, dy, rows), g.reference(x, w, dy, rows)
	what := fmt.Sprintf("%d maps, %s", rows, g)
	checkClose(t, "y of "+what, got.y, want.y, g.Channels*g.taps())
	checkClose(t, "dx of "+what, got.dx, want.dx, g.Filters*g.taps())
	checkClose(t, "dw of "+what, got.dw, want.dw, rows*g.OutHeight()*g.OutWidth())
}

func TestPassesAgainstFloat64(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			for _, rows := range []int{1, 3} {
				checkPasses(t, g, rows)
			}
		}
	})
}

// Every number of channels and filters from 1 to 70 fills or leaves parts of vectors.
func TestPassesForManyChannels(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for n := 1; n <= 70; n++ {
			checkPasses(t, square(5, n, 71-n, 3, 1+n%2, 1), 2)
		}
	})
}

// No maps have no sum.
func TestNoMaps(t *testing.T) {
	for _, g := range known {
		p := g.passes(nil, random(g.Weights(), 2), nil, 0)
		for i, v := range p.dw {
			if v != 0 {
				t.Fatalf("%s: element %d of dw is %g without maps", g, i, v)
			}
		}
	}
}

func FuzzPasses(f *testing.F) {
	f.Add(uint64(0x0304050607080102), uint64(0x01010101))
	f.Add(uint64(0x1204030401020407), uint64(0x02010003))
	f.Fuzz(func(t *testing.T, sizes, paddings uint64) {
		next := func(from *uint64, n int) int {
			v := int(*from & 0xff)
			*from >>= 8
			return v % n
		}
		g := Geometry{Height: 1 + next(&sizes, 19), Width: 1 + next(&sizes, 35), Channels: 1 + next(&sizes, 70), Filters: 1 + next(&sizes, 70),
			KernelHeight: 1 + next(&sizes, 6), KernelWidth: 1 + next(&sizes, 6), Stride: 1 + next(&sizes, 4),
			Top: next(&paddings, 5), Bottom: next(&paddings, 5), Left: next(&paddings, 5), Right: next(&paddings, 5)}
		if g.Check() != nil {
			t.Skip()
		}
		checkPasses(t, g, 1+next(&sizes, 17))
	})
}

func TestBiasAndActivation(t *testing.T) {
	const rows = 2
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			x, w, dy := random(rows*g.in(), 1), random(g.Weights(), 2), random(rows*g.out(), 3)
			bias, biasBack := random(g.Filters, 4), random(g.Channels, 5)
			plain := g.passes(x, w, dy, rows)
			kernel.BiasActivation(plain.y, bias, len(plain.y)/g.Filters, g.Filters, kernel.Tanh)
			kernel.BiasActivation(plain.dx, biasBack, len(plain.dx)/g.Channels, g.Channels, kernel.ReLU)
			forward, backward := make([]float32, g.PackedForward()), make([]float32, g.PackedBackward())
			g.PackForward(forward, w)
			g.PackBackward(backward, w)
			y, dx := garbage(len(plain.y)), garbage(len(plain.dx))
			g.Forward(y, x, forward, bias, rows, kernel.Tanh)
			g.InputGradient(dx, dy, backward, biasBack, rows, kernel.ReLU)
			checkSame(t, "y with bias of "+g.String(), y, plain.y)
			checkSame(t, "dx with bias of "+g.String(), dx, plain.dx)
		}
	})
}

// An activation without a bias is one with zeros.
func TestActivationWithoutBias(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, g := range known {
			x, packed, y := random(g.in(), 1), make([]float32, g.PackedForward()), garbage(g.out())
			g.PackForward(packed, random(g.Weights(), 2))
			g.Forward(y, x, packed, nil, 1, kernel.ReLU)
			want := garbage(g.out())
			g.Forward(want, x, packed, make([]float32, g.Filters), 1, kernel.ReLU)
			checkSame(t, g.String(), y, want)
		}
	})
}

// checkSame compares by bits.
func checkSame(t *testing.T, what string, got, want []float32) {
	t.Helper()
	for i := range want {
		if math.Float32bits(got[i]) != math.Float32bits(want[i]) {
			t.Fatalf("%s: element %d is %g, want %g, bit for bit", what, i, got[i], want[i])
		}
	}
}

func TestGeometriesThatCannotBe(t *testing.T) {
	tests := []struct {
		g    Geometry
		want string
	}{
		{square(4, 3, 8, 7, 1, 1), "convolution of 4x4x3 to 8 filters, kernel 7x7, stride 1: the kernel is larger than the map, which is 6x6 with its padding"},
		{square(4, 0, 8, 3, 1, 1), "convolution of 4x4x0 to 8 filters, kernel 3x3, stride 1: every size is from 1 to 2147483647"},
		{square(4, 1, 8, 3, 0, 1), "convolution of 4x4x1 to 8 filters, kernel 3x3, stride 0: every size is from 1 to 2147483647"},
		{square(4, 1, 8, 3, 1, -1), "convolution of 4x4x1 to 8 filters, kernel 3x3, stride 1: padding -1--1--1--1 is not from 0 to 2147483647"},
		{square(40000, 3, 8, 3, 1, 1), "convolution of 40000x40000x3 to 8 filters, kernel 3x3, stride 1: a map or the weights have more than 2147483647 elements"},
		{square(4, 30000, 30000, 3, 1, 1), "convolution of 4x4x30000 to 30000 filters, kernel 3x3, stride 1: a map or the weights have more than 2147483647 elements"},
	}
	for _, tt := range tests {
		if err := tt.g.Check(); err == nil || err.Error() != tt.want {
			t.Errorf("got %v, want %s", err, tt.want)
		}
	}
}

func TestWrongLengths(t *testing.T) {
	g := square(5, 2, 3, 3, 1, 1)
	s := func(n int) []float32 { return make([]float32, n) }
	for name, f := range map[string]func(){
		"PackForward":    func() { g.PackForward(s(g.PackedForward()), s(g.Weights()-1)) },
		"PackBackward":   func() { g.PackBackward(s(g.PackedBackward()-1), s(g.Weights())) },
		"Forward":        func() { g.Forward(s(g.out()), s(g.in()), s(g.PackedForward()), s(2), 1, kernel.Linear) },
		"InputGradient":  func() { g.InputGradient(s(g.in()+1), s(g.out()), s(g.PackedBackward()), nil, 1, kernel.Linear) },
		"WeightGradient": func() { g.WeightGradient(s(g.Weights()), s(g.in()), s(g.out()), nil, 1) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

// What is kept of rows beside each other grows with the cube of the kernel: large ones go another way.
func TestLargeKernelsOfFewChannelsKeepNoStrips(t *testing.T) {
	for k, want := range map[int]bool{5: true, 11: true, 33: false, 49: false} {
		g := Geometry{Height: 512, Width: 512, Channels: 1, Filters: 12, KernelHeight: k, KernelWidth: k, Stride: 1}
		if g.few() != want {
			t.Errorf("kernel %d: few is %v; %d floats at least", k, g.few(), g.leastStrip())
		}
	}
}
