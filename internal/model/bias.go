package model

import (
	"errors"
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
		return errors.New("the decoder's last layer has no bias that could start at the mean image")
	}
	bias := last.OutputBias().Value
	start := m.likelihood.Bias(means)
	if m.likelihood.Outputs(m.shape).Channels == len(bias) {
		start = m.likelihood.Bias(ofChannels(means, m.shape.Channels))[:len(bias)]
	}
	if len(start) != len(bias) {
		return fmt.Errorf("%d biases for an output of %d numbers", len(start), len(bias))
	}
	for i, v := range start {
		bias[i] = float32(v)
	}
	return nil
}

// ofChannels puts the mean of its channel for each number of an image.
func ofChannels(means []float64, channels int) []float64 {
	sums, all := make([]float64, channels), make([]float64, len(means))
	for i, v := range means {
		sums[i%channels] += v
	}
	for i := range all {
		all[i] = sums[i%channels] * float64(channels) / float64(len(means))
	}
	return all
}
