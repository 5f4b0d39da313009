package layer

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/norm"
	"vae/internal/op"
)

// PyTorch's defaults of both normalizations.
const (
	normEpsilon  = 1e-5
	normMomentum = 0.1
)

// normalized is what batch and group normalization have in common: a map, the trained scale
// and shift of each of its channels, and the activation behind.
type normalized struct {
	name         string
	in           config.Shape
	act          Activation
	weight, bias *graph.Param // [C]
}

func newNormalized(name string, in config.Shape, act Activation) normalized {
	c := in.Channels
	return normalized{name, in, act, graph.NewParam(name+".weight", c), graph.NewParam(name+".bias", c)}
}

// In implements Layer.
func (n *normalized) In() config.Shape { return n.in }

// Out implements Layer.
func (n *normalized) Out() config.Shape { return n.in }

// Params returns weight and bias.
func (n *normalized) Params() []*graph.Param { return []*graph.Param{n.weight, n.bias} }

// Units implements Active.
func (n *normalized) Units() Units { return Units{n.name, n.act, n.weight.Shape[0]} }

// Init implements Layer: as in PyTorch each scale is 1 and each shift 0.
func (n *normalized) Init(config.Init, uint64) error {
	fill(n.weight.Value, 1)
	clear(n.bias.Value)
	return nil
}

func fill(values []float32, v float32) {
	for i := range values {
		values[i] = v
	}
}

// BatchNorm is batch normalization of each channel of a map, or of each feature where these are
// a map of one pixel, with PyTorch's constants; see [op.BatchNorm]. In a graph that is one of training
// (graph.Builder.Train) the moments are those of the batch, and move the running ones, which
// are saved; in others those are used.
type BatchNorm struct {
	normalized
	mean, variance *graph.Param // [C] running moments, not trained
}

// NewBatchNorm returns the layer. Its parameters are NAME.weight and NAME.bias, beside which
// NAME.running_mean and NAME.running_var are saved, as of PyTorch's BatchNorm2d.
func NewBatchNorm(name string, in config.Shape, act Activation) *BatchNorm {
	c := in.Channels
	variance := graph.NewParam(name+".running_var", c)
	variance.Variance = true
	return &BatchNorm{newNormalized(name, in, act), graph.NewParam(name+".running_mean", c), variance}
}

// Saved returns the running moments.
func (n *BatchNorm) Saved() []*graph.Param { return []*graph.Param{n.mean, n.variance} }

// Init implements Layer: the running moments begin as those of a standard normal.
func (n *BatchNorm) Init(scheme config.Init, seed uint64) error {
	clear(n.mean.Value)
	fill(n.variance.Value, 1)
	return n.normalized.Init(scheme, seed)
}

// OfImagesAlone says that what a number is compared with is only that of the other images of a
// batch: of one image alone, training sees nothing but the shift.
func (n *BatchNorm) OfImagesAlone() bool { return n.in.Pixels() == n.in.Channels }

func (n *BatchNorm) running() norm.Running {
	return norm.Running{Mean: n.mean.Value, Variance: n.variance.Value, Momentum: normMomentum}
}

// Apply implements Layer.
func (n *BatchNorm) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	y := b.Node(op.BatchNorm(x, b.Param(n.weight), b.Param(n.bias), b.RowWeights(), norm.Batch{Act: n.act.Kernel, Epsilon: normEpsilon}, n.running(), inputGradient))
	b.Trace(n.name, y)
	return y
}

// Describe implements Layer.
func (n *BatchNorm) Describe() string { return fmt.Sprintf("batchnorm, %s", n.act.Name) }

// GroupNorm is group normalization of the channels of a map, with PyTorch's constants; see [op.GroupNorm]. It is the same in training and afterwards.
type GroupNorm struct {
	normalized
	groups int
}

// NewGroupNorm returns the layer, whose parameters are NAME.weight and NAME.bias, as of
// PyTorch's GroupNorm. Errors: groups that do not divide the channels.
func NewGroupNorm(name string, in config.Shape, groups int, act Activation) (*GroupNorm, error) {
	if groups < 1 || in.Channels%groups != 0 {
		return nil, fmt.Errorf("%d groups of the channels of a map of %v: their number must divide that of the channels", groups, in)
	}
	return &GroupNorm{newNormalized(name, in, act), groups}, nil
}

// Apply implements Layer.
func (n *GroupNorm) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	y := b.Node(op.GroupNorm(x, b.Param(n.weight), b.Param(n.bias), b.RowWeights(), norm.Group{Groups: n.groups, Act: n.act.Kernel, Epsilon: normEpsilon}, inputGradient))
	b.Trace(n.name, y)
	return y
}

// Describe implements Layer.
func (n *GroupNorm) Describe() string { return fmt.Sprintf("groupnorm %d, %s", n.groups, n.act.Name) }

var _, _ Layer = (*BatchNorm)(nil), (*GroupNorm)(nil)
