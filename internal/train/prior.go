package train

import (
	"vae/internal/dataset"
	"vae/internal/evaluate"
)

// priorImages is how many training images the prior of an autoencoder is fitted to.
const priorImages = 10_000

// fitPrior gives an autoencoder, before it is saved, what its codes are drawn from:
// the normal distribution of the codes of the first 10,000 training images, and
// the mean squared error of a pixel as the noise around the decoded image.
func (t *trainer) fitPrior() error {
	prior := t.Model.Fitted()
	if prior == nil || t.Data.Train.Len() < 2 {
		return nil
	}
	some := dataset.Split{Set: t.Data.Train.Set, Index: t.Data.Train.Index[:min(priorImages, t.Data.Train.Len())], Dynamic: t.Data.Train.Dynamic}
	g, mse, err := evaluate.CodeDistribution(t.Model, some, t.seed, "codes of the prior")
	if err != nil {
		return err
	}
	return prior.Set(g.Mean, g.Factor, mse)
}
