package evaluate

import (
	"context"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
)

func (r *Report) losses(ctx context.Context, m *model.Model, split dataset.Split, o Options) error {
	loss, err := NewLoss(m, min(infer.Rows(m), split.Len()), 1, false)
	if err != nil {
		return err
	}
	loss.World = o.World
	var totals Totals
	var each []float64
	top, level := &infer.Codes{Latent: m.Top().Latents}, len(m.Levels())-1
	terms, width := loss.width(), loss.width()
	if level > 0 {
		width += 2 * top.Latent
	}
	err = loss.batches(ctx, split, o.Seed, testPurpose, width, func(n int) []float64 {
		figures := loss.figures(n)
		if level > 0 { // behind those of the images, for all of them
			mu, logvar := loss.objective.Posterior(level)
			figures = appendFloats(appendFloats(figures, mu[:n*top.Latent]), logvar[:n*top.Latent])
		}
		return figures
	}, func(figures []float64) {
		n := len(figures) / width
		if level > 0 {
			behind := figures[n*terms:]
			top.Mu, top.Logvar = append(top.Mu, float32s(behind[:n*top.Latent])...), append(top.Logvar, float32s(behind[n*top.Latent:])...)
		}
		figures = figures[:n*terms]
		totals.add(figures, terms)
		for i := range n {
			each = append(each, figures[i*terms+2])
		}
	})
	if err != nil {
		return err
	}
	mean := totals.Mean()
	if !finite(mean.Loss) || !finite(r.MSE) {
		return infer.ErrNotFinite
	}
	if level > 0 && split.Len() > 1 {
		r.TopUnits = Units(top, reference(m.Top()))
	}
	if m.Config().Kind == config.AE {
		r.Activation = &mean.Activation
	}
	r.Loss, r.Reconstruction, r.KL = Estimate{mean.Loss, estimate(each).StandardError}, mean.Reconstruction, mean.KL
	return nil
}
