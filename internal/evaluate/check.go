package evaluate

import (
	"fmt"
	"slices"

	"vae/internal/dataset"
	"vae/internal/model"
)

// fits reports images that a model cannot take: of another shape, or without the
// labels that a conditional model was told.
func fits(m *model.Model, split dataset.Split) error {
	if split.Set.Shape != m.Shape() {
		return fmt.Errorf("images of %v for a model of %v", split.Set.Shape, m.Shape())
	}
	known := m.Classes()
	if len(known) == 0 {
		return nil
	}
	if split.Set.Labels == nil {
		return fmt.Errorf("the model is conditional on %d labels, and the images have none", len(known))
	}
	if !slices.Equal(known, split.Set.Classes) {
		return fmt.Errorf("the model is conditional on %d labels, and the images have %d others", len(known), len(split.Set.Classes))
	}
	return nil
}
