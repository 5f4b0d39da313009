package kernel

import (
	"math"

	"vae/internal/lane"
)

// BernoulliNLL writes to nll [m] the negative log-likelihood in nats of x, targets
// in [0,1], under independent Bernoulli pixels with the logits [m,n], and to
// residual [m,n] its derivative with respect to the logits, sigmoid(logit) - x:
//
//	nll_i = sum_j softplus(l_ij) - x_ij l_ij
//
// x has m rows, or m/k: then k rows of logits in succession belong to each.
// It is computed from logits, as |l| times x or 1-x plus log(1 + exp(-|l|)), so
// that nothing overflows or cancels, and summed in float64 in a fixed order.
// With targets strictly between 0 and 1 this is a cross-entropy, not a
// likelihood.
func BernoulliNLL(nll, residual, logits, x []float32, m, n int) {
	check("BernoulliNLL", len(nll) == m && len(residual) == m*n && len(logits) == m*n && fitsRows(x, m, n), m, n)
	if n == 0 {
		clear(nll)
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.d, e.n, e.units, e.samples = nll, residual, logits, x, n, m, samplesOf(x, m, n)
	e.work = func(e *elements, from, to int) {
		for i := from; i < to; i++ {
			lo, hi, target := i*e.n, (i+1)*e.n, i/e.samples*e.n
			e.a[i] = float32(bernoulliRow(e.b[lo:hi], e.c[lo:hi], e.d[target:target+e.n]))
		}
	}
	e.inParts(4 * n)
}

func bernoulliRowPortable(residual, logits, x []float32) float64 {
	var sum float64
	for j, l := range logits {
		logit, target := float64(l), float64(x[j])
		e := math.Exp(-math.Abs(logit))
		p, weight := 1/(1+e), 1-target
		if math.Signbit(logit) {
			p, weight = e/(1+e), target
		}
		sum += math.Abs(logit)*weight + math.Log1p(e)
		residual[j] = float32(p - target)
	}
	return sum
}

// fitsRows and samplesOf tell how data rows meet m model rows of n elements: k of
// them in succession each.
func fitsRows(x []float32, m, n int) bool {
	return len(x) == m*n || len(x) > 0 && (m*n)%len(x) == 0 && len(x)%n == 0
}

func samplesOf(x []float32, m, n int) int {
	if len(x) == 0 {
		return 1
	}
	return m * n / len(x)
}

// GaussianNLL writes to nll [m] the negative log-likelihood in nats of x under
// independent normal pixels with the means [m,n] and the fixed standard deviation
// sigma, constants included, and to residual [m,n] its derivative with respect to
// the means, (mean - x) / sigma^2. x has m rows, or m/k as in BernoulliNLL.
func GaussianNLL(nll, residual, mean, x []float32, m, n int, sigma float64) {
	check("GaussianNLL", len(nll) == m && len(residual) == m*n && len(mean) == m*n && fitsRows(x, m, n), m, n)
	if n == 0 {
		clear(nll)
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.d, e.n, e.units, e.sigma, e.samples = nll, residual, mean, x, n, m, sigma, samplesOf(x, m, n)
	e.work = func(e *elements, from, to int) {
		precision := 1 / (e.sigma * e.sigma)
		constant := float64(e.n) * (math.Log(e.sigma) + 0.5*math.Log(2*math.Pi))
		for i := from; i < to; i++ {
			lo, hi, target := i*e.n, (i+1)*e.n, i/e.samples*e.n
			squares := gaussianRow(e.b[lo:hi], e.c[lo:hi], e.d[target:target+e.n], float32(precision))
			e.a[i] = float32(0.5*precision*squares + constant)
		}
	}
	e.inParts(n)
}

// SquaredError writes to sum [m] the squared distance between each row of mean
// [m,n] and of x, summed over its elements, and to residual [m,n] its derivative
// with respect to the means, 2 (mean - x). x has m rows, or m/k as in BernoulliNLL.
func SquaredError(sum, residual, mean, x []float32, m, n int) {
	check("SquaredError", len(sum) == m && len(residual) == m*n && len(mean) == m*n && fitsRows(x, m, n), m, n)
	if n == 0 {
		clear(sum)
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.d, e.n, e.units, e.samples = sum, residual, mean, x, n, m, samplesOf(x, m, n)
	e.work = func(e *elements, from, to int) {
		for i := from; i < to; i++ {
			lo, hi, target := i*e.n, (i+1)*e.n, i/e.samples*e.n
			e.a[i] = float32(gaussianRow(e.b[lo:hi], e.c[lo:hi], e.d[target:target+e.n], 2))
		}
	}
	e.inParts(n)
}

func gaussianRowPortable(residual, mean, x []float32, precision float32) float64 {
	var squares float64
	for j, target := range x {
		d := mean[j] - target
		squares += float64(float32(d * d))
		residual[j] = d * precision
	}
	return squares
}

// StandardNormalKL writes to kl [m] the Kullback-Leibler divergence in nats
// between each row of N(mu, exp(logvar)), mu and logvar [m,n], and the standard
// normal, and to dmu and dlogvar [m,n] its derivatives:
//
//	kl_i = 1/2 sum_j mu_ij^2 + exp(logvar_ij) - 1 - logvar_ij
//
// logvar must not be above 88. A row is summed in float64 in a fixed order.
func StandardNormalKL(kl, dmu, dlogvar, mu, logvar []float32, m, n int) {
	check("StandardNormalKL", len(kl) == m && len(dmu) == m*n && len(dlogvar) == m*n && len(mu) == m*n && len(logvar) == m*n, m, n)
	if n == 0 {
		clear(kl)
		return
	}
	for i := range m {
		lo, hi := i*n, (i+1)*n
		kl[i] = float32(0.5 * standardNormalKLRow(dmu[lo:hi], dlogvar[lo:hi], mu[lo:hi], logvar[lo:hi]))
	}
}

func standardNormalKLRowPortable(dmu, dlogvar, mu, logvar []float32) float64 {
	var sum float64
	for j, m := range mu {
		lv := float64(logvar[j])
		excess := math.Expm1(lv) // exp(logvar) - 1 without cancellation
		sum += float64(m)*float64(m) + excess - lv
		dmu[j] = m
		dlogvar[j] = float32(0.5 * excess)
	}
	return sum
}

// ScaleRows writes to dst [m,n] the rows of src [m,n], each times its factor
// [m]. dst may be src.
func ScaleRows(dst, src, factor []float32, m, n int) {
	check("ScaleRows", len(dst) == m*n && len(src) == m*n && len(factor) == m, m, n)
	if n == 0 {
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.n, e.units = dst, src, factor, n, m
	e.work = func(e *elements, from, to int) {
		for i := from; i < to; i++ {
			scaleRow(e.a[i*e.n:(i+1)*e.n], e.b[i*e.n:(i+1)*e.n], e.c[i])
		}
	}
	e.inParts(n)
}

func scaleRowPortable(dst, src []float32, factor float32) {
	flush := current == exact
	for j, v := range src {
		if flush {
			dst[j] = lane.FlushedProduct(v, factor)
		} else {
			dst[j] = v * factor
		}
	}
}
