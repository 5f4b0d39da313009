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

// Mixture pixels are levels that a mixture of logistic distributions is rounded to, independently, given z, and the
// channels of a pixel depend on each other (Salimans et al. 2017, PixelCNN++). kernel.Mixture has the order of
// the decoder's output.
type Mixture struct{ kernel.Mixture }

func newMixture(a asked) Likelihood {
	return Mixture{kernel.Mixture{Components: a.Components, Channels: a.channels, Levels: a.Levels}}
}

// Outputs implements Likelihood: 3 numbers a component and pixel, of color 10.
func (d Mixture) Outputs(image config.Shape) config.Shape {
	image.Channels = d.Width()
	return image
}

// Params implements Likelihood: there are none.
func (d Mixture) Params() []*graph.Param { return nil }

// NLL implements Likelihood.
func (d Mixture) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	return b.Node(op.PixelNLL("mixtureNLL", out, x, d.Width(), d.Channels, d.Mixture.NLL))
}

// mean is that of a component of a channel, black being 0 and white 1, beside the values before it.
func (d Mixture) mean(pixel []float32, channel, m int, before []float64) float64 {
	mean := float64(pixel[d.At(channel, 0, m)])
	for i, x := range before[:channel] { // green on red; blue on red and green
		mean += math.Tanh(float64(pixel[d.At(channel-1+i, 2, m)])) * (2*x - 1)
	}
	return (mean + 1) / 2
}

// scale is that of a component of a channel, black being 0 and white 1.
func (d Mixture) scale(pixel []float32, channel, m int) float64 {
	return math.Exp(min(max(float64(pixel[d.At(channel, 1, m)]), kernel.LeastScale), kernel.MostScale)) / 2
}

// weights writes the logarithms of the weights of the components.
func (d Mixture) weights(dst []float64, pixel []float32) {
	var sum kernel.LogSum
	for _, v := range pixel[:d.Components] {
		sum.Add(float64(v))
	}
	for m := range dst {
		dst[m] = float64(pixel[m]) - sum.Value()
	}
}

// PointNLL implements Likelihood.
func (d Mixture) PointNLL(out, x []float32) (sum float64) {
	weights, values := make([]float64, d.Components), make([]float64, d.Channels)
	for p := range len(x) / d.Channels {
		pixel := out[p*d.Width():][:d.Width()]
		d.weights(weights, pixel)
		for c, v := range x[p*d.Channels:][:d.Channels] {
			values[c] = float64(kernel.Level(v, d.Levels)) / float64(d.Levels-1)
		}
		var likelihood kernel.LogSum
		for m, term := range weights {
			for c := range d.Channels {
				term += logMass(kernel.Level(x[p*d.Channels+c], d.Levels), d.Levels, d.mean(pixel, c, m, values), d.scale(pixel, c, m))
			}
			likelihood.Add(term)
		}
		sum -= likelihood.Value()
	}
	return sum
}

// Mean implements Likelihood: the mean over the components of their means within 0 and 1, each channel's beside the means of
// those before.
func (d Mixture) Mean(dst, out []float32) { d.Mixture.Mean(dst, out) }

// Draw implements Likelihood.
func (d Mixture) Draw(dst, out []float32, r *rand.Rand) {
	weights, values := make([]float64, d.Components), make([]float64, d.Channels)
	for p := range len(dst) / d.Channels {
		pixel := out[p*d.Width():][:d.Width()]
		d.weights(weights, pixel)
		m := drawOf(weights, r)
		for c := range d.Channels {
			if weights[m] != weights[m] {
				dst[p*d.Channels+c] = float32(weights[m])
				continue
			}
			v := drawLevel(d.mean(pixel, c, m, values), d.scale(pixel, c, m), d.Levels, r)
			dst[p*d.Channels+c], values[c] = v, float64(v)
		}
	}
}

// drawOf draws one of several by the logarithms of their probabilities.
func drawOf(logs []float64, r *rand.Rand) int {
	left := r.Float64()
	for i, l := range logs {
		if left -= math.Exp(l); left < 0 {
			return i
		}
	}
	return len(logs) - 1
}

// Logarithms of the scales, black being -1 and white 1, that the components of an output bias have, the first and the last.
const (
	widestBias    = -1.
	narrowestBias = -3.
)

// Bias implements Likelihood: components of the same weight and mean and of different scales.
func (d Mixture) Bias(means []float64) []float64 {
	bias := make([]float64, len(means)/d.Channels*d.Width())
	for i, mean := range means {
		pixel := bias[i/d.Channels*d.Width():]
		for m := range d.Components {
			scale := widestBias
			if m > 0 {
				scale += (narrowestBias - widestBias) * float64(m) / float64(d.Components-1)
			}
			pixel[d.At(i%d.Channels, 0, m)] = 2*meanFor(mean, math.Exp(scale)/2) - 1
			pixel[d.At(i%d.Channels, 1, m)] = scale
		}
	}
	return bias
}

// Facts implements Likelihood.
func (d Mixture) Facts() Facts {
	return factsOfLevels(fmt.Sprintf("%s:%d", config.DMOL, d.Components), d.Levels)
}
