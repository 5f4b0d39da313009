package model

import (
	"errors"
	"fmt"
)

// SetOutputBias starts the decoder at the mean image [D] of the training data, as the
// likelihood has it: the bias of its last layer.
func (m *Model) SetOutputBias(means []float64) error {
	last, ok := m.decoder[len(m.decoder)-1].(interface{ OutputBias() *Param })
	switch {
	case len(means) != m.shape.Pixels():
		return fmt.Errorf("%d pixel means for a model of %v", len(means), m.shape)
	case !ok:
		return errors.New("the decoder's last layer has no bias that could start at the mean image")
	}
	start, bias := m.likelihood.Bias(means), last.OutputBias().Value
	if len(start) != len(bias) {
		return fmt.Errorf("%d biases for an output of %d numbers", len(start), len(bias))
	}
	for i, v := range start {
		bias[i] = float32(v)
	}
	return nil
}
