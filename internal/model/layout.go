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
	if l, ok := m.likelihood.(likelihood.Keeper); ok {
		m.fixed = l.Saved()
	}
	m.fixed = append(m.fixed, m.layers().Saved()...)
	if p := m.Top().Prior; p != nil {
		m.params = append(m.params, p.Params()...)
		m.fixed = append(m.fixed, p.Saved()...)
	}
	var n float64
	for _, p := range m.params {
		n += p.Size()
	}
	if n > maxParameters {
		what, path := fmt.Sprintf("hidden %v", c.Hidden), "model.hidden"
		if c.Encoder != "" {
			what, path = "encoder "+c.Encoder, "model.encoder"
		}
		return nil, fmt.Errorf("a model of %.0f million parameters (images %v, %.100s, latent %d) is beyond the limit of %d million: lower %s, %s or %s",
			n/1e6, shape, what, c.Latent, maxParameters/1_000_000, config.Mention(path), config.Mention("model.latent"), config.Mention("data.image_size"))
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
	if m.likelihood, err = likelihood.New(c, shape); err != nil {
		return nil, err
	}
	encoder, head, err := m.networks(hidden)
	if err != nil {
		return nil, err
	}
	switch c.Kind {
	case config.VAE:
		var lowest posterior.Posterior
		if lowest, err = gaussian(0, encoder, head); err == nil {
			m.levels, err = variationalLevels(lowest, c.Latent, stages(c), hidden, topPrior())
		}
	case config.AE, config.PCA:
		m.levels, err = pointLevel(c, encoder, head)
	default:
		err = fmt.Errorf("unknown kind of model %q", c.Kind)
	}
	return m, err
}

// hiddenLayer makes each hidden layer of a model that has no list of layers, and those between
// levels.
func hiddenLayer(c config.Model) (layer.Maker, error) {
	act, err := layer.NewActivation(c.Activation)
	return layer.DenseMaker(act), err
}

// stage is a level of latents above another as it is configured.
type stage struct {
	hidden  []int // widths between the level below and this one
	latents int
}

// stages are those of a variational autoencoder above the lowest level, upwards.
func stages(c config.Model) (all []stage) {
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

// variationalLevels are q(z|x), and above it fully connected layers with two heads for the mean
// and the log-variance between one level and the next; top is the prior of the uppermost.
func variationalLevels(lowest posterior.Posterior, latents int, above []stage, hidden layer.Maker, top prior.Trainable) ([]Level, error) {
	levels := []Level{{Latents: latents, Posterior: lowest}}
	in := latents
	for i, s := range above {
		name := prefix(i + 1)
		up, width := layer.Hidden(name+"encoder", in, s.hidden, hidden)
		down, h := layer.Hidden(name+"decoder", s.latents, reversed(s.hidden), hidden)
		below := priorPrefix(i)
		levels[i].Conditional = &prior.Conditional{Net: layer.NewNormal(down, h, below+"mu", below+"logvar", in)}
		q, err := gaussian(i+1, up, fullyConnected(width, s.latents))
		if err != nil {
			return nil, err
		}
		levels = append(levels, Level{Latents: s.latents, Posterior: q})
		in = s.latents
	}
	levels[len(levels)-1].Prior = top
	return levels, nil
}

// gaussian is the posterior of a level above layers.
func gaussian(level int, layers layer.Stack, head header) (*posterior.Gaussian, error) {
	mu, err := head(prefix(level)+"fc_mu", layer.Linear)
	if err != nil {
		return nil, err
	}
	logvar, err := head(prefix(level)+"fc_logvar", layer.Linear)
	return &posterior.Gaussian{Net: layer.Normal{Hidden: layers, Mu: mu, Logvar: logvar}}, err
}

// topPrior is what the latents of the uppermost level of a variational autoencoder are drawn
// from. This is the place to choose another one.
func topPrior() prior.Trainable { return prior.StandardNormal{} }

// pointLevel is that of an autoencoder whose code is a point, the output of one layer.
func pointLevel(c config.Model, encoder layer.Stack, head header) ([]Level, error) {
	act, err := layer.NewActivation(c.CodeActivation)
	if err != nil {
		return nil, err
	}
	code, err := head("fc_code", act)
	if err != nil {
		return nil, err
	}
	l := Level{Latents: c.Latent, Posterior: &posterior.Deterministic{Hidden: encoder, Last: code}}
	if c.Latent <= prior.MaxFitted {
		l.Prior = prior.NewFitted(c.Latent)
	}
	return []Level{l}, nil
}

func reversed(widths []int) []int {
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
