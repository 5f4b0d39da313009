package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Dot returns the scalar sum over rows of weight [B] times term [B], summed in
// float64: a weighted mean of per-row terms. weight is data and has no
// gradient.
func Dot(weight, term *gorgonia.Node) (*gorgonia.Node, error) {
	shape, err := shapeOf("dot", term, 1)
	if err != nil {
		return nil, err
	}
	if !shape.Eq(weight.Shape()) {
		return nil, fmt.Errorf("dot: weights %v for terms %v", weight.Shape(), shape)
	}
	sum, dterm := newScalar(), newBuffer(shape...)
	return apply(&fused{
		name: "dot", result: sum, wrt: []bool{false, true},
		run: func(in [][]float32) { sum.data[0] = float32(weightedSum(in[0], in[1], 1)) },
		back: func(b backward) (g gradients) {
			g.add(nil, nil)
			g.add(apply(&fused{
				name: "dotBackward", result: dterm,
				run: func(in [][]float32) { kernel.ScaleRows(dterm.data, in[0], in[1], 1, len(dterm.data)) },
			}, b.inputs[0], b.grad))
			return g
		},
	}, weight, term)
}

// weightedSum is the sum of elements of x, step apart, each times its weight; one of weight 0, a padded
// row, has no say, not even as NaN.
func weightedSum(weight, x []float32, step int) float64 {
	var sum float64
	for i, w := range weight {
		if w != 0 {
			sum += float64(w) * float64(x[i*step])
		}
	}
	return sum
}
