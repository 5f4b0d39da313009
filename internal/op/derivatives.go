package op

import (
	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
	"vae/internal/world"
)

// leaving is an operation whose forward pass leaves, beside the result [B] or a scalar,
// its derivatives with respect to the inputs: one for each, nil for data, which has no
// gradient. The backward pass multiplies them by the gradient that arrives.
func leaving(name string, result *Buffer, derivatives []*Buffer, run func(in [][]float32), inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	return leavingBySlices(name, result, derivatives, nil, run, inputs...)
}

// leavingBySlices is leaving of an operation whose forward pass sums over rows, by the slices that are put there; nil of
// another.
func leavingBySlices(name string, result *Buffer, derivatives []*Buffer, slices *world.Slices, run func(in [][]float32), inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	f := &fused{name: name, result: result, run: run}
	if slices != nil {
		f.slice = func(s world.Slices) { *slices = s }
	}
	for _, d := range derivatives {
		f.wrt = append(f.wrt, d != nil)
		if d != nil {
			f.touched = append(f.touched, d)
		}
	}
	f.back = func(b backward) (g gradients) {
		for _, d := range derivatives {
			g.add(scaled(name, d, b))
		}
		return g
	}
	return apply(f, inputs...)
}

// scaled is the node of a derivative times the gradient that arrives: each row of it
// times its element, or all of it times a scalar. It takes the derivative's place,
// which each forward pass fills anew; of nil it is nil.
func scaled(name string, derivative *Buffer, b backward) (*gorgonia.Node, error) {
	if derivative == nil {
		return nil, nil
	}
	f := &fused{name: name + "Backward", result: derivative}
	if derivative.own {
		f.result, f.touched = newBuffer(derivative.shape...), []*Buffer{derivative}
	}
	rows, columns := 1, derivative.Len()
	if !b.grad.Shape().IsScalar() {
		rows, columns = derivative.shape[0], derivative.Len()/max(derivative.shape[0], 1)
	}
	f.run = func(in [][]float32) {
		kernel.ScaleRows(f.result.data, derivative.data, in[1], rows, columns)
		silence(f.result.data, in[1], columns)
	}
	return apply(f, b.output, b.grad)
}

// silence clears the rows of n elements whose gradient is zero: a padded row has no
// say, not even as NaN.
func silence(rows, grad []float32, n int) {
	for i, g := range grad {
		if g == 0 {
			clear(rows[i*n:][:n])
		}
	}
}

// beside is the node of a gradient that the operation of another node has computed
// beside its main result: that node, its child, carries the order of execution.
func beside(name string, computed *Buffer, by *gorgonia.Node, err error) (*gorgonia.Node, error) {
	if err != nil {
		return nil, err
	}
	return apply(&fused{name: name, result: computed, run: func([][]float32) {}}, by)
}
