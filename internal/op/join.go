package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Join returns [B*K,M+C], the rows of x [B*K,M] each followed by the row of y [B,C]
// that belongs to it, K in succession for each of y: a layer's input and what it
// is conditioned on. y is data and has no gradient.
func Join(x, y *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "join"
	xs, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	ys, err := shapeOf(name, y, 2)
	if err != nil {
		return nil, err
	}
	if ys[0] == 0 || xs[0]%ys[0] != 0 {
		return nil, fmt.Errorf("%s: %v and %v do not fit", name, xs, ys)
	}
	j := &join{newBase(name, 2, 2, 2), xs[0], xs[1], ys[1], xs[0] / ys[0], newBuffer(xs[0], xs[1]+ys[1])}
	return gorgonia.ApplyOp(j, x, y)
}

type join struct {
	base
	rows, left, right, samples int
	joined                     buffer
}

func (j *join) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return j.joined.tensor.Shape().Clone(), nil
}

func (j *join) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := j.inputs(values)
	if err != nil {
		return nil, err
	}
	width := j.left + j.right
	for i := range j.rows {
		row := j.joined.data[i*width:][:width]
		copy(row, in[0][i*j.left:][:j.left])
		copy(row[j.left:], in[1][i/j.samples*j.right:][:j.right])
	}
	return j.joined.tensor, nil
}

func (j *join) DiffWRT(int) []bool { return []bool{true, false} }

func (j *join) SymDiff(_ gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &joinBackward{newBase("joinBackward", 2, 2), j, newBuffer(j.rows, j.left)}
	dx, err := gorgonia.ApplyOp(back, grad)
	return gorgonia.Nodes{dx, nil}, err
}

// joinBackward keeps the left columns of the gradient.
type joinBackward struct {
	base
	of *join
	dx buffer
}

func (j *joinBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return j.dx.tensor.Shape().Clone(), nil
}

func (j *joinBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := j.inputs(values)
	if err != nil {
		return nil, err
	}
	width := j.of.left + j.of.right
	for i := range j.of.rows {
		copy(j.dx.data[i*j.of.left:][:j.of.left], in[0][i*width:])
	}
	return j.dx.tensor, nil
}
