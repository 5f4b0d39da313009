package model

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/likelihood"
	"vae/internal/posterior"
)

// Part returns the layers from..to-1 of the encoder of an autoencoder, of which the
// code is the last, and the layers of the decoder that mirror them, as an
// autoencoder of their own. It shares their parameters: to train the part is to
// train the model.
//
// The image of a part above the pixels is what the layer below puts out, in
// numbers as Shape{in,1,1}, and its likelihood is the cross-entropy where these are
// sigmoids, in (0,1), else the squared error (Vincent et al. 2010). In both cases
// the reconstruction is what the decoder's layer computes in the whole model. Errors:
// a model of another kind or that knows labels, no such layers.
func (m *Model) Part(from, to int) (*Model, error) {
	encoder, decoder, err := m.mirror()
	n := len(encoder)
	switch {
	case err != nil:
		return nil, err
	case from < 0 || to > n || from >= to:
		return nil, fmt.Errorf("layers %d to %d of an encoder of %d", from, to-1, n)
	}
	p := &Model{config: m.config, shape: m.shape, likelihood: m.likelihood}
	part, code := &posterior.Deterministic{}, encoder[to-1]
	part.Last, p.config.Hidden, p.config.Latent = code, nil, code.Out().Pixels()
	for _, l := range encoder[from : to-1] {
		part.Hidden, p.config.Hidden = append(part.Hidden, l), append(p.config.Hidden, l.Out().Pixels())
	}
	p.levels = []Level{{Latents: p.config.Latent, Posterior: part}}
	p.config.CodeActivation = code.Activation.Name
	for _, l := range decoder[n-to : n-from] {
		p.decoder = append(p.decoder, l)
	}
	if from > 0 {
		if err := p.reproduce(encoder[from], decoder[n-from-1]); err != nil {
			return nil, err
		}
	}
	p.params = p.layers().Params()
	return p, nil
}

// mirror lists the encoder's layers, the code being the last, and those of the decoder.
func (m *Model) mirror() (encoder, decoder []*layer.Dense, err error) {
	if m.Variational() || m.config.Kind != config.AE || len(m.Classes()) > 0 {
		return nil, nil, fmt.Errorf("a part of a model of kind %q with %d classes: only autoencoders without classes come apart", m.config.Kind, len(m.Classes()))
	}
	if encoder, err = denseLayers(m.levels[0].Posterior.Layers()); err == nil {
		decoder, err = denseLayers(m.decoder)
	}
	return encoder, decoder, err
}

// denseLayers are the layers of a stack that has no others.
func denseLayers(s layer.Stack) (all []*layer.Dense, err error) {
	for _, l := range s {
		d, ok := l.(*layer.Dense)
		if !ok {
			return nil, fmt.Errorf("a part of a network with the layer %s: only fully connected ones come apart", l.Describe())
		}
		all = append(all, d)
	}
	return all, nil
}

// reproduce makes the image of a part above the pixels what its first layer takes, and its
// likelihood that of what its last layer gives.
func (m *Model) reproduce(first, last *layer.Dense) (err error) {
	m.shape, m.config.Likelihood = first.In(), config.SquaredError
	if last.Activation.Name == config.Sigmoid {
		m.config.Likelihood = config.Bernoulli
		logits := *last
		logits.Activation = layer.Linear
		m.decoder[len(m.decoder)-1] = &logits
	}
	m.likelihood, err = likelihood.New(m.config, m.shape)
	return err
}
