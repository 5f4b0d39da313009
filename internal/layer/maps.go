package layer

import (
	"errors"
	"fmt"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// plain is a layer without parameters.
type plain struct {
	in, out  config.Shape
	describe string
	apply    func(b *graph.Builder, x *graph.Node) *graph.Node
}

func (p *plain) In() config.Shape                                          { return p.in }
func (p *plain) Out() config.Shape                                         { return p.out }
func (p *plain) Params() []*graph.Param                                    { return nil }
func (p *plain) Init(config.Init, uint64) error                            { return nil }
func (p *plain) Describe() string                                          { return p.describe }
func (p *plain) Apply(b *graph.Builder, x *graph.Node, _ bool) *graph.Node { return p.apply(b, x) }

// NewFlatten returns the layer that makes features of a map, in PyTorch's order: channel by
// channel.
func NewFlatten(in config.Shape) Layer {
	return &plain{in, Features(in.Pixels()), "flatten", func(b *graph.Builder, x *graph.Node) *graph.Node {
		if oneOrder(in) {
			return x
		}
		return b.Node(op.Flatten(x, in.Channels))
	}}
}

// NewReshape returns the layer that makes a map of as many features, in PyTorch's order.
func NewReshape(out config.Shape) Layer {
	return &plain{Features(out.Pixels()), out, "reshape " + out.String(), func(b *graph.Builder, x *graph.Node) *graph.Node {
		if oneOrder(out) {
			return x
		}
		return b.Node(op.Unflatten(x, out.Channels))
	}}
}

// oneOrder reports whether the numbers of a map lie in the same order channel by channel and
// pixel by pixel.
func oneOrder(s config.Shape) bool { return s.Channels == 1 || s.Width*s.Height == 1 }

// activate applies an activation and nothing else.
type activate struct {
	plain
	act kernel.Activation
}

// NewActivate returns the layer that applies an activation and nothing else.
func NewActivate(in config.Shape, act Activation) Layer {
	a := &activate{plain{in: in, out: in, describe: string(act.Name)}, act.Kernel}
	a.apply = func(b *graph.Builder, x *graph.Node) *graph.Node { return b.Node(op.Activate(x, a.act, false)) }
	return a
}

func (a *activate) activation() kernel.Activation { return a.act }
func (a *activate) takes() bool                   { return false }

func (a *activate) applyBetween(b *graph.Builder, x *graph.Node, _ bool, _ kernel.Activation, left bool) *graph.Node {
	return b.Node(op.Activate(x, a.act, left))
}

// NewAveragePool returns the layer that takes the mean over n by n pixels of a map, as PyTorch's
// AvgPool2d; those at the right and at the bottom that do not fill one have no say. Errors: a
// map that is smaller.
func NewAveragePool(in config.Shape, n int) (Layer, error) {
	r := op.Resize{Height: in.Height, Width: in.Width, Channels: in.Channels, Factor: n}
	out := config.Shape{Width: r.SmallWidth(), Height: r.SmallHeight(), Channels: in.Channels}
	if n < 1 || out.Pixels() == 0 {
		return nil, fmt.Errorf("the mean over %dx%d pixels of a map of %v: it has fewer", n, n, in)
	}
	return &plain{in, out, fmt.Sprintf("average pool %d", n), func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Node(op.AveragePool(x, r))
	}}, nil
}

// NewUpsample returns the layer that makes n by n of each pixel of a map, as PyTorch's
// UpsamplingNearest2d. Errors: n is below 1.
func NewUpsample(in config.Shape, n int) (Layer, error) {
	if n < 1 {
		return nil, fmt.Errorf("%dx%d pixels for one of a map of %v: at least 1 is needed", n, n, in)
	}
	r := op.Resize{Height: n * in.Height, Width: n * in.Width, Channels: in.Channels, Factor: n}
	out := config.Shape{Width: r.Width, Height: r.Height, Channels: in.Channels}
	return &plain{in, out, fmt.Sprintf("upsample %d", n), func(b *graph.Builder, x *graph.Node) *graph.Node {
		return b.Node(op.Upsample(x, r))
	}}, nil
}

