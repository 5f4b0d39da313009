package op

import (
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
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
	b := &bound{newBase("bound", rank, rank), low, high, seen, newBuffer(shape...)}
	return gorgonia.ApplyOp(b, x)
}

type bound struct {
	base
	low, high float32
	seen      *Bounds
	y         buffer
}

func (b *bound) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return b.y.tensor.Shape().Clone(), nil
}

func (b *bound) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := b.inputs(values)
	if err != nil {
		return nil, err
	}
	for i, v := range in[0] {
		switch {
		case v < b.low:
			b.seen.Low++
			v = b.low
		case v > b.high:
			b.seen.High++
			v = b.high
		}
		b.y.data[i] = v
	}
	return b.y.tensor, nil
}

func (b *bound) DiffWRT(int) []bool { return []bool{true} }

func (b *bound) SymDiff(inputs gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	rank := b.y.tensor.Dims()
	back := &boundBackward{newBase("boundBackward", rank, rank, rank), b, newBuffer(b.y.tensor.Shape().Clone()...)}
	d, err := gorgonia.ApplyOp(back, inputs[0], grad)
	return gorgonia.Nodes{d}, err
}

type boundBackward struct {
	base
	forward *bound
	dx      buffer
}

func (b *boundBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return b.dx.tensor.Shape().Clone(), nil
}

func (b *boundBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := b.inputs(values)
	if err != nil {
		return nil, err
	}
	x, dy := in[0], in[1]
	for i, g := range dy {
		if (x[i] < b.forward.low && g > 0) || (x[i] > b.forward.high && g < 0) {
			g = 0 // descent moves against the gradient: further out
		}
		b.dx.data[i] = g
	}
	return b.dx.tensor, nil
}
