package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Activate applies an activation to each element of x [B,M]. It may leave its derivative to
// what follows, as [Ends] have it.
func Activate(x *gorgonia.Node, act kernel.Activation, left bool) (*gorgonia.Node, error) {
	const name = "activate"
	shape, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	if left && act.OfInput() {
		return nil, fmt.Errorf("%s: the derivative of an activation that is left is one of the output", name)
	}
	y := newBuffer(shape...)
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: func(in [][]float32) { kernel.Activate(y.data, in[0], act) },
		back: func(b backward) (g gradients) {
			if left {
				g.add(b.grad, nil)
				return g
			}
			dx := newBuffer(shape...)
			v := b.output
			if act.OfInput() {
				v = b.inputs[0]
			}
			g.add(apply(&fused{name: name + "Backward", result: dx, over: dx, reads: 1, run: func(in [][]float32) {
				kernel.ActivationGradient(dx.data, in[1], in[0], shape[0], shape[1], act)
			}}, v, b.grad))
			return g
		},
	}, x)
}

// Sum is an operation that adds two tensors of this shape, as gorgonia's own does, into a
// buffer.
func Sum(shape ...int) gorgonia.Op {
	y, rank := newBuffer(shape...), len(shape)
	return &fused{
		name: "sum", id: instances.Add(1), rank: []int{rank, rank, rank}, data: make([][]float32, 0, 2), result: y, over: y,
		run: func(in [][]float32) { kernel.Add(y.data, in[0], in[1]) },
	}
}

// Add returns a + b, of one shape [B,M]: what a residual block gives. The gradient that
// arrives is that of both.
func Add(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return pairwise("add", a, b, kernel.Add, func(b backward) (g gradients) {
		g.add(b.grad, nil)
		g.add(b.grad, nil)
		return g
	})
}

// Multiply returns the products of the elements of a and b, of one shape [B,M]: what a
// gate lets through.
func Multiply(a, b *gorgonia.Node) (*gorgonia.Node, error) {
	return pairwise("multiply", a, b, kernel.Multiply, func(b backward) (g gradients) {
		for i := range b.inputs {
			dx := newBuffer(b.output.Shape()...)
			g.add(apply(&fused{name: "multiplyBackward", result: dx, over: dx, reads: 1, run: func(in [][]float32) {
				kernel.Multiply(dx.data, in[0], in[1])
			}}, b.inputs[1-i], b.grad))
		}
		return g
	})
}

// pairwise is an operation on the elements of two matrices of one shape.
func pairwise(name string, a, b *gorgonia.Node, run func(y, a, b []float32), back func(backward) gradients) (*gorgonia.Node, error) {
	shapes, err := shapesOf(name, wanted{a, 2}, wanted{b, 2})
	if err != nil {
		return nil, err
	}
	if !shapes[0].Eq(shapes[1]) {
		return nil, fmt.Errorf("%s: %v and %v do not fit", name, shapes[0], shapes[1])
	}
	y := newBuffer(shapes[0]...)
	return apply(&fused{
		name: name, result: y, over: y, wrt: []bool{true, true}, back: back,
		run: func(in [][]float32) { run(y.data, in[0], in[1]) },
	}, a, b)
}

// Flatten brings the numbers of each row of x [B,P·C], maps of P pixels whose C channels
// lie side by side, into the order in which PyTorch flattens maps: channel by channel.
// Unflatten brings them back.
func Flatten(x *gorgonia.Node, channels int) (*gorgonia.Node, error) {
	return transposed("flatten", x, channels, false)
}

// Unflatten makes maps whose C channels lie side by side of rows that have them one
// after the other.
func Unflatten(x *gorgonia.Node, channels int) (*gorgonia.Node, error) {
	return transposed("unflatten", x, channels, true)
}

func transposed(name string, x *gorgonia.Node, channels int, apart bool) (*gorgonia.Node, error) {
	shape, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	if channels < 1 || shape[1]%channels != 0 {
		return nil, fmt.Errorf("%s: rows of %d numbers with %d channels", name, shape[1], channels)
	}
	rows, columns := shape[1]/channels, channels
	if apart {
		rows, columns = columns, rows
	}
	y := newBuffer(shape...)
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: func(in [][]float32) { kernel.Transpose(y.data, in[0], shape[0], rows, columns) },
		back: func(b backward) (g gradients) {
			dx := newBuffer(shape...)
			g.add(apply(&fused{name: name + "Backward", result: dx, run: func(in [][]float32) {
				kernel.Transpose(dx.data, in[0], shape[0], columns, rows)
			}}, b.grad))
			return g
		},
	}, x)
}
