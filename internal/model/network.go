package model

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/network"
)

// networks lays out the decoder, and returns the layers of the lowest encoder below its heads
// with the width at their end: those of lists where the configuration has some, else fully
// connected hidden ones.
func (m *Model) networks(hidden layer.Maker) (encoder layer.Stack, width int, err error) {
	c := m.config
	steps, decoder, err := c.Networks(m.shape)
	if err != nil {
		return nil, 0, err
	}
	if decoder == nil {
		m.decoder = m.mirrored(hidden)
	} else if m.decoder, err = m.listed(decoder); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", config.Mention("model.decoder"), err)
	}
	if steps == nil {
		encoder, width = layer.Hidden("encoder", m.shape.Pixels()+len(c.Classes), c.Hidden, hidden)
		return encoder, width, nil
	}
	m.planes = !steps[0].In.Flat
	if encoder, err = layer.FromList("encoder", steps); err != nil {
		return nil, 0, fmt.Errorf("%s: %w", config.Mention("model.encoder"), err)
	}
	end := steps[len(steps)-1].Out
	if !end.Flat {
		encoder = append(encoder, layer.NewFlatten(end.Shape))
	}
	return encoder, end.Pixels(), nil
}

// mirrored is the decoder of fully connected layers.
func (m *Model) mirrored(hidden layer.Maker) layer.Stack {
	c := m.config
	layers, h := layer.Hidden("decoder", c.Latent+len(c.Classes), reversed(c.Hidden), hidden)
	out := m.likelihood.Outputs(m.shape).Pixels()
	return append(layers, layer.NewDense(fmt.Sprintf("decoder.%d", 2*len(c.Hidden)), h, out, layer.Linear))
}

// listed is the decoder of a list of layers.
func (m *Model) listed(list network.List) (layer.Stack, error) {
	c, out := m.config, m.likelihood.Outputs(m.shape)
	steps, err := network.Plan(list, network.Flat(c.Latent+len(c.Classes)), &out)
	if err != nil {
		return nil, err
	}
	last := steps[len(steps)-1]
	if last.Layer.Kind == network.Activation && !means(c.Likelihood) {
		return nil, fmt.Errorf("layer %d (%s): the likelihood %s has its parameters of the last layer as they are, and bounds by itself what must be bounded: leave it out",
			last.Number, last.Text, c.Likelihood)
	}
	return layer.FromList("decoder", steps)
}

// means reports whether the decoder's output is the mean of the pixels, so that an activation
// can keep it within a range.
func means(l config.Likelihood) bool { return l == config.Gaussian || l == config.SquaredError }
