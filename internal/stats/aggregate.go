package stats

import (
	"fmt"
	"math"
	"math/rand/v2"

	"vae/internal/kernel"
	"vae/internal/knn"
	"vae/internal/rng"
)

// Aggregate describes q(z) = 1/N sum_n q(z|x_n), the aggregate of the posteriors
// of N data, against the prior p(z) = N(0, I). All divergences are in nats. By
// Hoffman and Johnson 2016, "ELBO surgery", MeanKL = MutualInformation +
// MarginalKL.
type Aggregate struct {
	MeanKL            float64 // 1/N sum_n KL(q(z|x_n) || p(z)), exact
	MutualInformation float64 // of datum and code under q, estimated; at most log N
	MarginalKL        float64 // KL(q(z) || p(z)), estimated
	StandardError     float64 // of MutualInformation, and of MarginalKL as well

	Mean, Variance []float64 // [L], of each latent under q(z), exact
}

// maxLogvar bounds the magnitude of log-variances, far outside of what a model
// gives, so that standard deviations and their inverses are normal float32s.
const maxLogvar = 160

// AggregatePosterior measures the aggregate of the posteriors N(mu_n,
// exp(logvar_n)), mu and logvar [N, l]. Each of the draws takes a datum m at
// random and z from its posterior; the mean of log q(z|x_m) - log q(z) estimates
// the mutual information, with q(z) over all N data. The marginal divergence is
// what MeanKL leaves: the same quantity as the mean of log q(z) - log p(z), but
// with the part that is known exactly left to no chance. The draws belong to the
// seed. Errors: sizes that do not fit, fewer than two draws, numbers that are
// not finite, logvar outside of [-160, 160].
func AggregatePosterior(mu, logvar []float32, l, draws int, seed uint64) (*Aggregate, error) {
	n, err := knn.CheckRows("aggregate posterior: mu", mu, l)
	if err != nil {
		return nil, err
	}
	if len(logvar) != len(mu) {
		return nil, fmt.Errorf("aggregate posterior: %d numbers of mu, %d of logvar", len(mu), len(logvar))
	}
	for i, v := range logvar {
		if !(math.Abs(float64(v)) <= maxLogvar) {
			return nil, fmt.Errorf("aggregate posterior: logvar of row %d, latent %d is %v: it must be in [-%d, %d]", i/l, i%l, v, maxLogvar, maxLogvar)
		}
	}
	if draws < 2 {
		return nil, fmt.Errorf("aggregate posterior: %d draws have no standard error: at least 2 are needed", draws)
	}
	a := &Aggregate{}
	a.exact(mu, logvar, n, l)
	a.estimate(newMixture(mu, logvar, n, l), draws, seed)
	return a, nil
}

func (a *Aggregate) exact(mu, logvar []float32, n, l int) {
	a.Mean, a.Variance = make([]float64, l), make([]float64, l)
	for i, v := range mu {
		m, lv := float64(v), float64(logvar[i])
		a.Mean[i%l] += m / float64(n)
		a.MeanKL += kernel.StandardNormalKLOf(m, lv) / float64(n)
	}
	for i, v := range mu {
		d := float64(v) - a.Mean[i%l]
		a.Variance[i%l] += (d*d + math.Exp(float64(logvar[i]))) / float64(n)
	}
}

func (a *Aggregate) estimate(m *mixture, draws int, seed uint64) {
	information := make([]float64, draws)
	kernel.Parallel(draws, func(i int) {
		information[i] = m.information(rng.Stream(seed, "aggregate posterior", uint64(i)))
	})
	mean := 0.0
	for _, v := range information {
		mean += v / float64(draws)
	}
	square := 0.0
	for _, v := range information {
		square += (v - mean) * (v - mean)
	}
	a.MutualInformation, a.MarginalKL = mean, a.MeanKL-mean
	a.StandardError = math.Sqrt(square / float64(draws-1) / float64(draws))
}

// mixture is q(z), in the form in which its density is fast to compute.
type mixture struct {
	mu, logvar, inverse []float32 // [N, L]; inverse standard deviations
	peak                []float64 // [N], log of the density at mu but for a constant: -1/2 sum logvar
	l                   int
}

func newMixture(mu, logvar []float32, n, l int) *mixture {
	m := &mixture{mu: mu, logvar: logvar, inverse: make([]float32, n*l), peak: make([]float64, n), l: l}
	kernel.Parallel(n, func(i int) {
		for j := i * l; j < (i+1)*l; j++ {
			m.inverse[j] = float32(math.Exp(-0.5 * float64(logvar[j])))
			m.peak[i] -= 0.5 * float64(logvar[j])
		}
	})
	return m
}

// information is log q(z|x_m) - log q(z) for a draw of m and z.
func (m *mixture) information(r *rand.Rand) float64 {
	n := len(m.peak)
	own := r.IntN(n)
	z := make([]float64, m.l)
	for j := range z {
		at := own*m.l + j
		z[j] = float64(m.mu[at]) + math.Exp(0.5*float64(m.logvar[at]))*r.NormFloat64()
	}
	density := m.logDensity(own, z, math.Inf(-1))
	return density - m.logSum(z, density) + math.Log(float64(n))
}

// negligible is how far below the largest term of a sum of exponentials another
// is left out: a million of them are 3e-14 of the sum.
const negligible = 45

// logSum is the log of the sum of all components' densities at z, in one pass.
// known is the log density of one of them.
func (m *mixture) logSum(z []float64, known float64) float64 {
	highest, sum := known, 0.0
	for i := range m.peak {
		switch v := m.logDensity(i, z, highest-negligible); {
		case v > highest:
			sum = sum*math.Exp(highest-v) + 1
			highest = v
		case v > highest-negligible:
			sum += math.Exp(v - highest)
		}
	}
	return highest + math.Log(sum)
}

// logDensity is the log density of component i at z, but for the constant that
// all components share. It may end early, with any value below the floor, where
// the density is below the floor.
func (m *mixture) logDensity(i int, z []float64, floor float64) float64 {
	const stride = 4 // latents between two looks at the floor
	mu, inverse := m.mu[i*m.l:(i+1)*m.l], m.inverse[i*m.l:(i+1)*m.l]
	v := m.peak[i]
	j := 0
	for ; j+stride <= len(z) && v >= floor; j += stride {
		a := (z[j] - float64(mu[j])) * float64(inverse[j])
		b := (z[j+1] - float64(mu[j+1])) * float64(inverse[j+1])
		c := (z[j+2] - float64(mu[j+2])) * float64(inverse[j+2])
		d := (z[j+3] - float64(mu[j+3])) * float64(inverse[j+3])
		v -= 0.5 * ((a*a + b*b) + (c*c + d*d))
	}
	if v < floor {
		return v
	}
	for ; j < len(z); j++ {
		a := (z[j] - float64(mu[j])) * float64(inverse[j])
		v -= 0.5 * a * a
	}
	return v
}
