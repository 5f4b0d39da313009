package op

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/conv"
	"vae/internal/kernel"
	"vae/internal/world"
)

// Ends say what comes before and after the product of a convolution. Where one operation
// follows another, and nothing else reads what is between them, the second may take over the
// derivative of the first one's activation: while the gradient that it computes is in the
// nearest caches. The gradient between them is then that before the activation.
type Ends struct {
	Activation    kernel.Activation
	InputGradient bool              // x has one; of data none exists, and none is computed
	Before        kernel.Activation // that gave x and was Left; Linear for none
	Left          bool              // the derivative of Activation, one of its output, to the next
	Centered      bool              // what follows takes the mean of each channel out: that of the bias has no gradient but 0
}

// Conv applies a convolution, y = act(w * x + b), with x [B,H·W·C], w [F,C,kh,kw] and
// b [F], and returns y [B,OH·OW·F]: maps whose channels lie side by side.
func Conv(x, w, b *gorgonia.Node, g conv.Geometry, e Ends) (*gorgonia.Node, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	c := &convolution{name: "conv", g: g, Ends: e, weight: g.WeightGradient}
	c.forward = product{g.PackedForward, g.PackForward, g.Forward, g.ForwardThrough}
	c.input = product{g.PackedBackward, g.PackBackward, g.InputGradient, g.InputGradientThrough}
	return c.apply(x, w, b, of(g.Height, g.Width, g.Channels), of(g.OutHeight(), g.OutWidth(), g.Filters))
}

// ConvTranspose applies a transposed convolution, y = act(wᵀ * x + b): the gradient of the
// input of the convolution that g describes, so that x [B,OH·OW·F] has the maps which that
// one gives, and y [B,H·W·C] those which it takes. w is [F,C,kh,kw] and b [C].
func ConvTranspose(x, w, b *gorgonia.Node, g conv.Geometry, e Ends) (*gorgonia.Node, error) {
	if err := g.Check(); err != nil {
		return nil, err
	}
	c := &convolution{name: "convTranspose", g: g, Ends: e}
	c.forward = product{g.PackedBackward, g.PackBackward, g.InputGradient, g.InputGradientThrough}
	c.input = product{g.PackedForward, g.PackForward, g.Forward, g.ForwardThrough}
	c.weight = func(dw, x, dy, scratch []float32, rows int) { g.WeightGradient(dw, dy, x, scratch, rows) }
	return c.apply(x, w, b, of(g.OutHeight(), g.OutWidth(), g.Filters), of(g.Height, g.Width, g.Channels))
}

// maps are those of a row: so many pixels of so many channels.
type maps struct{ pixels, channels int }

func of(height, width, channels int) maps { return maps{height * width, channels} }

// product is one of a convolution's with its weights: how many numbers these take as it
// wants them, what brings them there, what multiplies, and what multiplies and takes the
// derivative of an activation, of its output v.
type product struct {
	size    func() int
	pack    func(packed, w []float32)
	run     func(y, x, packed, bias []float32, rows int, act kernel.Activation)
	through func(dx, dy, packed, v []float32, rows int, act kernel.Activation)
}

// convolution is one of either kind, which are each other's gradients.
type convolution struct {
	Ends
	name           string
	g              conv.Geometry
	forward, input product // that of x, and that of the gradient of x
	weight         func(dw, x, dy, scratch []float32, rows int)

	*ending
	rows   int     // B
	packed *Buffer // the weights as forward wants them
}

