package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/op"
	"vae/internal/rng"
)

// Dense is one fully connected layer, y = act(x·wᵀ + b).
type Dense struct {
	Name         string
	Activation   Activation
	Weight, Bias *graph.Param // [N,M] and [N]

	in, out int // M and N
}

// NewDense returns a layer of out units on rows of in numbers. Its parameters are called
// NAME.weight and NAME.bias, as PyTorch's Linear has them, and have no memory yet.
func NewDense(name string, in, out int, act Activation) *Dense {
	return &Dense{
		Name: name, Activation: act, in: in, out: out,
		Weight: graph.NewParam(name+".weight", out, in), Bias: graph.NewParam(name+".bias", out),
	}
}

// DenseMaker makes fully connected layers with an activation.
func DenseMaker(act Activation) Maker {
	return func(name string, in, units int) Layer { return NewDense(name, in, units, act) }
}

// In implements Layer.
func (d *Dense) In() config.Shape { return Features(d.in) }

// Out implements Layer.
func (d *Dense) Out() config.Shape { return Features(d.out) }

// Params returns weight and bias.
func (d *Dense) Params() []*graph.Param { return []*graph.Param{d.Weight, d.Bias} }

// Init implements Layer.
func (d *Dense) Init(scheme config.Init, seed uint64) error {
	return initialize(d.Weight, d.Bias, scheme, float64(d.in), float64(d.out), rng.Stream(seed, "initial "+d.Name))
}

// Apply implements Layer; what the layer puts out is traced by its name.
func (d *Dense) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	y := b.Node(op.Dense(x, b.Param(d.Weight), b.Param(d.Bias), d.Activation.Kernel, inputGradient))
	b.Trace(d.Name, y)
	return y
}

// Describe implements Layer.
func (d *Dense) Describe() string { return fmt.Sprintf("dense %d, %s", d.out, d.Activation.Name) }

// OutputBias returns the bias, one for each number of a row: where it is the last layer of a
// decoder, what the output is at the start.
func (d *Dense) OutputBias() *graph.Param { return d.Bias }

// MACs is how many numbers a forward pass multiplies and adds for a row.
func (d *Dense) MACs() float64 { return float64(d.in) * float64(d.out) }

// Units implements Active.
func (d *Dense) Units() Units { return Units{d.Name, d.Activation, d.out} }
