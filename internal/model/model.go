// Package model turns a configuration into a variational autoencoder: its named
// parameters, and the gorgonia graphs that train it, score images with it,
// encode and decode.
//
// The graphs are functions of their inputs and of nothing else: noise is an
// input, so whoever runs a graph decides on it, and a graph opens no file and
// draws no number.
//
// Shapes: B rows of a batch, D pixels of an image, H hidden units, L latents.
package model

import (
	"fmt"
	"math"

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

// Model is a variational autoencoder: an encoder D-H-...-L with two heads for
// the mean and the log-variance of q(z|x), and a mirrored decoder L-...-H-D.
type Model struct {
	config     config.Model
	shape      config.Shape
	encoder    []layer
	mu, logvar layer
	decoder    []layer
	params     []*Param
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
	m, err := build(saved.Config.Model, shape)
	if err != nil {
		return nil, err
	}
	return m, m.Load(saved.Tensors)
}

// build lays out the layers and allocates the parameters, all zero.
func build(c config.Model, shape config.Shape) (*Model, error) {
	act, err := activation(c.Activation)
	if err != nil {
		return nil, err
	}
	m := &Model{config: c, shape: shape}
	in := shape.Pixels()
	for i, width := range c.Hidden {
		m.encoder = append(m.encoder, layer{name: fmt.Sprintf("encoder.%d", 2*i), in: in, out: width, act: act})
		in = width
	}
	m.mu = layer{name: "fc_mu", in: in, out: c.Latent}
	m.logvar = layer{name: "fc_logvar", in: in, out: c.Latent}
	in = c.Latent
	for i := range c.Hidden {
		width := c.Hidden[len(c.Hidden)-1-i]
		m.decoder = append(m.decoder, layer{name: fmt.Sprintf("decoder.%d", 2*i), in: in, out: width, act: act})
		in = width
	}
	m.decoder = append(m.decoder, layer{name: fmt.Sprintf("decoder.%d", 2*len(c.Hidden)), in: in, out: shape.Pixels()})
	if n := m.parameterCount(); n > maxParameters {
		return nil, fmt.Errorf("a model of %.0f million parameters (images %v, hidden %v, latent %d) is beyond the limit of %d million: lower --hidden, --latent or --image-size",
			n/1e6, shape, c.Hidden, c.Latent, maxParameters/1_000_000)
	}
	for _, l := range m.layers() {
		l.weight = &Param{l.name + ".weight", []int{l.out, l.in}, make([]float32, l.out*l.in)}
		l.bias = &Param{l.name + ".bias", []int{l.out}, make([]float32, l.out)}
		m.params = append(m.params, l.weight, l.bias)
	}
	return m, nil
}

// layers lists all layers in the order of PyTorch's state_dict.
func (m *Model) layers() []*layer {
	var all []*layer
	for i := range m.encoder {
		all = append(all, &m.encoder[i])
	}
	all = append(all, &m.mu, &m.logvar)
	for i := range m.decoder {
		all = append(all, &m.decoder[i])
	}
	return all
}

func (m *Model) parameterCount() float64 {
	var n float64
	for _, l := range m.layers() {
		n += float64(l.in)*float64(l.out) + float64(l.out)
	}
	return n
}

// initialize draws the weights, each layer from its own stream.
func (l *layer) initialize(scheme string, seed uint64) {
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

// activation translates the names that config.Activations lists.
func activation(name string) (kernel.Activation, error) {
	act, ok := map[string]kernel.Activation{
		"linear": kernel.Linear, "relu": kernel.ReLU, "leaky-relu": kernel.LeakyReLU, "tanh": kernel.Tanh,
		"sigmoid": kernel.Sigmoid, "softplus": kernel.Softplus, "elu": kernel.ELU,
	}[name]
	if !ok {
		return 0, fmt.Errorf("unknown activation %q", name)
	}
	return act, nil
}

// Config returns the configuration that the model was built from.
func (m *Model) Config() config.Model { return m.config }

// Shape returns the shape of an image.
func (m *Model) Shape() config.Shape { return m.shape }

// Latent returns L.
func (m *Model) Latent() int { return m.config.Latent }

// Params returns the parameters in the order of PyTorch's state_dict.
func (m *Model) Params() []*Param { return m.params }

// Tensors returns the parameters for saving, sharing their memory.
func (m *Model) Tensors() []run.Tensor {
	tensors := make([]run.Tensor, len(m.params))
	for i, p := range m.params {
		tensors[i] = run.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Value}
	}
	return tensors
}

// Load copies saved tensors into the parameters. Names and shapes must be
// exactly the model's.
func (m *Model) Load(tensors []run.Tensor) error {
	byName := make(map[string]run.Tensor, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	for _, p := range m.params {
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
