// Package layer holds the parts of a network: differentiable maps with named
// parameters.
//
// Shapes: a layer takes x [B,M] and gives [B,N], B rows of a batch. What the M numbers of
// a row are, pixels with height, width and channels or plain features, is known from a
// [config.Shape], so that operations keep to rank 2.
package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
)

// Layer is a differentiable map. A run of layers (Stack) is one itself.
type Layer interface {
	// In and Out are the shapes of a row before and after.
	In() config.Shape
	Out() config.Shape
	// Params are the trained parameters in the order of PyTorch's state_dict.
	Params() []*graph.Param
	// Init draws the initial weights that belong to the seed, each layer from a stream of
	// its own. Errors: a scheme that the layer does not know.
	Init(scheme config.Init, seed uint64) error
	// Apply writes the layer down. Where inputGradient is false x has no gradient, and
	// none is computed.
	Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node
	// Describe says in a few words what it is: "dense 400, relu".
	Describe() string
}

// Features is the shape of n plain numbers.
func Features(n int) config.Shape { return config.Shape{Width: n, Height: 1, Channels: 1} }

// Stack is a run of layers, one after the other. Of no layers it is nothing, and has no
// shape.
type Stack []Layer

// In returns the shape that the first layer takes.
func (s Stack) In() config.Shape { return s[0].In() }

// Out returns the shape that the last layer gives.
func (s Stack) Out() config.Shape { return s[len(s)-1].Out() }

// Params returns the parameters of all layers.
func (s Stack) Params() (all []*graph.Param) {
	for _, l := range s {
		all = append(all, l.Params()...)
	}
	return all
}

// Saved returns what the layers save beside their parameters and do not train, such as running
// moments, in the order of PyTorch's state_dict.
func (s Stack) Saved() (all []*graph.Param) {
	for l := range Each(s) {
		if keeper, ok := l.(interface{ Saved() []*graph.Param }); ok {
			all = append(all, keeper.Saved()...)
		}
	}
	return all
}

// Init draws the initial weights of all layers.
func (s Stack) Init(scheme config.Init, seed uint64) error {
	for _, l := range s {
		if err := l.Init(scheme, seed); err != nil {
			return err
		}
	}
	return nil
}

// Apply applies the layers in order; inputGradient is that of the first, and behind
// parameters there is one. No layers pass x on.
func (s Stack) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	before := kernel.Linear
	for i, l := range s {
		left := s.left(i)
		if r, ok := l.(relay); ok {
			x = r.applyBetween(b, x, inputGradient, before, left != kernel.Linear)
		} else {
			x = l.Apply(b, x, inputGradient)
		}
		inputGradient = inputGradient || len(l.Params()) > 0
		before = left
	}
	return x
}

// relay is a layer that may leave the derivative of its activation to the layer behind it,
// which takes it while it computes the gradient between them: see [op.Ends].
type relay interface {
	activation() kernel.Activation
	takes() bool // over the derivative of another
	applyBetween(b *graph.Builder, x *graph.Node, inputGradient bool, before kernel.Activation, left bool) *graph.Node
}

// left is the activation whose derivative layer i leaves to the next, or Linear.
func (s Stack) left(i int) kernel.Activation {
	if i+1 == len(s) {
		return kernel.Linear
	}
	from, leaves := s[i].(relay)
	to, ok := s[i+1].(relay)
	if !leaves || !ok || !to.takes() || from.activation().OfInput() {
		return kernel.Linear
	}
	return from.activation()
}

// Parts are the layers.
func (s Stack) Parts() Stack { return s }

// Describe lists the layers.
func (s Stack) Describe() string {
	text := ""
	for i, l := range s {
		if i > 0 {
			text += "; "
		}
		text += l.Describe()
	}
	return text
}

var _ Layer = Stack{}

// Maker makes a hidden layer of so many units on rows of in numbers.
type Maker func(name string, in, units int) Layer

// Hidden is a stack of hidden layers of these widths, numbered as in a Sequential of
// PyTorch with the activations between them (NAME.0, NAME.2, ...), on rows of in numbers.
// Beside it comes the width at its end.
func Hidden(name string, in int, widths []int, layer Maker) (Stack, int) {
	var layers Stack
	for i, width := range widths {
		layers = append(layers, layer(fmt.Sprintf("%s.%d", name, 2*i), in, width))
		in = width
	}
	return layers, in
}
