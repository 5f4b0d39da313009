package model

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/kernel"
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
	encoder := append(append([]layer(nil), m.encoder...), m.mu)
	n := len(encoder)
	switch {
	case m.config.Kind != "ae" || len(m.Classes()) > 0:
		return nil, fmt.Errorf("a part of a model of kind %q with %d classes: only autoencoders without classes come apart", m.config.Kind, len(m.Classes()))
	case from < 0 || to > n || from >= to:
		return nil, fmt.Errorf("layers %d to %d of an encoder of %d", from, to-1, n)
	}
	p := &Model{config: m.config, shape: m.shape, encoder: encoder[from : to-1], mu: encoder[to-1]}
	p.config.Hidden, p.config.Latent = nil, p.mu.out
	for _, l := range p.encoder {
		p.config.Hidden = append(p.config.Hidden, l.out)
	}
	if to < n {
		p.config.CodeActivation = m.config.Activation
	}
	p.decoder = append(p.decoder, m.decoder[n-to:n-from]...)
	if from > 0 {
		p.shape = config.Shape{Width: encoder[from].in, Height: 1, Channels: 1}
		p.config.Likelihood = "mse"
		if last := &p.decoder[to-from-1]; last.act == kernel.Sigmoid {
			p.config.Likelihood, last.act = "bernoulli", kernel.Linear // of logits
		}
	}
	for _, l := range p.layers() {
		p.params = append(p.params, l.weight, l.bias)
	}
	return p, nil
}
