package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
	"vae/internal/world"
)

// BernoulliNLL returns the vector [B*K] of negative log-likelihoods in nats of
// the rows of x [B,D] under independent Bernoulli pixels with the given logits
// [B*K,D], K rows in succession for each of x; see kernel.BernoulliNLL. x is data
// and has no gradient.
func BernoulliNLL(logits, x *gorgonia.Node) (*gorgonia.Node, error) {
	return PixelNLL("bernoulliNLL", logits, x, 1, 1, kernel.BernoulliNLL)
}

// GaussianNLL returns the vector [B*K] of negative log-likelihoods in nats of the
// rows of x [B,D] under independent normal pixels with the given means [B*K,D]
// and fixed standard deviation sigma; see kernel.GaussianNLL.
func GaussianNLL(mean, x *gorgonia.Node, sigma float64) (*gorgonia.Node, error) {
	return PixelNLL("gaussianNLL", mean, x, 1, 1, func(nll, residual, mean, x []float32, m, n int) {
		kernel.GaussianNLL(nll, residual, mean, x, m, n, sigma)
	})
}

// SquaredError returns the vector [B*K] of squared distances, summed over pixels,
// between the rows of x [B,D] and of mean [B*K,D], K in succession for each of x;
// see kernel.SquaredError. x is data and has no gradient.
func SquaredError(mean, x *gorgonia.Node) (*gorgonia.Node, error) {
	return PixelNLL("squaredError", mean, x, 1, 1, kernel.SquaredError)
}

// LikelihoodKernel computes the negative log-likelihood of each of m rows of output, and
// its derivative with respect to the decoder's output, in one pass, for images of n
// pixels. The rows of x serve so many rows of output each as there are more of these.
type LikelihoodKernel func(nll, derivative, output, x []float32, m, n int)

// PixelNLL returns the vector [B*K] that a kernel of a likelihood computes of the decoder's
// output [B*K,D'], K rows in succession for each of x [B,D]: numbers of output for each so many
// values of an image. x is data and has no gradient.
func PixelNLL(name string, output, x *gorgonia.Node, numbers, values int, compute LikelihoodKernel) (*gorgonia.Node, error) {
	shape, err := imagesOf(name, output, x, numbers, values)
	if err != nil {
		return nil, err
	}
	nll, derivative, pixels := newBuffer(shape[0]), newBuffer(shape...), shape[1]/numbers*values
	return leaving(name, nll, []*Buffer{derivative, nil}, func(in [][]float32) {
		compute(nll.data, derivative.data, in[0], in[1], shape[0], pixels)
	}, output, x)
}

// imagesOf checks that the decoder's output [B*K,D'] is one of images x [B,D], with numbers for each so
// many values.
func imagesOf(name string, output, x *gorgonia.Node, numbers, values int) (tensor.Shape, error) {
	shapes, err := shapesOf(name, wanted{output, 2}, wanted{x, 2})
	if err != nil {
		return nil, err
	}
	out, data := shapes[0], shapes[1]
	if data[1]%values != 0 || data[1]/values*numbers != out[1] || data[0] == 0 || out[0]%data[0] != 0 {
		return nil, fmt.Errorf("%s: decoder output %v for images %v", name, out, data)
	}
	return out, nil
}

