package likelihood

import (
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// Categorical pixels are levels, independently, given z; the decoder's output are the logits of all levels of a
// value, side by side.
type Categorical struct{ levels int }

// Outputs implements Likelihood: a logit for each level.
func (l Categorical) Outputs(image config.Shape) config.Shape {
	image.Channels *= l.levels
	return image
}

// Params implements Likelihood: there are none.
func (Categorical) Params() []*graph.Param { return nil }

// NLL implements Likelihood.
func (l Categorical) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	return b.Node(op.PixelNLL("categoricalNLL", out, x, l.levels, 1, func(nll, derivative, out, x []float32, m, n int) {
		kernel.CategoricalNLL(nll, derivative, out, x, m, n, l.levels)
	}))
}

// logits are those of a value of an image, and the logarithm of the sum of their exponentials.
func (l Categorical) logits(out []float32, i int) ([]float32, float64) {
	logits := out[i*l.levels:][:l.levels]
	var sum kernel.LogSum
	for _, v := range logits {
		sum.Add(float64(v))
	}
	return logits, sum.Value()
}

// PointNLL implements Likelihood.
func (l Categorical) PointNLL(out, x []float32) (sum float64) {
	for i, v := range x {
		logits, total := l.logits(out, i)
		sum += total - float64(logits[kernel.Level(v, l.levels)])
	}
	return sum
}

// Mean implements Likelihood.
func (l Categorical) Mean(dst, out []float32) {
	inParts(len(dst), func(from, to int) {
		for i := from; i < to; i++ {
			logits, total := l.logits(out, i)
			var mean float64
			for k, v := range logits {
				mean += float64(k) * math.Exp(float64(v)-total)
			}
			dst[i] = float32(mean / float64(l.levels-1))
		}
	})
}

// Draw implements Likelihood.
func (l Categorical) Draw(dst, out []float32, r *rand.Rand) {
	logs := make([]float64, l.levels)
	for i := range dst {
		logits, total := l.logits(out, i)
		for k, v := range logits {
			logs[k] = float64(v) - total
		}
		dst[i] = float32(drawOf(logs, r)) / float32(l.levels-1)
		if total != total {
			dst[i] = float32(total)
		}
	}
}

// Bias implements Likelihood: logits that rise evenly, with the means.
func (l Categorical) Bias(means []float64) []float64 {
	bias, slopes := make([]float64, len(means)*l.levels), map[float64]float64{}
	for i, mean := range means {
		slope, known := slopes[mean]
		if !known {
			slope = l.slopeFor(min(max(mean, lowestMean), highestMean))
			slopes[mean] = slope
		}
		for k := range l.levels {
			bias[i*l.levels+k] = slope * float64(k)
		}
	}
	return bias
}

// slopeFor is how much each logit is greater than the one before where they have a mean.
func (l Categorical) slopeFor(mean float64) float64 {
	low, high := -20., 20.
	logits, found := make([]float32, l.levels), make([]float32, 1)
	for range 60 {
		slope := (low + high) / 2
		for k := range logits {
			logits[k] = float32(slope * float64(k))
		}
		if l.Mean(found, logits); float64(found[0]) < mean {
			low = slope
		} else {
			high = slope
		}
	}
	return (low + high) / 2
}

// Facts implements Likelihood.
func (l Categorical) Facts() Facts { return factsOfLevels("categorical", l.levels) }
