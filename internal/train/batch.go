package train

import (
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// loadBatch feeds the graph: pixels, noise that belongs to the step, and equal
// weights. Rows beyond the batch stay what they are, with weight 0.
func (t *trainer) loadBatch(rows []int) {
	o, step := t.objective, uint64(t.step+1)
	d := t.Model.Shape().Pixels()
	x := o.X[:len(rows)*d]
	t.Data.Train.Fill(x, rows, func(i int) *rand.Rand { return rng.Stream(t.seed, "dynamic binarization", step, uint64(i)) })
	if t.Config.Corruption.Kind != config.NoNoise {
		corrupt(o.Input[:len(x)], x, d, t.Config.Corruption, func(i int) *rand.Rand { return rng.Stream(t.seed, "corruption", step, uint64(i)) })
	}
	if o.Labels != nil {
		t.Data.Train.OneHot(o.Labels[:len(rows)*len(t.Model.Classes())], rows)
	}
	Noise(o.Noise, t.seed, t.step+1)
	noise(o.TopNoise, t.seed, "top reparameterization noise", t.step+1)
	weigh(o.Weight, len(rows))
	if t.Config.KLWarmup.Kind != config.NoGrowth {
		o.KLWeight = t.Config.Model.Beta * t.Config.KLWarmup.At(float64(t.step)/float64(t.stepsPerEpoch()))
	}
	if t.Config.Train.Baseline == "average" {
		o.Baseline = t.average
	}
}

// weigh gives n images the weights of a mean, and the rows beyond them none.
func weigh(weight []float32, n int) {
	for i := range weight {
		weight[i] = 0
		if i < n {
			weight[i] = 1 / float32(n)
		}
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
	if t.Config.Train.Baseline != "average" {
		return
	}
	var sum float64
	nll := t.objective.Reconstruction()[:n*t.objective.Samples()]
	for _, v := range nll {
		sum += float64(v)
	}
	mean := sum / float64(len(nll))
	if t.step == 1 {
		t.average = mean
		return
	}
	t.average += (1 - averageDecay) * (mean - t.average)
}
