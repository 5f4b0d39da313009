package op

import (
	"gorgonia.org/gorgonia"
)

// Bounds counts how often Bound met a value outside of its range.
type Bounds struct{ Low, High int }

// Bound limits x, a vector or a matrix, to [low, high]. Inside it is the identity, gradient
// included. Outside, the gradient passes where a descent step would bring the
// value back towards the range and is zero where it would drive it further out,
// so that a unit which left the range is not lost; and each such value is
// counted in seen, so that it does not go unnoticed. seen may be nil.
func Bound(x *gorgonia.Node, low, high float32, seen *Bounds) (*gorgonia.Node, error) {
	rank := x.Shape().Dims()
	if rank != 1 {
		rank = 2
	}
	shape, err := shapeOf("bound", x, rank)
	if err != nil {
		return nil, err
	}
	if seen == nil {
		seen = new(Bounds)
	}
	y, dx := newBuffer(shape...), newBuffer(shape...)
	return apply(&fused{
		name: "bound", result: y, wrt: []bool{true},
		run: func(in [][]float32) { limit(y.data, in[0], low, high, seen) },
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{
				name: "boundBackward", result: dx,
				run: func(in [][]float32) { limitGradient(dx.data, in[0], in[1], low, high) },
			}, b.inputs[0], b.grad))
			return g
		},
	}, x)
}

func limit(y, x []float32, low, high float32, seen *Bounds) {
	for i, v := range x {
		switch {
		case v < low:
			seen.Low++
			v = low
		case v > high:
			seen.High++
			v = high
		}
		y[i] = v
	}
}

func limitGradient(dx, x, dy []float32, low, high float32) {
	for i, g := range dy {
		if (x[i] < low && g > 0) || (x[i] > high && g < 0) {
			g = 0 // descent moves against the gradient: further out
		}
		dx[i] = g
	}
}
