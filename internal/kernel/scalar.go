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

// SumRows writes to dst [n] the sum over the rows of src [m,n], each column from
// top to bottom: the gradient of a bias.
func SumRows(dst, src []float32, m, n int) {
	check("SumRows", len(dst) == n && len(src) == m*n, m, n)
	clear(dst)
	if m == 0 {
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.n, e.sumRows, e.units = dst, src, n, m, ceilDiv(n, columnGroup)
	e.work = func(e *elements, from, to int) {
		from, to = from*columnGroup, min(to*columnGroup, e.n)
		addRows(e.a[from:to], e.b[from:], e.sumRows, e.n)
	}
	e.inParts(m * columnGroup)
}

// columnGroup is how many columns are summed together at least: some cache lines
// of each row.
const columnGroup = 64

func addRowsPortable(sum, src []float32, rows, step int) {
	for i := range rows {
		for j, v := range src[i*step:][:len(sum)] {
			sum[j] += v
		}
	}
}

// eightSums is what the summing kernels leave: element i of a row is in sum i % 8.
type eightSums [8]float64

// total adds them in a fixed order.
func (s *eightSums) total() float64 {
	return ((s[0] + s[4]) + (s[2] + s[6])) + ((s[1] + s[5]) + (s[3] + s[7]))
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 { // NaN - NaN and Inf - Inf are NaN
			return false
		}
	}
	return true
}

// NotFinite is the index of the first element that is NaN or infinite, or -1.
func NotFinite(x []float32) int {
	const block = 1 << 12
	for first := 0; first < len(x); first += block {
		part := x[first:min(first+block, len(x))]
		if Finite(part) {
			continue
		}
		for i, v := range part {
			if v-v != 0 {
				return first + i
			}
		}
	}
	return -1
}
