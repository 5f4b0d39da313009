package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
	"vae/internal/norm"
	"vae/internal/world"
)

// BatchNorm normalizes each channel of maps x [B,P·C], channels side by side, by its moments
// over a batch, scales it by weight [C], adds bias [C] and activates: see [norm.Batch], whose
// Maps are filled in here. Where rowWeights is a node, [B'] with B a multiple of B', it is that
// of training: the moments are those of x, over the rows whose weight is not 0, and move the
// running ones once a run. Where it is nil these take their place. It is data. Where
// inputGradient is false no gradient with respect to x exists, and none is computed.
func BatchNorm(x, weight, bias, rowWeights *gorgonia.Node, n norm.Batch, running norm.Running, inputGradient bool) (*gorgonia.Node, error) {
	o := &normalization{name: "batchNorm", act: n.Act, inputGradient: inputGradient}
	err := o.check(x, weight, bias, rowWeights)
	if err != nil {
		return nil, err
	}
	n.Maps = o.maps
	o.kept = newBuffer(n.Kept())
	if rowWeights != nil { // else no row has to do with another
		o.slice = func(s world.Slices) { n.Slices = s }
	}
	o.forward = func(in normalized) {
		if in.rowWeights == nil {
			n.Evaluate(o.y.data, in.x, in.weight, in.bias, o.kept.data, running)
			return
		}
		n.Train(o.y.data, in.x, in.weight, in.bias, o.kept.data, in.rowWeights, running)
	}
	o.backward = func(to *normalizationBackward, in normalized) {
		n.Gradients(to.into(), to.dweight.data, to.dbias.data, in.dy, in.x, in.y, o.kept.data, in.rowWeights, in.rowWeights != nil)
	}
	return o.apply(x, weight, bias, rowWeights)
}

// GroupNorm normalizes each row's groups of channels of maps x [B,P·C], channels side by side,
// by their own moments, scales each channel by weight [C], adds bias [C] and activates: see
// [norm.Group], whose Maps are filled in here. Rows whose weight in rowWeights is 0, [B'] with
// B a multiple of B', have no say in the gradients; it is data, and may be nil. Where
// inputGradient is false no gradient with respect to x exists, and none is computed.
func GroupNorm(x, weight, bias, rowWeights *gorgonia.Node, n norm.Group, inputGradient bool) (*gorgonia.Node, error) {
	o := &normalization{name: "groupNorm", act: n.Act, inputGradient: inputGradient}
	err := o.check(x, weight, bias, rowWeights)
	if err == nil && (n.Groups < 1 || o.maps.Channels%n.Groups != 0) {
		err = fmt.Errorf("%s: %d groups of %d channels", o.name, n.Groups, o.maps.Channels)
	}
	if err != nil {
		return nil, err
	}
	n.Maps = o.maps
	o.kept = newBuffer(n.Kept())
	o.forward = func(in normalized) { n.Forward(o.y.data, in.x, in.weight, in.bias, o.kept.data) }
	o.backward = func(to *normalizationBackward, in normalized) {
		count, some := to.sums.Count(), n
		some.Rows /= count
		to.sums.run(func(sums [][]float32, i int) {
			some.Gradients(part(to.into(), i, count), sums[0], sums[1], part(in.dy, i, count), part(in.x, i, count), part(in.y, i, count),
				in.weight, in.bias, part(o.kept.data, i, count), part(in.rowWeights, i, count))
		})
	}
	return o.apply(x, weight, bias, rowWeights)
}

// normalization is what both have in common.
type normalization struct {
	name          string
	maps          norm.Maps
	act           kernel.Activation
	inputGradient bool
	y, kept       *Buffer
	slice         func(world.Slices) // of a forward pass that sums over rows; nil of another
	forward       func(in normalized)
	backward      func(to *normalizationBackward, in normalized)
}

// normalized is the memory of the inputs: y and dy are nil in the forward pass, rowWeights
// where there are none.
type normalized struct{ x, weight, bias, y, dy, rowWeights []float32 }

// check finds the maps.
func (o *normalization) check(x, weight, bias, rowWeights *gorgonia.Node) error {
	shapes, err := shapesOf(o.name, wanted{x, 2}, wanted{weight, 1}, wanted{bias, 1})
	if err != nil {
		return err
	}
	xs, ws, bs := shapes[0], shapes[1], shapes[2]
	if ws[0] < 1 || ws[0] != bs[0] || xs[1]%ws[0] != 0 {
		return fmt.Errorf("%s: input %v, weight %v and bias %v do not fit", o.name, xs, ws, bs)
	}
	o.maps = norm.Maps{Rows: xs[0], Pixels: xs[1] / ws[0], Channels: ws[0]}
	if rowWeights == nil {
		return nil
	}
	rs, err := shapeOf(o.name, rowWeights, 1)
	if err == nil && (rs[0] < 1 || xs[0]%rs[0] != 0) {
		err = fmt.Errorf("%s: input %v and weights of rows %v do not fit", o.name, xs, rs)
	}
	return err
}

