package likelihood

import (
	"math"

	"vae/internal/exact"
	"vae/internal/layer"
	"vae/internal/op"
	"vae/internal/pmf"
)

// bounded is a number of an output within bounds, and low where it is none.
func bounded(v float32, low, high float64) float64 {
	if v != v {
		return low
	}
	return min(max(float64(v), low), high)
}

// logOfFirst is that of op.FirstScale.
const logOfFirst = -math.Ln10

// codedScale is scaleOf, the same on every machine.
func codedScale(parameter float32) float64 {
	log := float64(op.ScaleGain*float64(parameter)) + logOfFirst
	return exact.Exp(min(max(log, leastLogScale), greatestLogScale))
}

func (l *Logistic) coder() Coder {
	scales := make([]float64, len(l.scale.Value))
	for c, v := range l.scale.Value {
		scales[c] = codedScale(v)
	}
	return roundedCoder(pmf.Logistic(), scales, l.levels)
}

// gaussianLevels are those that a normal distribution of pixels is rounded to: a density gives what is between them.
const gaussianLevels = 256

func (g *Gaussian) coder() Coder {
	sigma := g.sigma
	if g.logvar != nil {
		sigma = exact.Exp(0.5 * bounded(g.logvar.Value[0], layer.LowestLogvar, layer.HighestLogvar))
	}
	return roundedCoder(pmf.Normal(), []float64{sigma}, gaussianLevels)
}

// roundedCoder is that of values which a distribution is rounded to, by the means, the output, and the scales of each channel, black being 0 and white 1.
func roundedCoder(of *pmf.Distribution, scales []float64, levels int) Coder {
	top, precision := float64(levels-1), precisionOf(levels)
	r := new(pmf.Rounded)
	return &independent{precision, r, func(out []float32, i int) {
		*r = pmf.NewRounded(of, float64(float64(out[i])*top)+0.5, scales[i%len(scales)]*top, levels, precision)
	}}
}

func (l BetaBinomial) coder() Coder {
	masses := make([]float64, l.levels)
	w := pmf.NewWeighed(l.levels, precisionOf(l.levels))
	return &independent{precisionOf(l.levels), w, func(out []float32, i int) {
		a := exact.Exp(bounded(out[2*i], -greatestLog, greatestLog))
		b := exact.Exp(bounded(out[2*i+1], -greatestLog, greatestLog))
		betaBinomialMasses(masses, a, b)
		w.Set(masses)
	}}
}

// betaBinomialMasses writes the probabilities of all levels, times a number that they share, by
//
//	P(k+1) / P(k) = (N-k) (k+alpha) / ((k+1) (N-k-1+beta))
//
// Where they rise beyond all bounds, those before become 0.
func betaBinomialMasses(masses []float64, a, b float64) {
	const large = 1 << 62
	trials := float64(len(masses) - 1)
	p := 1.
	masses[0] = p
	for k := range len(masses) - 1 {
		at := float64(k)
		p *= (trials - at) * (at + a) / ((at + 1) * (trials - at - 1 + b)) // the quotients do not wait for each other
		masses[k+1] = p
		if p > large*large {
			p = scaleMasses(masses[:k+2], 1./large/large)
		}
	}
}

// scaleMasses multiplies masses and returns the last.
func scaleMasses(masses []float64, by float64) float64 {
	for i := range masses {
		masses[i] *= by
	}
	return masses[len(masses)-1]
}

func (l Categorical) coder() Coder {
	masses := make([]float64, l.levels)
	w := pmf.NewWeighed(l.levels, precisionOf(l.levels))
	return &independent{precisionOf(l.levels), w, func(out []float32, i int) {
		pmf.Softmax(masses, out[i*l.levels:][:l.levels])
		w.Set(masses)
	}}
}
