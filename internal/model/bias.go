package model

import "fmt"

// SetOutputBias starts the decoder at the mean image [D] of the training data, as the
// likelihood has it: the bias of its last layer.
func (m *Model) SetOutputBias(means []float64) error {
	last, ok := m.decoder[len(m.decoder)-1].(interface{ OutputBias() *Param })
	if !ok || len(means) != m.shape.Pixels() {
		return fmt.Errorf("%d pixel means for a model of %v", len(means), m.shape)
	}
	bias := last.OutputBias().Value
	for i, v := range m.likelihood.Bias(means) {
		bias[i] = float32(v)
	}
	return nil
}
