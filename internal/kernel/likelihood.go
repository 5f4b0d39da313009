package kernel

import "math"

// BernoulliNLL writes to nll [m] the negative log-likelihood in nats of each
// row of x [m,n], targets in [0,1], under independent Bernoulli pixels with the
// given logits [m,n], and to residual [m,n] its derivative with respect to the
// logits, sigmoid(logit) - x:
//
//	nll_i = sum_j softplus(l_ij) - x_ij l_ij
//
// It is computed from logits (never from probabilities), so it neither
// overflows nor loses the tails. A row is summed in float64, left to right.
// With targets strictly between 0 and 1 this is a cross-entropy, not a
// likelihood.
func BernoulliNLL(nll, residual, logits, x []float32, m, n int) {
	check("BernoulliNLL", len(nll) == m && len(residual) == m*n && len(logits) == m*n && len(x) == m*n, m, n)
	Parallel(ceilDiv(m, rowsPerTask), func(task int) {
		for i := task * rowsPerTask; i < min((task+1)*rowsPerTask, m); i++ {
			lo, hi := i*n, (i+1)*n
			nll[i] = float32(bernoulliRow(residual[lo:hi], logits[lo:hi], x[lo:hi]))
		}
	})
}

func bernoulliRow(residual, logits, x []float32) float64 {
	var sum float64
	for j, l := range logits {
		logit, target := float64(l), float64(x[j])
		e := math.Exp(-math.Abs(logit))
		sum += max(logit, 0) + math.Log1p(e) - target*logit
		p := 1 / (1 + e)
		if logit < 0 {
			p = e / (1 + e)
		}
		residual[j] = float32(p - target)
	}
	return sum
}

// GaussianNLL writes to nll [m] the negative log-likelihood in nats of each row
// of x [m,n] under independent normal pixels with the given means [m,n] and the
// fixed standard deviation sigma, constants included, and to residual [m,n] its
// derivative with respect to the means, (mean - x) / sigma^2.
func GaussianNLL(nll, residual, mean, x []float32, m, n int, sigma float64) {
	check("GaussianNLL", len(nll) == m && len(residual) == m*n && len(mean) == m*n && len(x) == m*n, m, n)
	precision := 1 / (sigma * sigma)
	constant := float64(n) * (math.Log(sigma) + 0.5*math.Log(2*math.Pi))
	Parallel(ceilDiv(m, rowsPerTask), func(task int) {
		for i := task * rowsPerTask; i < min((task+1)*rowsPerTask, m); i++ {
			var squares float64
			for j := i * n; j < (i+1)*n; j++ {
				d := float64(mean[j]) - float64(x[j])
				squares += d * d
				residual[j] = float32(d * precision)
			}
			nll[i] = float32(0.5*precision*squares + constant)
		}
	})
}

// ScaleRows writes to dst [m,n] the rows of src [m,n], each times its factor
// [m]. dst may be src.
func ScaleRows(dst, src, factor []float32, m, n int) {
	check("ScaleRows", len(dst) == m*n && len(src) == m*n && len(factor) == m, m, n)
	Parallel(ceilDiv(m, rowsPerTask), func(task int) {
		for i := task * rowsPerTask; i < min((task+1)*rowsPerTask, m); i++ {
			out, f := dst[i*n:(i+1)*n], factor[i]
			for j, v := range src[i*n : (i+1)*n] {
				out[j] = v * f
			}
		}
	})
}