// apply checks the inputs, whose geometry must be one that can be computed, and makes the
// node.
func (c *convolution) apply(x, w, b *gorgonia.Node, in, out maps) (*gorgonia.Node, error) {
	shapes, err := shapesOf(c.name, wanted{x, 2}, wanted{w, 4}, wanted{b, 1})
	if err != nil {
		return nil, err
	}
	xs, ws, bs := shapes[0], shapes[1], shapes[2]
	if xs[1] != in.pixels*in.channels || bs[0] != out.channels || ws[0] != c.g.Filters || ws[1] != c.g.Channels || ws[2] != c.g.KernelHeight || ws[3] != c.g.KernelWidth {
		return nil, fmt.Errorf("%s: input %v, weight %v and bias %v do not fit a convolution of %v", c.name, xs, ws, bs, c.g)
	}
	if c.Before.OfInput() || c.Left && c.Activation.OfInput() {
		return nil, fmt.Errorf("%s: the derivative of an activation that is left is one of the output", c.name)
	}
	c.rows, c.ending, c.packed = xs[0], newEnding(xs[0], out, c.Activation), newBuffer(c.forward.size())
	return apply(&fused{
		name: c.name, result: c.y, touched: c.touched(c.packed), run: c.run,
		wrt: []bool{c.InputGradient, true, true}, back: c.gradients,
	}, x, w, b)
}

func (c *convolution) run(in [][]float32) {
	c.forward.pack(c.packed.data, in[1])
	y, act := c.target()
	c.forward.run(y, in[0], c.packed.data, in[2], c.rows, act)
	c.finish()
}

// gradients are made by one operation, of x, w, dy and, for the activation, y, which returns
// dw; db and dx are handed out beside it.
func (c *convolution) gradients(b backward) (g gradients) {
	back := &convBackward{
		convolution: c, end: c.backward(c.Left, c.Centered),
		dw: newBuffer(b.inputs[1].Shape()...), scratch: newBuffer(c.g.WeightScratch(c.rows)),
	}
	f := &fused{name: c.name + "Backward", result: back.dw, touched: append(back.end.buffers(), back.scratch), run: back.run, over: back.end.dz, reads: 2}
	if c.InputGradient {
		back.packed, back.dx = newBuffer(c.input.size()), newBuffer(b.inputs[0].Shape()...)
		f.touched = append(f.touched, back.packed, back.dx)
	}
	inputs := gorgonia.Nodes{b.inputs[0], b.inputs[1], b.grad}
	if back.end.act != kernel.Linear { // else y is of no use any more, and its place may be another's
		inputs = append(inputs, b.output)
	}
	back.bySlices(f)
	dw, err := apply(f, inputs...)
	if c.InputGradient {
		g.add(beside("inputGradient", back.dx, dw, err))
	} else {
		g.add(nil, nil)
	}
	g.add(dw, err)
	g.add(beside("biasGradient", back.end.db, dw, err))
	return g
}

type convBackward struct {
	*convolution
	end         *endingBackward
	dw, scratch *Buffer
	packed      *Buffer // the weights as the product for dx wants them
	dx          *Buffer // nil without an input gradient
	sums        slicedSum
}

// bySlices has the gradients of weights and bias made of slices, which need less memory each.
func (c *convBackward) bySlices(f *fused) {
	c.sums.of(f, c.dw, c.end.db)
	trees := f.slice
	f.slice = func(s world.Slices) {
		*c.scratch = *newBuffer(c.g.WeightScratch(c.rows / s.Count()))
		*c.end.parts = *newBuffer(kernel.BiasGradientScratch(c.end.m/s.Count(), c.end.n))
		trees(s)
	}
}

func (c *convBackward) run(in [][]float32) {
	n, y, dz := c.sums.Count(), in[len(in)-1], in[2]
	if c.end.dz != nil {
		dz = c.end.dz.data
	}
	c.sums.run(func(to [][]float32, i int) {
		c.end.run(part(dz, i, n), to[1], i, n, y, in[2])
		c.weight(to[0], part(in[0], i, n), part(dz, i, n), c.scratch.data, c.rows/n)
	})
	if c.dx != nil {
		c.input.pack(c.packed.data, in[1])
		if c.Before == kernel.Linear {
			c.input.run(c.dx.data, dz, c.packed.data, nil, c.rows, kernel.Linear)
			return
		}
		c.input.through(c.dx.data, dz, c.packed.data, in[0], c.rows, c.Before)
	}
}