// Residual adds what its body makes of x to x, or to what a shortcut makes of it (He et al.
// 2016).
type Residual struct {
	Name           string
	Body, Shortcut Stack // no shortcut is x itself
}

// NewResidual returns the block. Errors: body and shortcut that do not give one shape.
func NewResidual(name string, body, shortcut Stack) (*Residual, error) {
	if len(body) == 0 {
		return nil, errors.New("a residual block of no layers")
	}
	with := body.In()
	if len(shortcut) > 0 {
		if !sameForm(shortcut.In(), with) {
			return nil, fmt.Errorf("a residual block whose layers take %v and whose shortcut takes %v", with, shortcut.In())
		}
		with = shortcut.Out()
	}
	if !sameForm(body.Out(), with) {
		return nil, fmt.Errorf("a residual block whose layers give %v, to be added to %v", body.Out(), with)
	}
	return &Residual{name, body, shortcut}, nil
}

// sameForm reports whether shapes are the same, plain features also being the channels of a map of
// one pixel, which is how a normalization sees them.
func sameForm(a, b config.Shape) bool {
	plain := func(s config.Shape) bool { return s == Features(s.Pixels()) || s == onePixel(s.Pixels()) }
	return a == b || a.Pixels() == b.Pixels() && plain(a) && plain(b)
}

// In implements Layer.
func (r *Residual) In() config.Shape { return r.Body.In() }

// Out implements Layer.
func (r *Residual) Out() config.Shape { return r.Body.Out() }

// Parts are the layers of body and shortcut.
func (r *Residual) Parts() Stack { return append(append(Stack{}, r.Body...), r.Shortcut...) }

// Params returns the parameters of the body and of the shortcut.
func (r *Residual) Params() []*graph.Param { return r.Parts().Params() }

// Init implements Layer.
func (r *Residual) Init(scheme config.Init, seed uint64) error { return r.Parts().Init(scheme, seed) }

// Apply implements Layer.
func (r *Residual) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	y := r.Body.Apply(b, x, inputGradient)
	return b.Node(op.Add(r.Shortcut.Apply(b, x, inputGradient), y))
}

// Describe implements Layer.
func (r *Residual) Describe() string {
	if len(r.Shortcut) == 0 {
		return "residual [" + r.Body.Describe() + "]"
	}
	return "residual [" + r.Body.Describe() + " | " + r.Shortcut.Describe() + "]"
}

// Gated is a layer h whose units another one of the same input lets through, y = h *
// sigmoid(g) (Dauphin et al. 2017).
type Gated struct{ h, g Layer }

// NewGatedDense returns a gated fully connected layer, whose parameters are NAME.h.weight,
// NAME.h.bias, NAME.g.weight and NAME.g.bias; the activation is that of h.
func NewGatedDense(name string, in, units int, act Activation) *Gated {
	return &Gated{NewDense(name+".h", in, units, act), NewDense(name+".g", in, units, sigmoid)}
}

// NewGatedConv returns a gated convolution.
func NewGatedConv(name string, in config.Shape, filters int, w Window, act Activation) (*Gated, error) {
	h, err := NewConv(name+".h", in, filters, w, act)
	if err != nil {
		return nil, err
	}
	g, err := NewConv(name+".g", in, filters, w, sigmoid)
	return &Gated{h, g}, err
}

var sigmoid = Activation{config.Sigmoid, activations[config.Sigmoid]}

// In implements Layer.
func (g *Gated) In() config.Shape { return g.h.In() }

// Out implements Layer.
func (g *Gated) Out() config.Shape { return g.h.Out() }

// Parts are h and g.
func (g *Gated) Parts() Stack { return Stack{g.h, g.g} }

// Params returns the parameters of h and of g.
func (g *Gated) Params() []*graph.Param { return g.Parts().Params() }

// Init implements Layer.
func (g *Gated) Init(scheme config.Init, seed uint64) error { return g.Parts().Init(scheme, seed) }

// Apply implements Layer.
func (g *Gated) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	h := g.h.Apply(b, x, inputGradient)
	return b.Node(op.Multiply(h, g.g.Apply(b, x, inputGradient)))
}

// Describe implements Layer: "gated dense 300, linear".
func (g *Gated) Describe() string { return "gated " + g.h.Describe() }
