package model

import (
	"fmt"
	"slices"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/network"
)

// header makes a layer that gives latents, such as means, of what an encoder ends with.
type header func(name string, act layer.Activation) (layer.Layer, error)

// fullyConnected heads take a vector.
func fullyConnected(width, latents int) header {
	return func(name string, act layer.Activation) (layer.Layer, error) {
		return layer.NewDense(name, width, latents, act), nil
	}
}

// networks lays out the decoder, and returns the layers of the lowest encoder below its heads
// with what makes those: layers of lists where the configuration has some, else fully
// connected hidden ones.
func (m *Model) networks(hidden layer.Maker) (encoder layer.Stack, head header, err error) {
	c := m.config
	steps, decoder, err := c.Networks(m.shape)
	if err != nil {
		return nil, nil, err
	}
	codes := network.Codes(steps, c.Latent, len(c.Classes))
	if m.codePixels = 1; !codes.Flat {
		m.codePixels = codes.Width * codes.Height
	}
	if decoder == nil {
		m.decoder = m.mirrored(hidden)
	} else if m.decoder, err = m.listed(decoder, codes); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", config.Mention("model.decoder"), err)
	}
	if steps == nil {
		encoder, width := layer.Hidden("encoder", m.shape.Pixels()+len(c.Classes), c.Hidden, hidden)
		return encoder, fullyConnected(width, c.Latent), nil
	}
	m.planes = !steps[0].In.Flat
	if encoder, head, err = encoderOf(steps, c.Latent); err != nil {
		return nil, nil, fmt.Errorf("%s: %w", config.Mention("model.encoder"), err)
	}
	return encoder, head, nil
}

// encoderOf makes the layers of a list and what makes the heads behind them.
func encoderOf(steps []network.Step, latents int) (encoder layer.Stack, head header, err error) {
	last := steps[len(steps)-1]
	isMap := last.Layer.Kind == network.Latents
	if isMap {
		steps = steps[:len(steps)-1]
		head = func(name string, act layer.Activation) (layer.Layer, error) { return layer.NewHead(name, last, act) }
	}
	if encoder, err = layer.FromList("encoder", steps); err != nil {
		return nil, nil, err
	}
	switch end := last.Out; {
	case isMap && end.Pixels() != latents:
		return nil, nil, fmt.Errorf("layer %d (%s): gives %v, %d latents, and the model has %d", last.Number, last.Text, end, end.Pixels(), latents)
	case isMap:
		return encoder, head, nil
	case !end.Flat:
		encoder = append(encoder, layer.NewFlatten(end.Shape))
	}
	return encoder, fullyConnected(last.Out.Pixels(), latents), nil
}

// mirrored is the decoder of fully connected layers.
func (m *Model) mirrored(hidden layer.Maker) layer.Stack {
	c := m.config
	layers, h := layer.Hidden("decoder", c.Latent+len(c.Classes), reversed(c.Hidden), hidden)
	out := m.likelihood.Outputs(m.shape).Pixels()
	return append(layers, layer.NewDense(fmt.Sprintf("decoder.%d", 2*len(c.Hidden)), h, out, layer.Linear))
}

// listed is the decoder of a list of layers.
func (m *Model) listed(list network.List, codes network.Form) (layer.Stack, error) {
	c, out := m.config, m.likelihood.Outputs(m.shape)
	steps, err := network.Plan(list, codes, &out)
	if err != nil {
		return nil, err
	}
	last := lastOf(steps)
	if last.Layer.Kind == network.Activation && !means(c.Likelihood) {
		return nil, fmt.Errorf("layer %d (%s): the likelihood %s has its parameters of the last layer as they are, and bounds by itself what must be bounded: leave it out",
			last.Number, last.Text, c.Likelihood)
	}
	return layer.FromList("decoder", steps)
}

// lastOf is the last layer that changes numbers, and not only where they stand.
func lastOf(steps []network.Step) network.Step {
	for _, s := range slices.Backward(steps) {
		switch s.Layer.Kind {
		case network.Flatten, network.Reshape, network.Upsample, network.AveragePool:
		default:
			return s
		}
	}
	return steps[len(steps)-1]
}

// means reports whether the decoder's output is the mean of the pixels, so that an activation
// can keep it within a range.
func means(l config.Likelihood) bool { return l == config.Gaussian || l == config.SquaredError }
