package train

import (
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// optionsOf are the options of the objective of training as configured.
func optionsOf(c config.Resolved) model.ObjectiveOptions {
	t := c.Train
	return model.ObjectiveOptions{
		Rows: t.Batch, Samples: t.Samples, ImportanceWeighted: t.Objective == config.IWAE, Gradients: true, Training: true, Estimator: t.Estimator,
		LeaveOneOut: t.Baseline == config.LeaveOneOut, Corrupted: c.Corruption.Kind != config.NoNoise, FreeBits: t.FreeBits, Sparsity: c.Sparsity,
		Slices: t.Slices,
	}
}

// readAhead has the own rows of the batch that begins at one of the order read, for which there will be need next.
func (t *trainer) readAhead(first int) {
	if next := t.order[first:min(first+t.objective.Batch(), len(t.order))]; len(next) > 0 {
		t.Data.Train.Ahead(at(next, places(t.objective, len(next))))
	}
}

// loadBatch feeds the graph with this process's part of a batch: pixels, noise that belongs to the step and to the
// places in the batch, and equal weights. Rows beyond the batch are copies, with weight 0.
func (t *trainer) loadBatch(rows []int) {
	o, step, places := t.objective, uint64(t.step+1), places(t.objective, len(rows))
	stream := func(purpose string) func(i int) *rand.Rand {
		return func(i int) *rand.Rand { return rng.Stream(t.seed, purpose, step, uint64(places[i])) }
	}
	evaluate.Feed(o, t.Data.Train, at(rows, places), evaluate.Draws{
		Changes: &dataset.Augmentation{Recipe: t.Config.Augment, Stream: stream("augmentation")},
		Pixels:  stream("dynamic binarization"),
		Noise: func(level int, dst []float32) {
			ownNoise(dst, o, places, func(dst []float32, from int) { Noise(dst, from, t.seed, t.step+1, level) })
		},
	})
	if t.Config.Corruption.Kind != config.NoNoise {
		d := t.Model.Shape().Pixels()
		corrupt(o.Input[:len(places)*d], o.X[:len(places)*d], d, t.Config.Corruption, stream("corruption"))
		o.Pad(len(places))
	}
	o.Weigh(len(rows))
	if t.Config.KLWarmup.Kind != config.NoGrowth {
		o.KLWeight = t.Config.Model.Beta * t.Config.KLWarmup.At(float64(t.step)/float64(t.stepsPerEpoch()))
	}
	if t.Config.Train.Baseline == config.Average {
		o.Baseline = t.baseline
	}
}

// corrupt writes noisy rows of d elements; the noise of row i comes from stream(i).
func corrupt(dst, src []float32, d int, c config.Corruption, stream func(i int) *rand.Rand) {
	kernel.Parallel(len(src)/d, func(i int) {
		dataset.Corrupt(dst[i*d:(i+1)*d], src[i*d:(i+1)*d], c, stream(i))
	})
}

// averageDecay is how slowly the baseline of the score function follows the
// reconstruction term.
const averageDecay = 0.99

// followBaseline moves the average baseline, where it is in use, on after a step of
// n images.
func (t *trainer) followBaseline(n int) {
	if t.Config.Train.Baseline != config.Average {
		return
	}
	var sum float64
	nll := t.objective.Reconstruction()[:n*t.objective.Samples()]
	for _, v := range nll {
		sum += float64(v)
	}
	mean := sum / float64(len(nll))
	if t.baseline == 0 { // the first that was measured
		t.baseline = mean
		return
	}
	t.baseline += (1 - averageDecay) * (mean - t.baseline)
}
