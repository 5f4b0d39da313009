package model

import (
	"fmt"
	"slices"

	"vae/internal/config"
	"vae/internal/kernel"
)

// layout decides on the layers, without their parameters.
func layout(c config.Model, shape config.Shape) (*Model, error) {
	act, err := activation(c.Activation)
	if err != nil {
		return nil, err
	}
	m := &Model{config: c, shape: shape}
	pixels, classes := shape.Pixels(), len(c.Classes)
	var h int
	m.encoder, h = stack("encoder", pixels+classes, c.Hidden, act)
	if m.Variational() {
		m.mu = layer{name: "fc_mu", in: h, out: c.Latent}
		m.logvar = layer{name: "fc_logvar", in: h, out: c.Latent}
	} else {
		code, err := activation(c.CodeActivation)
		if err != nil {
			return nil, err
		}
		m.mu = layer{name: "fc_code", in: h, out: c.Latent, act: code}
	}
	if c.TopLatent > 0 {
		m.top = newTop(c, act)
	}
	m.decoder, h = stack("decoder", c.Latent+classes, mirrored(c.Hidden), act)
	m.decoder = append(m.decoder, layer{name: fmt.Sprintf("decoder.%d", 2*len(c.Hidden)), in: h, out: pixels})
	return m, nil
}

func newTop(c config.Model, act kernel.Activation) *top {
	t := &top{}
	var h int
	t.encoder, h = stack("top_encoder", c.Latent, c.TopHidden, act)
	t.mu = layer{name: "top_fc_mu", in: h, out: c.TopLatent}
	t.logvar = layer{name: "top_fc_logvar", in: h, out: c.TopLatent}
	t.decoder, h = stack("top_decoder", c.TopLatent, mirrored(c.TopHidden), act)
	t.priorMu = layer{name: "prior_mu", in: h, out: c.Latent}
	t.priorVar = layer{name: "prior_logvar", in: h, out: c.Latent}
	return t
}

// stack is a run of hidden layers, numbered as in a Sequential of PyTorch with the
// activations between them, and its width at the end.
func stack(name string, in int, widths []int, act kernel.Activation) ([]layer, int) {
	var layers []layer
	for i, width := range widths {
		layers = append(layers, layer{name: fmt.Sprintf("%s.%d", name, 2*i), in: in, out: width, act: act})
		in = width
	}
	return layers, in
}

func mirrored(widths []int) []int {
	widths = slices.Clone(widths)
	slices.Reverse(widths)
	return widths
}

// layers lists all layers in the order of PyTorch's state_dict.
func (m *Model) layers() []*layer {
	all := pointers(m.encoder)
	all = append(all, &m.mu)
	if m.Variational() {
		all = append(all, &m.logvar)
	}
	if t := m.top; t != nil {
		all = append(append(all, pointers(t.encoder)...), &t.mu, &t.logvar)
		all = append(append(all, pointers(t.decoder)...), &t.priorMu, &t.priorVar)
	}
	return append(all, pointers(m.decoder)...)
}

// InEncoder reports whether a parameter is one of q(z|x).
func (m *Model) InEncoder(p *Param) bool {
	of := pointers(m.encoder)
	of = append(of, &m.mu)
	if m.Variational() {
		of = append(of, &m.logvar)
	}
	if t := m.top; t != nil {
		of = append(append(of, pointers(t.encoder)...), &t.mu, &t.logvar)
	}
	return slices.ContainsFunc(of, func(l *layer) bool { return l.weight == p || l.bias == p })
}

func pointers(layers []layer) []*layer {
	var all []*layer
	for i := range layers {
		all = append(all, &layers[i])
	}
	return all
}

// activation translates the names that config.Activations lists.
func activation(name config.Activation) (kernel.Activation, error) {
	act, ok := map[config.Activation]kernel.Activation{
		config.Linear: kernel.Linear, config.ReLU: kernel.ReLU, config.LeakyReLU: kernel.LeakyReLU, config.Tanh: kernel.Tanh,
		config.Sigmoid: kernel.Sigmoid, config.Softplus: kernel.Softplus, config.ELU: kernel.ELU,
	}[name]
	if !ok {
		return 0, fmt.Errorf("unknown activation %q", name)
	}
	return act, nil
}
