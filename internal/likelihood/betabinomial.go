package likelihood

import (
	"math"
	"math/rand/v2"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
)

// BetaBinomial pixels are levels, independently, given z: each counts the successes of trials whose probability is drawn from a beta
// distribution (Townsend et al. 2019, bits-back with ANS). The decoder's output are log alpha and log beta of each value, side by
// side.
type BetaBinomial struct {
	levels int
	ways   []float64 // log (N choose k)
}

func newBetaBinomial(a asked) Likelihood {
	l := BetaBinomial{a.Levels, make([]float64, a.Levels)}
	for k := 1; k < a.Levels; k++ {
		l.ways[k] = l.ways[k-1] + math.Log(float64(a.Levels-k)/float64(k))
	}
	return l
}

// greatestLog bounds log alpha and log beta: beyond it little changes.
const greatestLog = 12

// Outputs implements Likelihood: two numbers a value.
func (BetaBinomial) Outputs(image config.Shape) config.Shape {
	image.Channels *= 2
	return image
}

// Params implements Likelihood: there are none.
func (BetaBinomial) Params() []*graph.Param { return nil }

// NLL implements Likelihood.
func (l BetaBinomial) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	return b.Node(op.PixelNLL("betaBinomialNLL", out, x, 2, 1, l.rows))
}

// blockValues are worked on at a time.
const blockValues = 256

// rows is the op.LikelihoodKernel.
func (l BetaBinomial) rows(nll, derivative, out, x []float32, m, n int) {
	samples := m * n / len(x)
	kernel.Parallel(m, func(i int) {
		var sum float64
		var s block
		for from := 0; from < n; from += blockValues {
			to := min(from+blockValues, n)
			at := i*n + from
			sum += l.block(&s, derivative[2*at:], out[2*at:], x[i/samples*n+from:i/samples*n+to])
		}
		nll[i] = float32(sum)
	})
}

// block is the memory for a block of values: of alpha, beta and both together the parameter, the trials that count and log (parameter)_trials
// with its derivative by the parameter's logarithm.
type block struct {
	parameter, trials, value, slope [3][blockValues]float32
}

// block is the sum over a block of values x, and writes the derivatives.
func (l BetaBinomial) block(s *block, derivative, out, x []float32) (sum float64) {
	n := len(x)
	for j, v := range x {
		k := kernel.Level(v, l.levels)
		a, b := parameter(out[2*j]), parameter(out[2*j+1])
		s.parameter[0][j], s.parameter[1][j], s.parameter[2][j] = float32(a), float32(b), float32(a+b)
		s.trials[0][j], s.trials[1][j], s.trials[2][j] = float32(k), float32(l.levels-1-k), float32(l.levels-1)
	}
	for i := range s.parameter {
		kernel.Rising(s.value[i][:n], s.slope[i][:n], s.parameter[i][:n], s.trials[i][:n], float32(l.levels-1))
	}
	for j := range x {
		sum += float64(s.value[2][j]) - float64(s.value[0][j]) - float64(s.value[1][j]) - l.ways[int(s.trials[0][j])]
		all := s.slope[2][j] / s.parameter[2][j]
		derivative[2*j] = leadingBack(s.parameter[0][j]*all-s.slope[0][j], out[2*j])
		derivative[2*j+1] = leadingBack(s.parameter[1][j]*all-s.slope[1][j], out[2*j+1])
	}
	return sum
}

// leadingBack is a derivative, 0 where a step along it would lead further out of the range.
func leadingBack(derivative, at float32) float32 {
	if at > greatestLog && derivative < 0 || at < -greatestLog && derivative > 0 {
		return 0
	}
	return derivative
}

// parameter is alpha or beta.
func parameter(log float32) float64 {
	return math.Exp(min(max(float64(log), -greatestLog), greatestLog))
}

// PointNLL implements Likelihood. With N trials,
//
//	-log P(k) = -log (N choose k) - log (alpha)_k - log (beta)_(N-k) + log (alpha+beta)_N
//
// where (a)_k = a (a+1) ... (a+k-1).
func (l BetaBinomial) PointNLL(out, x []float32) (sum float64) {
	trials := float64(l.levels - 1)
	for i, v := range x {
		k := kernel.Level(v, l.levels)
		a, b := parameter(out[2*i]), parameter(out[2*i+1])
		up, _ := kernel.RisingFactorial(a, float64(k))
		down, _ := kernel.RisingFactorial(b, trials-float64(k))
		all, _ := kernel.RisingFactorial(a+b, trials)
		sum += all - up - down - l.ways[k]
	}
	return sum
}

// Mean implements Likelihood: alpha / (alpha + beta).
func (BetaBinomial) Mean(dst, out []float32) {
	for i := range dst {
		a, b := parameter(out[2*i]), parameter(out[2*i+1])
		dst[i] = float32(a / (a + b))
	}
}

// Draw implements Likelihood.
func (l BetaBinomial) Draw(dst, out []float32, r *rand.Rand) {
	for i := range dst {
		a, b := parameter(out[2*i]), parameter(out[2*i+1])
		if sum := a + b; sum != sum {
			dst[i] = float32(sum)
			continue
		}
		dst[i] = float32(drawBinomial(l.levels-1, drawBeta(a, b, r), r)) / float32(l.levels-1)
	}
}

// drawBinomial counts the successes of n trials: of many by the place of the one in the middle (Devroye 1986, section X.4.3).
func drawBinomial(n int, p float64, r *rand.Rand) (k int) {
	for n > 20 {
		i := (n + 1) / 2
		middle := drawBeta(float64(i), float64(n+1-i), r)
		if middle <= p {
			k, n, p = k+i, n-i, (p-middle)/(1-middle)
		} else {
			n, p = i-1, p/middle
		}
	}
	for range n {
		if r.Float64() < p {
			k++
		}
	}
	return k
}

// drawBeta draws from a beta distribution. Small parameters leave little between 0 and 1, so logarithms are taken.
func drawBeta(a, b float64, r *rand.Rand) float64 {
	return 1 / (1 + math.Exp(drawLogGamma(b, r)-drawLogGamma(a, r)))
}

// drawLogGamma draws the logarithm of a gamma variable (Marsaglia and Tsang 2000).
func drawLogGamma(a float64, r *rand.Rand) float64 {
	boost := 0.
	if a < 1 {
		boost = math.Log(1-r.Float64()) / a
		a++
	}
	d := a - 1./3
	for {
		x := r.NormFloat64()
		v := 1 + x/math.Sqrt(9*d)
		if v <= 0 {
			continue
		}
		v = v * v * v
		if math.Log(1-r.Float64()) < 0.5*x*x+d-d*v+d*math.Log(v) {
			return boost + math.Log(d*v)
		}
	}
}

// firstTrials is alpha + beta of an output bias.
const firstTrials = 8

// Bias implements Likelihood.
func (l BetaBinomial) Bias(means []float64) []float64 {
	bias := make([]float64, 2*len(means))
	for i, mean := range means {
		p := min(max(mean, lowestMean), highestMean)
		bias[2*i], bias[2*i+1] = math.Log(firstTrials*p), math.Log(firstTrials*(1-p))
	}
	return bias
}

// Facts implements Likelihood.
func (l BetaBinomial) Facts() Facts { return factsOfLevels("beta-binomial", l.levels) }
