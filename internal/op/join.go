package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
)

// Join returns [B*K,M+C], the rows of x [B*K,M] each followed by the row of y [B,C]
// that belongs to it, K in succession for each of y: a layer's input and what it
// is conditioned on. y is data and has no gradient.
func Join(x, y *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "join"
	shapes, err := shapesOf(name, wanted{x, 2}, wanted{y, 2})
	if err != nil {
		return nil, err
	}
	xs, ys := shapes[0], shapes[1]
	if ys[0] == 0 || xs[0]%ys[0] != 0 {
		return nil, fmt.Errorf("%s: %v and %v do not fit", name, xs, ys)
	}
	rows, left, right, samples := xs[0], xs[1], ys[1], xs[0]/ys[0]
	width := left + right
	joined, dx := newBuffer(rows, width), newBuffer(rows, left)
	return apply(&fused{
		name: name, result: joined, wrt: []bool{true, false},
		run: func(in [][]float32) {
			for i := range rows {
				row := joined.data[i*width:][:width]
				copy(row, in[0][i*left:][:left])
				copy(row[left:], in[1][i/samples*right:][:right])
			}
		},
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{name: "joinBackward", result: dx, run: func(in [][]float32) {
				for i := range rows { // the left columns of the gradient
					copy(dx.data[i*left:][:left], in[0][i*width:])
				}
			}}, b.grad))
			g.add(nil, nil)
			return g
		},
	}, x, y)
}
