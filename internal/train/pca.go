package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/rng"
	"vae/internal/run"
	"vae/internal/stats"
)

// fitPCA is training where there is nothing to train: the principal components are
// computed. The run has one epoch of one step, and no state to go on from.
func fitPCA(ctx context.Context, task Task) (Result, error) {
	if task.From != nil { // it is computed again, from the beginning
		if err := task.settle(); err != nil {
			return Result{}, err
		}
	}
	if n, shape := task.Data.Train.Len(), task.Model.Shape(); !stats.PCAFits(n, shape.Pixels()) {
		return Result{}, fmt.Errorf("principal components of %d images of %v are too many to compute: lower %s or %s", n, shape,
			config.Mention("data.limit"), config.Mention("data.image_size"))
	}
	t := &trainer{Task: task, seed: task.Config.Train.Seed, pixelMean: task.Data.Train.Set.Mean()}
	split, started := task.Data.Train, time.Now()
	row := func(dst []float32, i int) {
		split.Fill(dst, []int{i}, func(int) *rand.Rand { return rng.Stream(t.seed, "dynamic binarization", 1, uint64(i)) })
	}
	p, err := stats.FitPCA(ctx, row, split.Len(), task.Model.Shape().Pixels(), task.Model.Latent())
	if err != nil {
		return Result{}, err
	}
	if err := task.Model.SetPCA(p); err != nil {
		return Result{}, err
	}
	seconds := time.Since(started)
	t.epoch, t.step = 1, 1
	r, err := t.measurePCA(ctx, seconds)
	if err != nil {
		return Result{}, err
	}
	t.Observer.Epoch(r, true)
	return Result{Epochs: 1, Kept: 1, Images: split.Len(), Training: seconds}, nil
}

// measurePCA measures and saves the finished model.
func (t *trainer) measurePCA(ctx context.Context, seconds time.Duration) (run.Row, error) {
	loss, err := NewLoss(t.Model, t.Config)
	if err != nil {
		return run.Row{}, err
	}
	trained, err := loss.Measure(ctx, t.Data.Train, t.seed, "validation noise")
	if err != nil {
		return run.Row{}, err
	}
	if err := ctx.Err(); err != nil {
		return run.Row{}, err
	}
	validated := evaluate.NoTerms()
	if t.Data.Validation.Len() > 0 {
		if validated, err = loss.Measure(ctx, t.Data.Validation, t.seed, "validation noise"); err != nil {
			return run.Row{}, err
		}
	}
	row := t.row(seconds, t.Data.Train.Len(), trained, validated)
	if err := t.writeModel(metricsOf(row)); err != nil {
		return row, err
	}
	return row, t.Dir.AppendMetrics(row)
}
