package conv

import (
	"fmt"
	"slices"
	"testing"

	"vae/internal/kernel"
)

// scaled are random numbers of about that size.
func scaled(n int, seed uint64, size float32) []float32 {
	x := random(n, seed)
	for i := range x {
		x[i] *= size
	}
	return x
}

// both is a convolution and a transposed one, with and without bias and activation.
func (g Geometry) both(rows int, size float32, act kernel.Activation) (all [][]float32) {
	w := scaled(g.Weights(), 2, size)
	forward, backward := make([]float32, g.PackedForward()), make([]float32, g.PackedBackward())
	g.PackForward(forward, w)
	g.PackBackward(backward, w)
	for _, bias := range [][]float32{nil, scaled(g.Filters+g.Channels, 4, size*size)} {
		y, x := garbage(rows*g.out()), garbage(rows*g.in())
		of, to := bias, bias
		if bias != nil {
			of, to = bias[:g.Filters], bias[g.Filters:]
		}
		g.Forward(y, scaled(rows*g.in(), 1, size), forward, of, rows, act)
		g.InputGradient(x, scaled(rows*g.out(), 3, size), backward, to, rows, act)
		all = append(all, y, x)
	}
	return all
}

// The forward passes of both kinds have the same bits on exact as on the paths with assembly.
func TestExactConvolutions(t *testing.T) {
	before := kernel.Path()
	defer func() { _ = kernel.SelectPath(before) }()
	paths := append([]string{"exact"}, slices.DeleteFunc(kernel.Paths(), func(p string) bool { return p == "portable" })...)
	for i, g := range append(slices.Clone(known), large...) {
		for _, size := range []float32{1, 3e-20} { // whose products are denormal
			act := kernel.Activation(i % int(kernel.GELU+1))
			var want [][]float32
			for _, path := range paths {
				if err := kernel.SelectPath(path); err != nil {
					t.Fatal(err)
				}
				got := g.both(3, size, act)
				if want == nil {
					want = got
				}
				for j := range got {
					checkSame(t, fmt.Sprintf("result %d of %v, activation %d, on %s", j, g, act, path), got[j], want[j])
				}
			}
		}
	}
}
