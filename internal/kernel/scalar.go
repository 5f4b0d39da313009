package kernel

import "math"

// StandardNormalKLOf is the Kullback-Leibler divergence in nats between the normal
// distribution of one latent, with mean mu and log-variance logvar, and the standard
// normal (Kingma and Welling 2014, appendix B), without cancellation near 0.
func StandardNormalKLOf(mu, logvar float64) float64 {
	return 0.5 * (mu*mu + math.Expm1(logvar) - logvar)
}

// Reparameterize writes to z the draws mu + exp(logvar/2) noise (Kingma and Welling
// 2014, section 2.4), all of the same length; z may be noise.
func Reparameterize(z, mu, logvar, noise []float32) {
	for i, e := range noise {
		z[i] = mu[i] + float32(math.Exp(0.5*float64(logvar[i])))*e
	}
}

// SquaredDistance is the sum of the squared differences of a and b, of the same length, in
// float64.
func SquaredDistance(a, b []float32) float64 {
	var sum float64
	for i, v := range a {
		d := float64(v) - float64(b[i])
		sum += d * d
	}
	return sum
}

// LogMeanExp returns log(1/K sum exp(x_k)) and writes the normalized weights
// exp(x_k) / sum exp(x), of the same length. The greatest is taken out first, so
// nothing overflows, and the sum is in float64.
func LogMeanExp(x, weights []float32) float64 {
	most := math.Inf(-1)
	for _, v := range x {
		most = max(most, float64(v)) // NaN stays NaN
	}
	var sum float64
	for _, v := range x {
		sum += math.Exp(float64(v) - most)
	}
	for k, v := range x {
		weights[k] = float32(math.Exp(float64(v)-most) / sum)
	}
	return most + math.Log(sum/float64(len(x)))
}

// LogSum is the logarithm of a growing sum of exponentials, of which the greatest is taken
// out, so that nothing overflows. The zero value is that of the empty sum.
type LogSum struct {
	most, sum float64
	any       bool
}

// Add adds exp(x) to the sum.
func (l *LogSum) Add(x float64) {
	switch {
	case !l.any:
		l.most, l.sum, l.any = x, 1, true
	case x == l.most: // also where both are infinite
		l.sum++
	case x > l.most:
		l.sum = l.sum*math.Exp(l.most-x) + 1
		l.most = x
	default:
		l.sum += math.Exp(x - l.most) // NaN stays NaN
	}
}

// Value returns the logarithm of the sum; NaN of the empty sum.
func (l *LogSum) Value() float64 { return l.most + math.Log(l.sum) }
