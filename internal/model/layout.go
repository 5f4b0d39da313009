package model

import (
	"fmt"
	"slices"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/likelihood"
	"vae/internal/posterior"
	"vae/internal/prior"
)

// maxParameters bounds a model to 1 GiB of weights; training holds four times
// as much.
const maxParameters = 1 << 28

// build lays out the parts and allocates the parameters, all zero.
func build(c config.Model, shape config.Shape) (*Model, error) {
	m, err := Plan(c, shape)
	if err != nil {
		return nil, err
	}
	for _, p := range m.saved() {
		p.Allocate()
	}
	return m, nil
}

// Plan lays out a model whose parameters have no memory: all that can be done with it is to
// ask how much it would take.
func Plan(c config.Model, shape config.Shape) (*Model, error) {
	m, err := layout(c, shape)
	if err != nil {
		return nil, err
	}
	m.params = m.likelihood.Params() // a state_dict has a module's own parameters first
	for _, l := range m.layers() {
		m.params = append(m.params, l.Params()...)
	}
	m.fixed = m.layers().Saved()
	if p := m.Top().Prior; p != nil {
		m.params = append(m.params, p.Params()...)
		m.fixed = append(m.fixed, p.Saved()...)
	}
	var n float64
	for _, p := range m.params {
		n += p.Size()
	}
	if n > maxParameters {
		return nil, fmt.Errorf("a model of %.0f million parameters (images %v, hidden %v, latent %d) is beyond the limit of %d million: lower %s, %s or %s",
			n/1e6, shape, c.Hidden, c.Latent, maxParameters/1_000_000, config.Mention("model.hidden"), config.Mention("model.latent"), config.Mention("data.image_size"))
	}
	return m, nil
}

// layout decides on the parts, whose parameters have no memory yet.
func layout(c config.Model, shape config.Shape) (*Model, error) {
	hidden, err := hiddenLayer(c)
	if err != nil {
		return nil, err
	}
	m := &Model{config: c, shape: shape}
	if m.likelihood, err = likelihood.New(c); err != nil {
		return nil, err
	}
	switch c.Kind {
	case config.VAE:
		m.levels = variationalLevels(stages(c), shape.Pixels()+len(c.Classes), hidden, topPrior())
	case config.AE, config.PCA:
		m.levels, err = pointLevel(c, shape.Pixels(), hidden)
	default:
		err = fmt.Errorf("unknown kind of model %q", c.Kind)
	}
	if err != nil {
		return nil, err
	}
	var h int
	m.decoder, h = layer.Hidden("decoder", c.Latent+len(c.Classes), mirrored(c.Hidden), hidden)
	out := m.likelihood.Outputs(shape).Pixels()
	m.decoder = append(m.decoder, layer.NewDense(fmt.Sprintf("decoder.%d", 2*len(c.Hidden)), h, out, layer.Linear))
	return m, nil
}

// hiddenLayer makes each hidden layer of a model. This is the place to choose others than
// fully connected ones.
func hiddenLayer(c config.Model) (layer.Maker, error) {
	act, err := layer.NewActivation(c.Activation)
	return layer.DenseMaker(act), err
}

// stage is one level of latents as it is configured.
type stage struct {
	hidden  []int // widths between the level below, or the pixels, and this one
	latents int
}

// stages are those of a variational autoencoder, the lowest first.
func stages(c config.Model) []stage {
	all := []stage{{c.Hidden, c.Latent}}
	if c.TopLatent > 0 {
		all = append(all, stage{c.TopHidden, c.TopLatent})
	}
	return all
}

// prefix is that of the names of a level's layers.
func prefix(level int) string {
	switch level {
	case 0:
		return ""
	case 1:
		return "top_"
	}
	return fmt.Sprintf("top%d_", level)
}

// priorPrefix is that of the names of the heads of p(z|z above) of a level.
func priorPrefix(level int) string {
	if level == 0 {
		return "prior_"
	}
	return prefix(level) + "prior_"
}

// variationalLevels are D-H-...-L with two heads for the mean and the log-variance of
// q(z|x), and above it the same between one level and the next; top is the prior of the
// uppermost.
func variationalLevels(all []stage, in int, hidden layer.Maker, top prior.Trainable) []Level {
	levels := make([]Level, len(all))
	for i, s := range all {
		name := prefix(i)
		levels[i] = Level{
			Latents:   s.latents,
			Posterior: &posterior.Gaussian{Net: layer.NewNormal(name+"encoder", in, s.hidden, hidden, name+"fc_mu", name+"fc_logvar", s.latents)},
		}
		if i > 0 {
			below := priorPrefix(i - 1)
			levels[i-1].Conditional = &prior.Conditional{Net: layer.NewNormal(name+"decoder", s.latents, mirrored(s.hidden), hidden, below+"mu", below+"logvar", in)}
		}
		in = s.latents
	}
	levels[len(levels)-1].Prior = top
	return levels
}

// topPrior is what the latents of the uppermost level of a variational autoencoder are drawn
// from. This is the place to choose another one.
func topPrior() prior.Trainable { return prior.StandardNormal{} }

// pointLevel is that of an autoencoder whose code is a point, the output of one layer.
func pointLevel(c config.Model, pixels int, hidden layer.Maker) ([]Level, error) {
	code, err := layer.NewActivation(c.CodeActivation)
	if err != nil {
		return nil, err
	}
	layers, h := layer.Hidden("encoder", pixels+len(c.Classes), c.Hidden, hidden)
	l := Level{Latents: c.Latent, Posterior: &posterior.Deterministic{Hidden: layers, Last: layer.NewDense("fc_code", h, c.Latent, code)}}
	if c.Latent <= prior.MaxFitted {
		l.Prior = prior.NewFitted(c.Latent)
	}
	return []Level{l}, nil
}

func mirrored(widths []int) []int {
	widths = slices.Clone(widths)
	slices.Reverse(widths)
	return widths
}

// layers lists all layers in the order of PyTorch's state_dict: the encoders from the
// pixels up, the priors of levels from the top down, the decoder.
func (m *Model) layers() layer.Stack {
	var all layer.Stack
	for _, l := range m.levels {
		all = append(all, l.Posterior.Layers()...)
	}
	for _, l := range slices.Backward(m.levels) {
		if l.Conditional != nil {
			all = append(all, l.Conditional.Layers()...)
		}
	}
	return append(all, m.decoder...)
}
