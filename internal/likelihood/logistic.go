package likelihood

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// Logistic pixels are levels that a logistic distribution is rounded to, independently, given z
// (Kingma et al. 2016); the decoder's output are its means, and each channel has one scale for all
// pixels, which is learned (Townsend et al. 2020, HiLLoC).
type Logistic struct {
	levels int
	scale  *graph.Param // [C], see op.LogScale
}

func newLogistic(a asked) Likelihood {
	return &Logistic{a.Levels, graph.NewParam("x_scale", a.channels)}
}

// The least and the greatest logarithm of a scale, black being 0 and white 1.
const (
	leastLogScale    = kernel.LeastScale - math.Ln2
	greatestLogScale = 10
)

// Outputs implements Likelihood: one mean a pixel.
func (l *Logistic) Outputs(image config.Shape) config.Shape { return image }

// Params implements Likelihood: the scales.
func (l *Logistic) Params() []*graph.Param { return []*graph.Param{l.scale} }

// scaleOf is that of value i of an image.
func (l *Logistic) scaleOf(i int) float64 {
	if l.scale.Value == nil { // before there is memory for it
		return op.FirstScale
	}
	return math.Exp(min(max(op.LogScale(l.scale.Value[i%len(l.scale.Value)]), leastLogScale), greatestLogScale))
}

// NLL implements Likelihood.
func (l *Logistic) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	bound := func(log float64) float32 { return float32((log - math.Log(op.FirstScale)) / op.ScaleGain) }
	scale := b.Node(op.Clamp(b.Param(l.scale), bound(leastLogScale), bound(greatestLogScale), nil))
	return b.Node(op.LogisticNLL(out, scale, x, l.levels))
}

// PointNLL implements Likelihood.
func (l *Logistic) PointNLL(out, x []float32) (sum float64) {
	for i, mean := range out {
		sum -= logMass(kernel.Level(x[i], l.levels), l.levels, float64(mean), l.scaleOf(i))
	}
	return sum
}

// logMass is the logarithm of the mass of a logistic distribution, black being 0 and white 1, in the bin of
// a level, of which the first and the last reach to infinity. Nothing cancels.
func logMass(level, levels int, mean, scale float64) (sum float64) {
	top := float64(levels - 1)
	rate := 1 / (scale * top) // of one level
	at := (float64(level) - mean*top) * rate
	if level < levels-1 {
		sum -= softplus(-at - rate/2)
	}
	if level > 0 {
		sum -= softplus(at - rate/2)
	}
	if level > 0 && level < levels-1 {
		sum += math.Log(-math.Expm1(-rate))
	}
	return sum
}

// softplus is log(1 + exp x).
func softplus(x float64) float64 { return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }

// Mean implements Likelihood: the mean of the distribution within 0 and 1, that of its levels but for less than half
// a level.
func (l *Logistic) Mean(dst, out []float32) {
	scales := make([]float32, len(l.scale.Value))
	for c := range scales {
		scales[c] = float32(math.Log(l.scaleOf(c)))
	}
	kernel.LogisticMean(dst, out, scales)
}

// clippedMean is the mean of a logistic distribution that is clipped to 0 and 1: the integral of the probability to be
// above.
func clippedMean(mean, scale float64) float64 {
	return scale * (softplus(mean/scale) - softplus((mean-1)/scale))
}

// meanFor is the mean of a distribution whose clipped mean is that, from lowestMean to highestMean.
func meanFor(clipped, scale float64) float64 {
	clipped = min(max(clipped, lowestMean), highestMean)
	low, high := -50*scale, 1+50*scale
	for range 100 {
		if mean := (low + high) / 2; clippedMean(mean, scale) < clipped {
			low = mean
		} else {
			high = mean
		}
	}
	return (low + high) / 2
}

// Draw implements Likelihood.
func (l *Logistic) Draw(dst, out []float32, r *rand.Rand) {
	for i, mean := range out {
		dst[i] = drawLevel(float64(mean), l.scaleOf(i), l.levels, r)
	}
}

// drawLevel draws from a logistic distribution, black being 0 and white 1, and rounds to a level.
func drawLevel(mean, scale float64, levels int, r *rand.Rand) float32 {
	u, top := r.Float64(), float64(levels-1)
	y := mean + scale*(math.Log(u)-math.Log1p(-u))
	if y != y {
		return float32(y)
	}
	return float32(math.RoundToEven(min(max(y, 0), 1)*top) / top)
}

// Bias implements Likelihood: the means of which these are the clipped ones.
func (l *Logistic) Bias(means []float64) []float64 {
	bias := make([]float64, len(means))
	for i, mean := range means {
		bias[i] = meanFor(mean, l.scaleOf(i))
	}
	return bias
}

// Facts implements Likelihood.
func (l *Logistic) Facts() Facts { return factsOfLevels("logistic", l.levels) }

// factsOfLevels are those of a likelihood that gives levels a probability.
func factsOfLevels(name string, levels int) Facts {
	return Facts{
		Loss: "NLL", Term: "reconstruction", Nats: true, Levels: levels,
		Description: fmt.Sprintf("%s likelihood of %d levels", name, levels), Reconstruction: fmt.Sprintf("%s negative log-likelihood of %d levels", name, levels),
	}
}

// inParts shares out n values.
func inParts(n int, work func(from, to int)) {
	const size = 1024
	kernel.Parallel((n+size-1)/size, func(part int) { work(part*size, min((part+1)*size, n)) })
}
