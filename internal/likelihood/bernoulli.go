package likelihood

import (
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// Bernoulli pixels are black or white, independently, given z; the decoder's output are
// their logits. On grey pixels its NLL is a cross-entropy, and no likelihood.
type Bernoulli struct{}

// Outputs implements Likelihood: one logit a pixel.
func (Bernoulli) Outputs(image config.Shape) config.Shape { return image }

// Params implements Likelihood: there are none.
func (Bernoulli) Params() []*graph.Param { return nil }

// NLL implements Likelihood, from the logits, never from probabilities.
func (Bernoulli) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	return b.Node(op.BernoulliNLL(out, x))
}

// PointNLL implements Likelihood: sum_j softplus(l_j) - x_j l_j.
func (Bernoulli) PointNLL(out, x []float32) float64 {
	var sum float64
	for i, l := range out {
		logit := float64(l)
		sum += max(logit, 0) - float64(x[i])*logit + math.Log1p(math.Exp(-math.Abs(logit)))
	}
	return sum
}

// Mean implements Likelihood.
func (Bernoulli) Mean(dst, out []float32) { kernel.Sigmoids(dst, out) }

// Draw implements Likelihood.
func (Bernoulli) Draw(dst, out []float32, r *rand.Rand) {
	kernel.Sigmoids(dst, out)
	for i, probability := range dst {
		if probability != probability {
			continue
		}
		dst[i] = 0
		if r.Float32() < probability {
			dst[i] = 1
		}
	}
}

// Smallest and greatest pixel mean that the output bias takes (yburda/iwae).
const (
	lowestMean  = 0.001
	highestMean = 0.999
)

// Bias implements Likelihood: the means' logits.
func (Bernoulli) Bias(means []float64) []float64 {
	bias := make([]float64, len(means))
	for i, mean := range means {
		p := min(max(mean, lowestMean), highestMean)
		bias[i] = math.Log(p) - math.Log1p(-p)
	}
	return bias
}

// Facts implements Likelihood.
func (Bernoulli) Facts() Facts {
	return Facts{
		Loss: "BCE", Term: "reconstruction", GreyTerm: "grey-BCE", Probabilities: true, Nats: true,
		Description: "bernoulli likelihood", Reconstruction: "cross-entropy",
	}
}
