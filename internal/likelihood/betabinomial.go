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

// rows is the op.LikelihoodKernel.
func (l BetaBinomial) rows(nll, derivative, out, x []float32, m, n int) {
	samples := m * n / len(x)
	kernel.Parallel(m, func(i int) {
		var sum float64
		for j, v := range x[i/samples*n:][:n] {
			at := 2 * (i*n + j)
			value, a, b := l.value(kernel.Level(v, l.levels), out[at], out[at+1])
			sum += value
			derivative[at], derivative[at+1] = leadingBack(a, out[at]), leadingBack(b, out[at+1])
		}
		nll[i] = float32(sum)
	})
}

// leadingBack is a derivative, 0 where a step along it would lead further out of the range.
func leadingBack(derivative float64, at float32) float32 {
	if at > greatestLog && derivative < 0 || at < -greatestLog && derivative > 0 {
		return 0
	}
	return float32(derivative)
}

// parameter is alpha or beta.
func parameter(log float32) float64 {
	return math.Exp(min(max(float64(log), -greatestLog), greatestLog))
}

// value is the negative log-likelihood of a level and its derivatives by log alpha and log beta. With N trials,
//
//	-log P(k) = -log (N choose k) - log (a)_k - log (b)_(N-k) + log (a+b)_N
//
// where (a)_k = a (a+1) ... (a+k-1).
func (l BetaBinomial) value(level int, logAlpha, logBeta float32) (nll, dAlpha, dBeta float64) {
	trials := l.levels - 1
	a, b := parameter(logAlpha), parameter(logBeta)
	up, dUp := risingFactorial(a, level)
	down, dDown := risingFactorial(b, trials-level)
	all, dAll := risingFactorial(a+b, trials)
	return all - up - down - l.ways[level], a * (dAll - dUp), b * (dAll - dDown)
}

// risingFactorial is log (x)_k = log Gamma(x+k) - log Gamma(x), and its derivative by x, for x > 0.
func risingFactorial(x float64, k int) (log, derivative float64) {
	if k < shortFactorial {
		product := 1.
		for i := range k {
			product *= x + float64(i)
			derivative += 1 / (x + float64(i))
		}
		return math.Log(product), derivative
	}
	y := x + float64(k)
	product := 1.
	for x < stirlingFrom {
		product *= x
		derivative += 1 / x
		x++
	}
	// (x - 1/2) log(y/x) + (y - x) log y - (y - x) is the difference of the main terms, without cancellation; y > x.
	high, dHigh := stirling(y)
	low, dLow := stirling(x)
	logY := math.Log(y)
	log = (x-0.5)*math.Log1p((y-x)/x) + (y-x)*(logY-1) + high - low + math.Log(product)
	return log, derivative + math.Log1p((y-x)/x) + dHigh - dLow
}

const (
	shortFactorial = 12 // factors that are multiplied
	stirlingFrom   = 8
)

// stirling is what log Gamma(x) has besides (x - 1/2) log x - x + log(2 pi)/2, for x >= stirlingFrom, and what its derivative has
// besides log x.
func stirling(x float64) (log, derivative float64) {
	r := 1 / x
	s := r * r
	log = r * (1./12 - s*(1./360-s*(1./1260-s*(1./1680-s/1188))))
	derivative = -r/2 - s*(1./12-s*(1./120-s*(1./252-s*(1./240-s/132))))
	return log, derivative
}

// PointNLL implements Likelihood.
func (l BetaBinomial) PointNLL(out, x []float32) (sum float64) {
	for i, v := range x {
		nll, _, _ := l.value(kernel.Level(v, l.levels), out[2*i], out[2*i+1])
		sum += nll
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