// LearnedGaussianNLL returns the vector [B*K] of negative log-likelihoods in nats
// of the rows of x [B,D] under independent normal pixels with the means [B*K,D]
// and one log-variance for all, logvar [1] (Rybkin et al. 2021, sigma-VAE):
//
//	nll_i = 1/2 exp(-logvar) |mean_i - x|^2 + D/2 (logvar + log 2 pi)
//
// x is data and has no gradient.
func LearnedGaussianNLL(mean, logvar, x *gorgonia.Node) (*gorgonia.Node, error) {
	const name = "learnedGaussianNLL"
	shape, err := imagesOf(name, mean, x, 1, 1)
	if err != nil {
		return nil, err
	}
	one, err := shapeOf(name, logvar, 1)
	if err != nil {
		return nil, err
	}
	if one[0] != 1 {
		return nil, fmt.Errorf("%s: logvar %v, want one for all pixels", name, one)
	}
	rows, pixels := shape[0], shape[1]
	nll, dmean, dlogvar := newBuffer(rows), newBuffer(shape...), newBuffer(rows)
	half := 0.5 * float64(pixels)
	return apply(&fused{
		name: name, result: nll, touched: []*Buffer{dmean, dlogvar}, wrt: []bool{true, true, false},
		run: func(in [][]float32) {
			logvar := float64(in[1][0])
			kernel.GaussianNLL(nll.data, dmean.data, in[0], in[2], rows, pixels, math.Exp(0.5*logvar))
			for i, v := range nll.data {
				dlogvar.data[i] = float32(half - (float64(v) - half*(logvar+math.Log(2*math.Pi))))
			}
		},
		back: func(b backward) (g gradients) {
			g.add(scaled(name, dmean, b))
			g.add(total(name, dlogvar, b))
			g.add(nil, nil)
			return g
		},
	}, mean, logvar, x)
}

// LogisticNLL returns the vector [B*K] of negative log-likelihoods in nats of the rows of x [B,D], each value
// rounded to one of so many levels, under discretized logistic distributions with the means [B*K,D] and scales whose
// logarithms are LogScale of scale [C], one for each channel of a pixel; see kernel.LogisticNLL. x is data and has no
// gradient.
func LogisticNLL(mean, scale, x *gorgonia.Node, levels int) (*gorgonia.Node, error) {
	const name = "logisticNLL"
	shape, err := imagesOf(name, mean, x, 1, 1)
	if err != nil {
		return nil, err
	}
	scales, err := shapeOf(name, scale, 1)
	if err != nil {
		return nil, err
	}
	if shape[1]%scales[0] != 0 {
		return nil, fmt.Errorf("%s: scales %v for images of %d values", name, scales, shape[1])
	}
	rows := shape[0]
	nll, dmean, dscale, logs := newBuffer(rows), newBuffer(shape...), newBuffer(rows, scales[0]), make([]float32, scales[0])
	return apply(&fused{
		name: name, result: nll, touched: []*Buffer{dmean, dscale}, wrt: []bool{true, true, false},
		run: func(in [][]float32) {
			for c, v := range in[1] {
				logs[c] = float32(LogScale(v))
			}
			kernel.LogisticNLL(nll.data, dmean.data, dscale.data, in[0], logs, in[2], rows, shape[1], levels)
			for i := range dscale.data {
				dscale.data[i] *= ScaleGain
			}
		},
		back: func(b backward) (g gradients) {
			g.add(scaled(name, dmean, b))
			g.add(total(name, dscale, b))
			g.add(nil, nil)
			return g
		},
	}, mean, scale, x)
}

// A scale is a parameter by which its logarithm changes ScaleGain times as fast, from that of FirstScale at 0, black being 0 and white 1:
// of photographs it has far to go, and an optimizer moves each parameter by about the learning rate a step.
const (
	ScaleGain  = 10
	FirstScale = 0.1
)

// LogScale is the logarithm of a scale that a parameter stands for.
func LogScale(parameter float32) float64 { return math.Log(FirstScale) + ScaleGain*float64(parameter) }

