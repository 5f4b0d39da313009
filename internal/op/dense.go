package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Dense applies a fully connected layer, y = act(x·wᵀ + b), with x [B,M],
// w [N,M] and b [N], and returns y [B,N]. Where inputGradient is false (the
// data layer) no gradient with respect to x exists, and none is computed.
func Dense(x, w, b *gorgonia.Node, act kernel.Activation, inputGradient bool) (*gorgonia.Node, error) {
	const name = "dense"
	shapes, err := shapesOf(name, wanted{x, 2}, wanted{w, 2}, wanted{b, 1})
	if err != nil {
		return nil, err
	}
	xs, ws, bs := shapes[0], shapes[1], shapes[2]
	if xs[1] != ws[1] || ws[0] != bs[0] {
		return nil, fmt.Errorf("%s: input %v, weight %v and bias %v do not fit", name, xs, ws, bs)
	}
	d := &dense{act: act, inputGradient: inputGradient, rows: xs[0], in: ws[1], out: ws[0]}
	f := &fused{name: name, result: newBuffer(xs[0], ws[0]), wrt: []bool{inputGradient, true, true}, back: d.gradients}
	d.y = f.result
	if act.OfInput() {
		d.sum = newBuffer(xs[0], ws[0])
		f.touched = []*Buffer{d.sum}
	}
	f.run = d.run
	return apply(f, x, w, b)
}

type dense struct {
	act           kernel.Activation
	inputGradient bool
	rows, in, out int
	y             *Buffer // [B,N]
	sum           *Buffer // [B,N] before the activation; nil where its derivative is one of y
}

func (d *dense) run(in [][]float32) {
	x, w, b := in[0], in[1], in[2]
	if d.sum == nil {
		kernel.Dense(d.y.data, x, w, b, d.rows, d.out, d.in, d.act)
		return
	}
	kernel.Dense(d.sum.data, x, w, b, d.rows, d.out, d.in, kernel.Linear)
	kernel.Activate(d.y.data, d.sum.data, d.act)
}

// gradients are made by one operation, of x, w, y and dy, which returns dw [N,M]; db
// [N] and dx [B,M] are handed out beside it.
func (d *dense) gradients(b backward) (g gradients) {
	back := &denseBackward{dense: d, dw: newBuffer(d.out, d.in), db: newBuffer(d.out)}
	f := &fused{name: "denseBackward", result: back.dw, touched: []*Buffer{back.db}, run: back.run}
	back.sums.of(f, back.dw, back.db)
	back.sums.apart = true
	if d.sum != nil {
		f.touched = append(f.touched, d.sum)
	}
	if d.act != kernel.Linear {
		back.dz = newBuffer(d.rows, d.out)
		f.touched, f.over, f.reads = append(f.touched, back.dz), back.dz, 3 // dy
	}
	if d.inputGradient {
		back.dx = newBuffer(d.rows, d.in)
		f.touched = append(f.touched, back.dx)
	}
	dw, err := apply(f, b.inputs[0], b.inputs[1], b.output, b.grad)
	if d.inputGradient {
		g.add(beside("inputGradient", back.dx, dw, err))
	} else {
		g.add(nil, nil)
	}
	g.add(dw, err)
	g.add(beside("biasGradient", back.db, dw, err))
	return g
}

type denseBackward struct {
	*dense
	dw, db *Buffer
	dz     *Buffer // [B,N] gradient before the activation; nil of a linear layer, where it is dy
	dx     *Buffer // nil without an input gradient
	sums   slicedSum
}

func (d *denseBackward) run(in [][]float32) {
	x, w, y, dz := in[0], in[1], in[2], in[3]
	if d.dz != nil {
		if d.sum != nil {
			y = d.sum.data
		}
		kernel.ActivationGradient(d.dz.data, dz, y, d.rows, d.out, d.act)
		dz = d.dz.data
	}
	n := d.sums.Count()
	d.sums.run(func(to [][]float32, i int) {
		kernel.MatMulTN(to[0], part(dz, i, n), part(x, i, n), d.out, d.in, d.rows/n, false)
		kernel.SumRows(to[1], part(dz, i, n), d.rows/n, d.out)
	})
	if d.inputGradient {
		kernel.MatMulNN(d.dx.data, dz, w, d.rows, d.in, d.out, false)
	}
}
