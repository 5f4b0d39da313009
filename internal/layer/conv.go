package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/conv"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
	"vae/internal/rng"
)

// Window is what a convolution looks at: a square of Kernel by Kernel pixels, which moves by
// Stride over a map with zeros around it. A transposed convolution has as many lines less
// around what it gives, and OutputBottom and OutputRight more there.
type Window struct {
	Kernel, Stride            int
	Top, Bottom, Left, Right  int
	OutputBottom, OutputRight int
}

// String is as layers are described: "4x4/2".
func (w Window) String() string {
	if w.Stride == 1 {
		return fmt.Sprintf("%dx%d", w.Kernel, w.Kernel)
	}
	return fmt.Sprintf("%dx%d/%d", w.Kernel, w.Kernel, w.Stride)
}

// over is the convolution of a map of this shape to so many filters.
func (w Window) over(in config.Shape, filters int) conv.Geometry {
	return conv.Geometry{
		Height: in.Height, Width: in.Width, Channels: in.Channels, Filters: filters,
		KernelHeight: w.Kernel, KernelWidth: w.Kernel, Stride: w.Stride,
		Top: w.Top, Bottom: w.Bottom, Left: w.Left, Right: w.Right,
	}
}

// Conv is a convolution or a transposed one, with its activation.
type Conv struct {
	Name         string
	Activation   Activation
	Weight, Bias *graph.Param // [filters,channels,k,k] and [filters]; transposed [channels,filters,k,k]

	kind     string // "conv", or "convt" of a transposed one
	in, out  config.Shape
	window   Window
	geometry conv.Geometry // of a transposed one that whose gradient it is
	apply    convolution
}

type convolution func(x, w, b *graph.Node, g conv.Geometry, e op.Ends) (*graph.Node, error)

// NewConv returns a convolution of maps to so many filters. Its parameters are called
// NAME.weight and NAME.bias, as PyTorch's Conv2d has them, and have no memory yet. Errors: a
// window that does not fit the map, in one line.
func NewConv(name string, in config.Shape, filters int, w Window, act Activation) (*Conv, error) {
	g := w.over(in, filters)
	if err := g.Check(); err != nil {
		return nil, err
	}
	if w.OutputBottom != 0 || w.OutputRight != 0 {
		return nil, fmt.Errorf("convolution of %v: the padding of an output is for transposed ones", g)
	}
	out := config.Shape{Width: g.OutWidth(), Height: g.OutHeight(), Channels: filters}
	return newConv("conv", name, in, out, w, g, act, op.Conv), nil
}

// NewConvTranspose returns a transposed convolution, whose parameters are those of PyTorch's
// ConvTranspose2d.
func NewConvTranspose(name string, in config.Shape, filters int, w Window, act Activation) (*Conv, error) {
	out := config.Shape{
		Width:    (in.Width-1)*w.Stride - w.Left - w.Right + w.Kernel + w.OutputRight,
		Height:   (in.Height-1)*w.Stride - w.Top - w.Bottom + w.Kernel + w.OutputBottom,
		Channels: filters,
	}
	switch {
	case w.OutputBottom < 0 || w.OutputRight < 0 || w.OutputBottom >= max(w.Stride, 1) || w.OutputRight >= max(w.Stride, 1):
		return nil, fmt.Errorf("transposed convolution of %v, stride %d: the padding of the output, %d and %d, must be less than the stride", in, w.Stride, w.OutputBottom, w.OutputRight)
	case out.Width < 1 || out.Height < 1:
		return nil, fmt.Errorf("transposed convolution of %v, kernel %dx%d, stride %d: its padding takes all of the map", in, w.Kernel, w.Kernel, w.Stride)
	}
	g := w.over(out, in.Channels)
	if err := g.Check(); err != nil {
		return nil, fmt.Errorf("transposed %w", err)
	}
	if g.OutWidth() != in.Width || g.OutHeight() != in.Height { // beyond an int
		return nil, fmt.Errorf("transposed convolution of %v, stride %d: a map beyond all bounds", in, w.Stride)
	}
	return newConv(transposed, name, in, out, w, g, act, op.ConvTranspose), nil
}

func newConv(kind, name string, in, out config.Shape, w Window, g conv.Geometry, act Activation, apply convolution) *Conv {
	return &Conv{
		Name: name, Activation: act, kind: kind, in: in, out: out, window: w, geometry: g, apply: apply,
		Weight: graph.NewParam(name+".weight", g.Filters, g.Channels, w.Kernel, w.Kernel),
		Bias:   graph.NewParam(name+".bias", out.Channels),
	}
}

// In implements Layer.
func (c *Conv) In() config.Shape { return c.in }

// Out implements Layer.
func (c *Conv) Out() config.Shape { return c.out }

// Params returns weight and bias.
func (c *Conv) Params() []*graph.Param { return []*graph.Param{c.Weight, c.Bias} }

// transposed is the kind of a transposed convolution.
const transposed = "convt"

// Init implements Layer. The fan-in is what PyTorch takes for it, the window times the second
// size of the weight: the channels, and of a transposed convolution the filters.
func (c *Conv) Init(scheme config.Init, seed uint64) error {
	window := float64(c.window.Kernel) * float64(c.window.Kernel)
	return initialize(c.Weight, c.Bias, scheme, window*float64(c.geometry.Channels), window*float64(c.geometry.Filters), rng.Stream(seed, "initial "+c.Name))
}

// Apply implements Layer; what the layer puts out is traced by its name.
func (c *Conv) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	return c.applyBetween(b, x, inputGradient, kernel.Linear, false)
}

func (c *Conv) activation() kernel.Activation { return c.Activation.Kernel }
func (c *Conv) takes() bool                   { return true }

func (c *Conv) applyBetween(b *graph.Builder, x *graph.Node, inputGradient bool, before kernel.Activation, left bool) *graph.Node {
	return c.between(b, x, op.Ends{Activation: c.Activation.Kernel, InputGradient: inputGradient, Before: before, Left: left})
}

func (c *Conv) between(b *graph.Builder, x *graph.Node, e op.Ends) *graph.Node {
	y := b.Node(c.apply(x, b.Param(c.Weight), b.Param(c.Bias), c.geometry, e))
	b.Trace(c.Name, y)
	return y
}

// Describe implements Layer: "conv 32, 4x4/2, relu".
func (c *Conv) Describe() string {
	return fmt.Sprintf("%s %d, %v, %s", c.kind, c.out.Channels, c.window, c.Activation.Name)
}

// OutputBias returns the bias, one for each channel.
func (c *Conv) OutputBias() *graph.Param { return c.Bias }

// MACs is how many numbers a forward pass multiplies and adds for a row, those of the zeros
// around a map with them.
func (c *Conv) MACs() float64 {
	return float64(c.geometry.Weights()) * float64(c.geometry.OutHeight()) * float64(c.geometry.OutWidth())
}

// Units implements Active: a unit is a channel.
func (c *Conv) Units() Units { return Units{c.Name, c.Activation, c.out.Channels} }
