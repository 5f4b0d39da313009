package op

import (
	"gorgonia.org/gorgonia"
)

// Outside counts how often Clamp met a value outside of its range.
type Outside struct{ Low, High int }

// Clamp limits x, a vector or a matrix, to [low, high]. Inside it is the identity, gradient
// included. Outside, the gradient passes where a descent step would bring the
// value back towards the range and is zero where it would drive it further out,
// so that a unit which left the range is not lost; and each such value is
// counted in seen, so that it does not go unnoticed. seen may be nil.
func Clamp(x *gorgonia.Node, low, high float32, seen *Outside) (*gorgonia.Node, error) {
	rank := x.Shape().Dims()
	if rank != 1 {
		rank = 2
	}
	shape, err := shapeOf("clamp", x, rank)
	if err != nil {
		return nil, err
	}
	if seen == nil {
		seen = new(Outside)
	}
	y, dx := newBuffer(shape...), newBuffer(shape...)
	return apply(&fused{
		name: "clamp", result: y, wrt: []bool{true},
		run: func(in [][]float32) { limit(y.data, in[0], low, high, seen) },
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{
				name: "clampBackward", result: dx,
				run: func(in [][]float32) { limitGradient(dx.data, in[0], in[1], low, high) },
			}, b.inputs[0], b.grad))
			return g
		},
	}, x)
}

func limit(y, x []float32, low, high float32, seen *Outside) {
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