// with appends the weights of the rows, where there are any.
func with(rowWeights *gorgonia.Node, nodes ...*gorgonia.Node) []*gorgonia.Node {
	if rowWeights != nil {
		nodes = append(nodes, rowWeights)
	}
	return nodes
}

// last is the memory of those; nil where there are none and so many other inputs.
func last(in [][]float32, others int) []float32 {
	if len(in) == others {
		return nil
	}
	return in[others]
}

func (o *normalization) apply(x, weight, bias, rowWeights *gorgonia.Node) (*gorgonia.Node, error) {
	o.y = newBuffer(x.Shape()...)
	f := &fused{
		name: o.name, result: o.y, touched: []*Buffer{o.kept}, back: o.gradients, slice: o.slice,
		run: func(in [][]float32) {
			o.forward(normalized{x: in[0], weight: in[1], bias: in[2], rowWeights: last(in, 3)})
		},
	}
	inputs := with(rowWeights, x, weight, bias)
	f.wrt = []bool{o.inputGradient, true, true, false}[:len(inputs)]
	return apply(f, inputs...)
}

// normalizationBackward returns dweight [C]; dbias [C] and dx [B,P·C] are handed out beside it.
type normalizationBackward struct {
	dweight, dbias *Buffer
	dx             *Buffer // nil where it is of no use
	sums           slicedSum
}

func (o *normalization) gradients(b backward) (g gradients) {
	channels := o.maps.Channels
	to := &normalizationBackward{dweight: newBuffer(channels), dbias: newBuffer(channels)}
	f := &fused{name: o.name + "Backward", result: to.dweight, touched: []*Buffer{to.dbias, o.kept}}
	f.run = func(in [][]float32) {
		o.backward(to, normalized{x: in[0], weight: in[1], bias: in[2], y: in[3], dy: in[4], rowWeights: last(in, 5)})
	}
	if o.slice == nil {
		to.sums.of(f, to.dweight, to.dbias)
	}
	var rowWeights *gorgonia.Node
	if len(b.inputs) > 3 {
		rowWeights = b.inputs[3]
	}
	if o.inputGradient || o.act.OfInput() { // which needs the place
		to.dx = newBuffer(b.inputs[0].Shape()...)
		f.touched, f.over, f.reads = append(f.touched, to.dx), to.dx, 4 // dy
	}
	dweight, err := apply(f, with(rowWeights, b.inputs[0], b.inputs[1], b.inputs[2], b.output, b.grad)...)
	if o.inputGradient {
		g.add(beside("inputGradient", to.dx, dweight, err))
	} else {
		g.add(nil, nil)
	}
	g.add(dweight, err)
	g.add(beside("biasGradient", to.dbias, dweight, err))
	if rowWeights != nil {
		g.add(nil, nil)
	}
	return g
}

// into is the memory of dx, nil without.
func (b *normalizationBackward) into() []float32 {
	if b.dx == nil {
		return nil
	}
	return b.dx.data
}

// FoldBatchNorm makes of the weights w of a product, whose channels are its first axis or its
// second, and of its bias b [C], those of a product that gives what BatchNorm with running
// moments makes of its result, before the activation: folded, of the shape of w, and bias [C].
// They have no gradients.
func FoldBatchNorm(w, b, weight, bias *gorgonia.Node, axis int, n norm.Batch, running norm.Running) (folded, foldedBias *gorgonia.Node, err error) {
	const name = "foldBatchNorm"
	shapes, err := shapesOf(name, wanted{w, w.Shape().Dims()}, wanted{b, 1}, wanted{weight, 1}, wanted{bias, 1})
	if err != nil {
		return nil, nil, err
	}
	ws, c := shapes[0], shapes[1][0]
	if axis < 0 || axis > 1 || axis >= len(ws) || ws[axis] != c || shapes[2][0] != c || shapes[3][0] != c {
		return nil, nil, fmt.Errorf("%s: weight %v, its bias %v, scale %v and shift %v do not fit along axis %d", name, ws, shapes[1], shapes[2], shapes[3], axis)
	}
	outer := 1
	if axis == 1 {
		outer = ws[0]
	}
	n.Maps = norm.Maps{Channels: c}
	result, ofBias, kept := newBuffer(ws...), newBuffer(c), newBuffer(n.Kept())
	folded, err = apply(&fused{
		name: name, result: result, touched: []*Buffer{ofBias, kept},
		run: func(in [][]float32) {
			n.Fold(result.data, ofBias.data, in[0], in[1], in[2], in[3], kept.data, running, outer)
		},
	}, w, b, weight, bias)
	foldedBias, err = beside("foldedBias", ofBias, folded, err)
	return folded, foldedBias, err
}
