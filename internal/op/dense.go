package op

import (
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
)

// Dense applies a fully connected layer, y = act(x·wᵀ + b), with x [B,M],
// w [N,M] and b [N], and returns y [B,N]. Where inputGradient is false (the
// data layer) no gradient with respect to x exists, and none is computed.
func Dense(x, w, b *gorgonia.Node, act kernel.Activation, inputGradient bool) (*gorgonia.Node, error) {
	const name = "dense"
	xs, err := shapeOf(name, x, 2)
	if err != nil {
		return nil, err
	}
	ws, err := shapeOf(name, w, 2)
	if err != nil {
		return nil, err
	}
	bs, err := shapeOf(name, b, 1)
	if err != nil {
		return nil, err
	}
	if xs[1] != ws[1] || ws[0] != bs[0] {
		return nil, fmt.Errorf("%s: input %v, weight %v and bias %v do not fit", name, xs, ws, bs)
	}
	layer := &dense{
		base: newBase(name, 2, 2, 1, 2), act: act, inputGradient: inputGradient,
		rows: xs[0], in: ws[1], out: ws[0], y: newBuffer(xs[0], ws[0]),
	}
	return gorgonia.ApplyOp(layer, x, w, b)
}

type dense struct {
	base
	act           kernel.Activation
	inputGradient bool
	rows, in, out int
	y             buffer
}

func (d *dense) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{d.rows, d.out}, nil
}

func (d *dense) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := d.inputs(values)
	if err != nil {
		return nil, err
	}
	x, w, b := in[0], in[1], in[2]
	kernel.Dense(d.y.data, x, w, b, d.rows, d.out, d.in, d.act)
	return d.y.tensor, nil
}

func (d *dense) DiffWRT(int) []bool { return []bool{d.inputGradient, true, true} }

func (d *dense) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	back := &denseBackward{
		base: newBase("denseBackward", 2, 2, 2, 2, 2), layer: d,
		dw: newBuffer(d.out, d.in), db: newBuffer(d.out),
	}
	if d.act != kernel.Linear {
		back.dz = make([]float32, d.rows*d.out)
	}
	if d.inputGradient {
		back.dx = newBuffer(d.rows, d.in)
	}
	dw, err := gorgonia.ApplyOp(back, inputs[0], inputs[1], output, grad)
	if err != nil {
		return nil, err
	}
	db, err := gorgonia.ApplyOp(newCollect("biasGradient", back.db, 2), dw)
	if err != nil || !d.inputGradient {
		return gorgonia.Nodes{nil, dw, db}, err
	}
	dx, err := gorgonia.ApplyOp(newCollect("inputGradient", back.dx, 2), dw)
	return gorgonia.Nodes{dx, dw, db}, err
}

// denseBackward computes all gradients of a dense layer from x, w, y and dy. It
// returns dw [N,M]; collect nodes hand out db [N] and dx [B,M].
type denseBackward struct {
	base
	layer      *dense
	dz         []float32 // [B,N] gradient before the activation; nil for a linear layer, where it is dy
	dw, db, dx buffer
}

func (d *denseBackward) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return tensor.Shape{d.layer.out, d.layer.in}, nil
}

func (d *denseBackward) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := d.inputs(values)
	if err != nil {
		return nil, err
	}
	x, w, y, dy := in[0], in[1], in[2], in[3]
	l, dz := d.layer, dy
	if l.act != kernel.Linear {
		dz = d.dz
		kernel.ActivationGradient(dz, dy, y, l.rows, l.out, l.act)
	}
	kernel.MatMulTN(d.dw.data, dz, x, l.out, l.in, l.rows, false)
	kernel.SumRows(d.db.data, dz, l.rows, l.out)
	if l.inputGradient {
		kernel.MatMulNN(d.dx.data, dz, w, l.rows, l.in, l.out, false)
	}
	return d.dw.tensor, nil
}
