// Package model turns a configuration into an autoencoder, variational or not: its
// named parameters, and the gorgonia graphs that train it, score images with it,
// encode and decode.
//
// The graphs are functions of their inputs and of nothing else: noise is an
// input, so whoever runs a graph decides on it, and a graph opens no file and
// draws no number.
//
// Shapes: B rows of a batch, K draws an image, D pixels of an image, H hidden
// units, L latents, C classes of a conditional model.
package model

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/rng"
	"vae/internal/run"
)

// maxParameters bounds a model to 1 GiB of weights; training holds four times
// as much.
const maxParameters = 1 << 28

// Param is one named parameter. Weights are [out, in], as PyTorch's Linear has
// them. The graphs read Value in place: whoever writes to it changes the model.
type Param struct {
	Name  string
	Shape []int
	Value []float32
}

// layer is one fully connected layer, y = act(x·wᵀ + b).
type layer struct {
	name         string
	in, out      int
	act          kernel.Activation
	weight, bias *Param
}

// Model is an autoencoder. A variational one has an encoder D-H-...-L with two
// heads for the mean and the log-variance of q(z|x), and a mirrored decoder
// L-...-H-D; with a second stochastic layer there are the same between z and the
// latents above it. The code of a plain autoencoder is one layer. Where the model
// is conditional, the label joins the inputs of encoder and decoder.
type Model struct {
	config     config.Model
	shape      config.Shape
	encoder    []layer
	mu, logvar layer // logvar only where q(z|x) is a distribution
	top        *top  // nil with one stochastic layer
	decoder    []layer
	variance   *Param // log-variance [1] of the likelihood; nil where it is fixed
	prior      *Prior // nil where the prior is the standard normal
	params     []*Param
	fixed      []*Param // saved with the model and not trained
}

// top is the second stochastic layer: q(z2|z1), and p(z1|z2).
type top struct {
	encoder           []layer
	mu, logvar        layer
	decoder           []layer
	priorMu, priorVar layer
}

// New builds a model for images of the given shape with the initial weights
// that belong to the seed.
func New(c config.Model, shape config.Shape, seed uint64) (*Model, error) {
	m, err := build(c, shape)
	if err != nil {
		return nil, err
	}
	for _, l := range m.layers() {
		l.initialize(c.Init, seed)
	}
	return m, nil
}

// Restore builds the model that a run has saved. The saved tensors must be
// exactly those that the configuration calls for.
func Restore(saved *run.Model) (*Model, error) {
	shape, err := saved.Config.Data.Shape()
	if err != nil {
		return nil, err
	}
	if shape.Pixels() == 0 {
		return nil, fmt.Errorf("image size %v is incomplete: a model's own configuration must give image_size and channels", shape)
	}
	if c := saved.Config.Model; c.Conditional != (len(c.Classes) > 0) {
		return nil, fmt.Errorf("its configuration contradicts itself: conditional is %v, with %d classes", c.Conditional, len(c.Classes))
	}
	m, err := build(saved.Config.Model, shape)
	if err != nil {
		return nil, err
	}
	return m, m.Load(saved.Tensors)
}

// build lays out the layers and allocates the parameters, all zero.
func build(c config.Model, shape config.Shape) (*Model, error) {
	m, err := layout(c, shape)
	if err != nil {
		return nil, err
	}
	if n := m.parameterCount(); n > maxParameters {
		return nil, fmt.Errorf("a model of %.0f million parameters (images %v, hidden %v, latent %d) is beyond the limit of %d million: lower %s, %s or %s",
			n/1e6, shape, c.Hidden, c.Latent, maxParameters/1_000_000, config.Mention("model.hidden"), config.Mention("model.latent"), config.Mention("data.image_size"))
	}
	if c.Sigma == config.Learned { // a state_dict has a module's own parameters first
		m.variance = newParam("x_logvar", 1)
		m.params = append(m.params, m.variance)
	}
	for _, l := range m.layers() {
		l.weight = newParam(l.name+".weight", l.out, l.in)
		l.bias = newParam(l.name+".bias", l.out)
		m.params = append(m.params, l.weight, l.bias)
	}
	if c.Kind != "vae" && c.Latent <= maxPrior {
		m.prior = newPrior(c.Latent)
		m.fixed = append(m.fixed, m.prior.mean, m.prior.factor, m.prior.noise)
	}
	return m, nil
}

func newParam(name string, shape ...int) *Param {
	n := 1
	for _, d := range shape {
		n *= d
	}
	return &Param{name, shape, make([]float32, n)}
}

func (m *Model) parameterCount() float64 {
	var n float64
	for _, l := range m.layers() {
		n += float64(l.in)*float64(l.out) + float64(l.out)
	}
	return n
}

// initialize draws the weights, each layer from its own stream.
func (l *layer) initialize(scheme config.Init, seed uint64) {
	r := rng.Stream(seed, "initial "+l.name)
	switch scheme {
	case "glorot": // Glorot and Bengio 2010, equation 16
		rng.Uniform(l.weight.Value, math.Sqrt(6/float64(l.in+l.out)), r)
		clear(l.bias.Value)
	default: // PyTorch's Linear: Kaiming-uniform with a = sqrt 5, that is 1/sqrt(fan-in)
		bound := 1 / math.Sqrt(float64(l.in))
		rng.Uniform(l.weight.Value, bound, r)
		rng.Uniform(l.bias.Value, bound, r)
	}
}

// Config returns the configuration that the model was built from.
func (m *Model) Config() config.Model { return m.config }

// Shape returns the shape of an image.
func (m *Model) Shape() config.Shape { return m.shape }

// Latent returns L.
func (m *Model) Latent() int { return m.config.Latent }

// Sigma returns the standard deviation of a gaussian likelihood, learned or fixed.
func (m *Model) Sigma() float64 {
	if m.variance != nil {
		logvar := min(max(float64(m.variance.Value[0]), logvarLow), logvarHigh)
		return math.Exp(0.5 * logvar)
	}
	return m.config.Sigma
}

// Variational reports whether q(z|x) is a distribution, and not a point.
func (m *Model) Variational() bool { return m.config.Kind == "vae" }

// Classes returns the names of the labels of a conditional model, else nothing.
func (m *Model) Classes() []string { return m.config.Classes }

// Params returns the parameters that are trained in the order of PyTorch's state_dict.
func (m *Model) Params() []*Param { return m.params }

// Tensors returns the parameters for saving, sharing their memory.
func (m *Model) Tensors() []run.Tensor {
	var tensors []run.Tensor
	for _, p := range m.saved() {
		tensors = append(tensors, run.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Value})
	}
	return tensors
}

// saved are the parameters, and what is kept with them.
func (m *Model) saved() []*Param { return slices.Concat(m.params, m.fixed) }

// Load copies saved tensors into the parameters. Names and shapes must be
// exactly the model's.
func (m *Model) Load(tensors []run.Tensor) error {
	byName := make(map[string]run.Tensor, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	for _, p := range m.saved() {
		t, ok := byName[p.Name]
		if !ok {
			return fmt.Errorf("tensor %q is missing", p.Name)
		}
		if fmt.Sprint(t.Shape) != fmt.Sprint(p.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v by the file's own configuration", p.Name, t.Shape, p.Shape)
		}
		copy(p.Value, t.Data)
		delete(byName, p.Name)
	}
	for _, t := range tensors {
		if _, left := byName[t.Name]; left {
			return fmt.Errorf("tensor %q does not belong to this model", t.Name)
		}
	}
	return nil
}
