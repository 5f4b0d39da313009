package likelihood

import (
	"math"
	"math/rand/v2"
	"slices"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// SquaredError is the squared distance of the image from the decoder's output, summed over
// pixels: the loss of normal pixels of variance 1/2 without its constant.
type SquaredError struct{}

// Outputs implements Likelihood: one mean a pixel.
func (SquaredError) Outputs(image config.Shape) config.Shape { return image }

// Params implements Likelihood: there are none.
func (SquaredError) Params() []*graph.Param { return nil }

// NLL implements Likelihood: the squared error.
func (SquaredError) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	return b.Node(op.SquaredError(out, x))
}

// PointNLL implements Likelihood: the squared error.
func (SquaredError) PointNLL(out, x []float32) float64 { return kernel.SquaredDistance(out, x) }

// Mean implements Likelihood: it is the output.
func (SquaredError) Mean(dst, out []float32) { copy(dst, out) }

// Draw implements Likelihood.
func (SquaredError) Draw(dst, out []float32, r *rand.Rand) { addNoise(dst, out, math.Sqrt(0.5), r) }

// Bias implements Likelihood: the means.
func (SquaredError) Bias(means []float64) []float64 { return slices.Clone(means) }

// Facts implements Likelihood.
func (SquaredError) Facts() Facts {
	const name = "squared error"
	return Facts{Loss: name, Term: name, PixelConstant: 0.5 * math.Log(math.Pi), Description: name, Reconstruction: name}
}