// OptimalGaussianNLL returns the vector [B*K] of negative log-likelihoods in nats of the rows of x [B,D] under
// independent normal pixels with the means [B*K,D] and one variance for all: in training, where rowWeights [B'] is a node, B a multiple of
// B', the one that gives the rows whose weight is not 0 the least, their mean squared error (Rybkin et al. 2021, sigma-VAE), though not
// below exp(2 LeastLogSigma); its logarithm moves logvar [1], which is it where rowWeights is nil. That the variance depends on the means
// adds nothing to their gradient, since the derivative by it is 0 there. x is data and has no gradient.
func OptimalGaussianNLL(mean, x, rowWeights *gorgonia.Node, logvar []float32) (*gorgonia.Node, error) {
	const name = "optimalGaussianNLL"
	shape, err := imagesOf(name, mean, x, 1, 1)
	if err != nil {
		return nil, err
	}
	rows, pixels := shape[0], shape[1]
	inputs := []*gorgonia.Node{mean, x}
	if rowWeights != nil {
		weights, err := shapeOf(name, rowWeights, 1)
		if err != nil {
			return nil, err
		}
		if weights[0] == 0 || rows%weights[0] != 0 {
			return nil, fmt.Errorf("%s: %d rows for weights %v", name, rows, weights)
		}
		inputs = append(inputs, rowWeights)
	}
	nll, dmean := newBuffer(rows), newBuffer(shape...)
	var slices world.Slices
	return leavingBySlices(name, nll, []*Buffer{dmean, nil, nil}[:len(inputs)], &slices, func(in [][]float32) {
		variance := math.Exp(float64(logvar[0]))
		if len(in) > 2 {
			kernel.SquaredError(nll.data, dmean.data, in[0], in[1], rows, pixels)
			variance = max(meanOfWeighted(slices, nll.data, in[2])/float64(pixels), math.Exp(2*LeastLogSigma))
			move(logvar, variance)
		}
		kernel.GaussianNLL(nll.data, dmean.data, in[0], in[1], rows, pixels, math.Sqrt(variance))
	}, inputs...)
}

// LeastLogSigma bounds an optimal standard deviation, pixels being 0 to 1 (Rybkin et al. 2021).
const LeastLogSigma = -6

// meanOfWeighted is the mean of the rows [B*K] of weights [B] that are not 0, of all processes.
func meanOfWeighted(s world.Slices, rows, weights []float32) float64 {
	of := len(rows) / len(weights)
	sums := s.Total(2, func(sum []float64, slice int) {
		weights := part(weights, slice, s.Count())
		for i, v := range part(rows, slice, s.Count()) {
			if weights[i/of] != 0 {
				sum[0] += float64(v)
				sum[1]++
			}
		}
	})
	return sums[0] / sums[1]
}

// varianceMomentum is the part of a moving average of the variance that the last batch has.
const varianceMomentum = 0.1

// move brings a batch's variance into the moving average of which logvar is the logarithm; 0 stands for none yet. What is no number,
// of a step that diverges, has no say.
func move(logvar []float32, variance float64) {
	if logvar[0] != 0 {
		variance = (1-varianceMomentum)*math.Exp(float64(logvar[0])) + varianceMomentum*variance
	}
	if log := math.Log(variance); !math.IsNaN(log) && !math.IsInf(log, 0) {
		logvar[0] = float32(log)
	}
}

// total is the node [C] of the sums of a derivative's rows, [B] or [B,C], each times the gradient that
// arrives for it: that of numbers on which all rows depend. What lies between them and a parameter may
// look at the sum, as a clamp does: the first process has that of all, and the others nothing to add.
func total(name string, derivative *Buffer, b backward) (*gorgonia.Node, error) {
	columns := derivative.Len() / derivative.shape[0]
	sum := newBuffer(columns)
	var s world.Slices
	return apply(&fused{
		name: name + "Backward", result: sum, touched: []*Buffer{derivative}, slice: func(slices world.Slices) { s = slices },
		run: func(in [][]float32) {
			all := s.Total(columns, func(total []float64, slice int) {
				weights, rows := part(in[1], slice, s.Count()), part(derivative.data, slice, s.Count())
				for c := range total {
					total[c] = weightedSum(weights, rows[c:], columns)
				}
			})
			for c, v := range all {
				if sum.data[c] = 0; s.First() {
					sum.data[c] = float32(v)
				}
			}
		},
	}, b.output, b.grad)
}
