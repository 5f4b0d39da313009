package model

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/run"
)

// Tensors returns the parameters for saving, sharing their memory.
func (m *Model) Tensors() []run.Tensor {
	var tensors []run.Tensor
	for _, p := range m.saved() {
		tensors = append(tensors, run.Tensor{Name: p.Name, Shape: p.Shape, Data: p.Value})
	}
	return tensors
}

// saved are the parameters, and what is kept with them.
func (m *Model) saved() []*Param { return slices.Concat(m.params, m.fixed) }

// Load copies saved tensors into the parameters. Names and shapes must be
// exactly the model's.
func (m *Model) Load(tensors []run.Tensor) error {
	byName := make(map[string]run.Tensor, len(tensors))
	for _, t := range tensors {
		byName[t.Name] = t
	}
	for _, p := range m.saved() {
		t, ok := byName[p.Name]
		if !ok {
			return fmt.Errorf("tensor %q is missing", p.Name)
		}
		if !slices.Equal(t.Shape, p.Shape) {
			return fmt.Errorf("tensor %q has shape %v, want %v by the file's own configuration", p.Name, t.Shape, p.Shape)
		}
		if i := slices.IndexFunc(t.Data, func(v float32) bool { return !(v >= 0) || math.IsInf(float64(v), 1) }); p.Variance && i >= 0 {
			return fmt.Errorf("tensor %q holds %v at position %d, and a variance is never below 0", p.Name, t.Data[i], i)
		}
		copy(p.Value, t.Data)
		delete(byName, p.Name)
	}
	for _, t := range tensors {
		if _, left := byName[t.Name]; left {
			return fmt.Errorf("tensor %q does not belong to this model", t.Name)
		}
	}
	return nil
}
