package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

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
	return gorgonia.ApplyOp(&dot{newBase("dot", 1, 1, 0), shape[0], new(gorgonia.F32)}, weight, term)
}

type dot struct {
	base
	rows int
	sum  *gorgonia.F32
}

func (d *dot) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.ScalarShape(), nil
}

func (d *dot) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := d.inputs(values)
	if err != nil {
		return nil, err
	}
	var sum float64
	for i, w := range in[0] {
		if w != 0 { // a padded row has no say, not even as NaN
			sum += float64(w) * float64(in[1][i])
		}
	}
	*d.sum = gorgonia.F32(sum)
	return d.sum, nil
}

func (d *dot) DiffWRT(int) []bool { return []bool{false, true} }

func (d *dot) SymDiff(inputs gorgonia.Nodes, _, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &dotBackward{newBase("dotBackward", 1, 0, 1), newBuffer(d.rows)}
	dterm, err := gorgonia.ApplyOp(back, inputs[0], grad)
	return gorgonia.Nodes{nil, dterm}, err
}

type dotBackward struct {
	base
	dterm buffer
}

func (d *dotBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return d.dterm.tensor.Shape().Clone(), nil
}

func (d *dotBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := d.inputs(values)
	if err != nil {
		return nil, err
	}
	kernel.ScaleRows(d.dterm.data, in[0], in[1], 1, len(d.dterm.data))
	return d.dterm.tensor, nil
}
