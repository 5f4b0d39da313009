package layer

import (
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/norm"
	"vae/internal/op"
)

// foldable is a layer without an activation whose products can be of other weights.
type foldable interface {
	Layer
	linear() bool
	// with applies the layer with the weights and the bias in its place, and an activation.
	with(b *graph.Builder, x, weight, bias *graph.Node, act Activation) *graph.Node
	// weights returns weight and bias, and the axis of the weight that the outputs are.
	weights() (weight, bias *graph.Param, axis int)
}

// folding is a layer and batch normalization behind it. Where no gradients are taken, and the
// moments are the running ones, the normalization becomes a part of the weights, and takes no
// pass of its own.
type folding struct{ Stack }

// join adds a layer to a stack, as a part of a folding where it can be one.
func join(s Stack, l Layer) Stack {
	if _, ok := l.(*BatchNorm); ok && len(s) > 0 {
		if before, ok := s[len(s)-1].(foldable); ok && before.linear() {
			return append(s[:len(s)-1], folding{Stack{before, l}})
		}
	}
	return append(s, l)
}

// Apply implements Layer.
func (f folding) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	return f.applyBetween(b, x, inputGradient, kernel.Linear, false)
}

func (f folding) activation() kernel.Activation { return kernel.Linear } // there is none to leave

func (f folding) takes() bool {
	r, ok := f.Stack[0].(relay)
	return ok && r.takes()
}

func (f folding) applyBetween(b *graph.Builder, x *graph.Node, inputGradient bool, before kernel.Activation, _ bool) *graph.Node {
	switch r, ok := f.Stack[0].(relay); {
	case b.Measures() && b.RowWeights() == nil:
		return f.folded(b, x)
	case b.RowWeights() != nil && f.centers():
		x = f.Stack[0].(*Conv).between(b, x, op.Ends{InputGradient: inputGradient, Before: before, Centered: true})
	case ok:
		x = r.applyBetween(b, x, inputGradient, before, false)
	default:
		x = f.Stack[0].Apply(b, x, inputGradient)
	}
	return f.Stack[1].Apply(b, x, true)
}

// centers reports whether the first layer is one that can be told that its mean is taken out,
// as it is in training: its bias has no effect, and a pass over a map to sum its gradient would
// give rounding errors.
func (f folding) centers() bool {
	_, ok := f.Stack[0].(*Conv)
	return ok
}

func (f folding) folded(b *graph.Builder, x *graph.Node) *graph.Node {
	l, n := f.Stack[0].(foldable), f.Stack[1].(*BatchNorm)
	w, bias, axis := l.weights()
	folded, ofBias, err := op.FoldBatchNorm(b.Param(w), b.Param(bias), b.Param(n.weight), b.Param(n.bias), axis, norm.Batch{Epsilon: normEpsilon}, n.running())
	y := l.with(b, x, b.Node(folded, err), ofBias, n.act)
	b.Trace(n.name, y)
	return y
}

func (c *Conv) linear() bool { return c.Activation == Linear }

func (c *Conv) with(b *graph.Builder, x, weight, bias *graph.Node, act Activation) *graph.Node {
	return b.Node(c.apply(x, weight, bias, c.geometry, op.Ends{Activation: act.Kernel}))
}

func (c *Conv) weights() (weight, bias *graph.Param, axis int) {
	if c.kind == transposed {
		axis = 1
	}
	return c.Weight, c.Bias, axis
}

func (d *Dense) linear() bool { return d.Activation == Linear }

func (d *Dense) with(b *graph.Builder, x, weight, bias *graph.Node, act Activation) *graph.Node {
	return b.Node(op.Dense(x, weight, bias, act.Kernel, false))
}

func (d *Dense) weights() (weight, bias *graph.Param, axis int) { return d.Weight, d.Bias, 0 }
