// Package evaluate measures models on data sets. All figures are in nats an
// image unless they say otherwise.
//
// It stands below package train: what validation reports during training is
// computed by the code that measures a finished model.
package evaluate

import (
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// Terms are the parts of the negative evidence lower bound, in nats, as means
// over images: Loss = Reconstruction + beta KL.
type Terms struct {
	Loss           float64
	Reconstruction float64 // -log p(x|z), one draw of z an image
	KL             float64 // KL(q(z|x) || p(z)), without beta
}

// Totals adds up per-image terms in float64.
type Totals struct {
	sum    Terms
	images float64
}

// Add adds the terms of the first n rows of a batch.
func (t *Totals) Add(reconstruction, kl []float32, n int, beta float64) {
	for i := range n {
		r, k := float64(reconstruction[i]), float64(kl[i])
		t.sum.Reconstruction += r
		t.sum.KL += k
		t.sum.Loss += r + beta*k
	}
	t.images += float64(n)
}

// Mean returns the means over all images added.
func (t *Totals) Mean() Terms {
	return Terms{t.sum.Loss / t.images, t.sum.Reconstruction / t.images, t.sum.KL / t.images}
}

// Bound estimates the negative evidence lower bound of a model on sets of
// images, with one draw of the noise an image. It reads the model's parameters
// as they are at the time of each call.
type Bound struct {
	model     *model.Model
	objective *model.Objective
	rows      []int
}

// NewBound prepares for batches of the given number of rows. The figures do not
// depend on it beyond rounding.
func NewBound(m *model.Model, batch int) (*Bound, error) {
	objective, err := m.NewObjective(model.ObjectiveOptions{Rows: batch})
	if err != nil {
		return nil, err
	}
	for i := range objective.Weight {
		objective.Weight[i] = 1 / float32(batch)
	}
	return &Bound{model: m, objective: objective, rows: make([]int, 0, batch)}, nil
}

// Measure returns the mean terms over the split. The noise of image i belongs to
// the seed, the purpose and i: the same call gives the same figures, and figures
// of two epochs differ by the model alone.
func (b *Bound) Measure(split dataset.Split, seed uint64, purpose string) (Terms, error) {
	var totals Totals
	latent, pixels := b.model.Latent(), b.model.Shape().Pixels()
	for first := 0; first < split.Len(); first += b.objective.Rows() {
		n := min(b.objective.Rows(), split.Len()-first)
		b.rows = b.rows[:n]
		for i := range b.rows {
			b.rows[i] = first + i
			rng.Normal(b.objective.Noise[i*latent:(i+1)*latent], rng.Stream(seed, purpose, uint64(first+i)))
		}
		split.Gather(b.objective.X[:n*pixels], b.rows)
		if err := b.objective.Run(); err != nil {
			return Terms{}, err
		}
		totals.Add(b.objective.Reconstruction(), b.objective.KL(), n, b.model.Config().Beta)
	}
	return totals.Mean(), nil
}
