package likelihood

import (
	"fmt"

	"vae/internal/exact"
	"vae/internal/kernel"
	"vae/internal/pmf"
)

// ExactMean returns what writes the mean image of an output to dst, values from 0 to 1, with the same bits on every machine for the same output: on
// the paths of the kernels that are reproducible. It differs from Mean a little: of logistic it is the location within 0 and 1, of categorical
// the exponentials are those of a table. What
// it returns has memory of its own, and is used by one goroutine at a time.
func ExactMean(l Likelihood) (func(dst, out []float32), error) {
	switch l := l.(type) {
	case Bernoulli:
		return kernel.Sigmoids, nil
	case *Gaussian, SquaredError, *Logistic:
		return within, nil
	case BetaBinomial:
		return exactOdds, nil
	case Categorical:
		masses := make([]float64, l.levels)
		return func(dst, out []float32) {
			for i := range dst {
				dst[i] = meanLevel(masses, out[i*l.levels:][:l.levels])
			}
		}, nil
	case Mixture:
		return l.Mean, nil
	}
	return nil, fmt.Errorf("has a %s, of which no image is known that is the same on every machine", l.Facts().Description)
}

// within keeps an output that is the image from 0 to 1.
func within(dst, out []float32) {
	for i, v := range out {
		dst[i] = min(max(v, 0), 1)
	}
}

// exactOdds is alpha / (alpha + beta).
func exactOdds(dst, out []float32) {
	for i := range dst {
		dst[i] = float32(exact.Sigmoid(boundedLog(out[2*i]) - boundedLog(out[2*i+1])))
	}
}

// boundedLog is that of alpha or beta, NaN of what is none.
func boundedLog(v float32) float64 { return min(max(float64(v), -greatestLog), greatestLog) }

// meanLevel is the mean of a value by the logits of its levels, for which there is memory.
func meanLevel(masses []float64, logits []float32) float32 {
	pmf.Softmax(masses, logits)
	var sum, all float64
	for k, mass := range masses {
		sum += float64(float64(k) * mass)
		all += mass
	}
	return float32(sum / all / float64(len(masses)-1))
}
