// Package evaluate measures models on data sets. All figures are in nats an
// image unless they say otherwise.
//
// It stands below package train: what validation reports during training is
// computed by the code that measures a finished model. It stands above package infer,
// which encodes, draws and decodes for it.
package evaluate

import (
	"context"
	"fmt"
	"math"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/world"
)

// Terms are the parts of a loss, as means over images.
type Terms = run.Terms

// Totals adds up per-image terms in float64.
type Totals struct {
	sum    Terms
	images float64
}

// Add adds the terms of the first n images of the objective's last run.
func (t *Totals) Add(o *model.Objective, n int, beta float64) {
	for i := range n {
		image := imageTerms(o, i, beta)
		t.sum.Reconstruction += image.Reconstruction
		t.sum.KL += image.KL
		t.sum.Loss += image.Loss
	}
	if code := o.Code(); code != nil {
		latents := len(code) / o.Batch()
		for _, v := range code[:n*latents] {
			t.sum.Activation += math.Abs(float64(v)) / float64(latents)
		}
	}
	t.images += float64(n)
}

// imageTerms are those of image i of the objective's last run, but for its activation.
func imageTerms(o *model.Objective, i int, beta float64) Terms {
	k, kl := o.Samples(), float64(o.KL()[i])
	var r float64
	for _, v := range o.Reconstruction()[i*k : (i+1)*k] {
		r += float64(v)
	}
	r /= float64(k)
	loss := r + beta*kl
	if iwae := o.IWAE(); iwae != nil {
		loss = -float64(iwae[i])
	}
	return Terms{Loss: loss, Reconstruction: r, KL: kl}
}

// Sums returns the terms added up over the images; TotalsOf makes the same totals of
// them again.
func (t *Totals) Sums() Terms { return t.sum }

// TotalsOf returns totals with terms that were added up before.
func TotalsOf(sum Terms, images int) Totals { return Totals{sum, float64(images)} }

// Mean returns the means over all images added; NaN where there are none.
func (t *Totals) Mean() Terms {
	n := t.images
	return Terms{Loss: t.sum.Loss / n, Reconstruction: t.sum.Reconstruction / n, KL: t.sum.KL / n, Activation: t.sum.Activation / n}
}

// NoTerms is what there is to say without images.
func NoTerms() Terms {
	nan := math.NaN()
	return Terms{Loss: nan, Reconstruction: nan, KL: nan, Activation: nan}
}

// testPurpose is that of the noise with which a finished model is measured.
const testPurpose = "test noise"

// Loss measures the loss of a model on sets of images, without what is for
// training alone: corruption, free bits, sparsity, the warm-up of the KL term. It
// reads the model's parameters as they are at the time of each call.
type Loss struct {
	// World are the processes that share the images; nil of one alone. All get the same figures, to the bit those
	// of one.
	World world.World

	model     *model.Model
	objective *model.Objective
}

// NewLoss prepares for batches of the given number of rows, 1 or more, samples
// draws of z an image, and the importance-weighted bound or the evidence lower
// bound. The figures do not depend on the rows beyond rounding.
func NewLoss(m *model.Model, rows, samples int, importanceWeighted bool) (*Loss, error) {
	if rows < 1 {
		return nil, fmt.Errorf("a loss of batches of %d images: at least 1 is needed", rows)
	}
	objective, err := m.NewObjective(model.ObjectiveOptions{Rows: rows, Samples: samples, ImportanceWeighted: importanceWeighted})
	if err != nil {
		return nil, err
	}
	return &Loss{model: m, objective: objective}, nil
}

// Measure returns the mean terms over the split. The noise of image i belongs to
// the seed, the purpose and i: the same call gives the same figures, and figures
// of two epochs differ by the model alone. Without images they are NaN. Errors:
// images that the model cannot take, a context that is done.
func (l *Loss) Measure(ctx context.Context, split dataset.Split, seed uint64, purpose string) (Terms, error) {
	var totals Totals
	width := l.width()
	err := l.batches(ctx, split, seed, purpose, width, l.figures, func(figures []float64) { totals.add(figures, width) })
	return totals.Mean(), err
}

// batches runs the objective over the split, batch after batch of n images, of each of which figures makes so many numbers, and
// uses these in the order of the images. The processes share the batches.
func (l *Loss) batches(ctx context.Context, split dataset.Split, seed uint64, purpose string, width int, figures func(n int) []float64, use func(figures []float64)) error {
	if err := infer.Fits(l.model, split); err != nil {
		return err
	}
	rows := l.objective.Rows()
	return rounds(ctx, l.World, (split.Len()+rows-1)/rows, rows*width, func(batch int) ([]float64, error) {
		n, err := l.run(split, batch*rows, seed, purpose)
		if err != nil {
			return nil, err
		}
		return figures(n), nil
	}, func(_ int, figures []float64) { use(figures) })
}

// run runs the objective on the batch that begins at an image, and returns how many it has.
func (l *Loss) run(split dataset.Split, first int, seed uint64, purpose string) (int, error) {
	rows := dataset.Between(first, min(first+l.objective.Rows(), split.Len()))
	Feed(l.objective, split, rows, Draws{Pixels: infer.Binarization(rows, seed, purpose), Noise: rowNoise(rows, seed, purpose, l.objective.Rows())})
	return len(rows), l.objective.Run()
}
