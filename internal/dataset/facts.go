package dataset

import "vae/internal/config"

// Facts are what a configuration must know of the data.
func (s *Splits) Facts() config.Facts {
	f := config.Facts{
		Name: s.Name, Shape: s.Train.Set.Shape, Train: s.Train.Len(), Validation: s.Validation.Len(),
		Labeled: true, Classes: s.Train.Set.Classes,
	}
	for _, part := range []Split{s.Train, s.Validation, s.Test} {
		f.Labeled = f.Labeled && (part.Len() == 0 || part.Labeled())
	}
	return f
}
