package model

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/layer"
)

// SetOutputBias starts the decoder at the mean image [D] of the training data, as the
// likelihood has it: the bias of its last layer. Where that has one for each channel, at the
// mean of each channel.
func (m *Model) SetOutputBias(means []float64) error {
	last, ok := m.decoder[len(m.decoder)-1].(interface {
		layer.Active
		OutputBias() *Param
	})
	switch {
	case len(means) != m.shape.Pixels():
		return fmt.Errorf("%d pixel means for a model of %v", len(means), m.shape)
	case !ok || last.Units().Activation.Name != config.Linear:
		return &config.Conflict{Setting: "model.output_bias", Value: "data", Reason: "starts the bias of the decoder's last layer at the mean image, and that has none, or an activation behind it",
			Instead: "leave it out, or end " + config.Mention("model.decoder") + " with a layer that has a bias"}
	}
	bias := last.OutputBias().Value
	if m.likelihood.Outputs(m.shape).Channels == len(bias) {
		means = ofChannels(means, m.shape.Channels)
	}
	start := m.likelihood.Bias(means)
	if len(start) != len(bias) {
		return fmt.Errorf("%d biases for an output of %d numbers", len(start), len(bias))
	}
	for i, v := range start {
		bias[i] = float32(v)
	}
	return nil
}

// ofChannels is the mean of each channel.
func ofChannels(means []float64, channels int) []float64 {
	all := make([]float64, channels)
	for i, v := range means {
		all[i%channels] += v
	}
	for i := range all {
		all[i] = all[i] * float64(channels) / float64(len(means))
	}
	return all
}
