package stats

import (
	"context"
	"errors"
	"fmt"

	"gonum.org/v1/gonum/mat"

	"vae/internal/knn"
)

// Gaussian is a normal distribution of L variables with any covariance.
type Gaussian struct {
	Mean   []float64 // [L]
	Factor []float64 // [L, L], lower triangular with a positive diagonal: Factor Factorᵀ is the covariance
	Ridge  float64   // what was added to each variance so that the factor exists; 0 where nothing was
}

// FitGaussian fits a normal distribution to n rows of l columns by maximum
// likelihood: mean and covariance with division by n. Where the covariance is
// not safely positive definite, as with n <= l or a latent that never changes, a
// ridge is added to its diagonal: 1e-9 of the mean variance (1e-9 where that is
// zero), times 10 until Cholesky's factorization succeeds. It counts as a success
// when every squared pivot is above a tenth of the ridge, and without a ridge
// above 1e-10 of the mean variance. Errors: n below 2, more than 8192 columns, a
// number that is not finite.
func FitGaussian(rows []float32, n, l int) (Gaussian, error) {
	got, err := knn.CheckRows("gaussian", rows, l)
	if err != nil {
		return Gaussian{}, err
	}
	if got != n {
		return Gaussian{}, fmt.Errorf("gaussian: %d rows of %d columns: %d rows were announced", got, l, n)
	}
	mean, cov, err := Covariance(context.Background(), "gaussian", func(dst []float32, i int) { copy(dst, rows[i*l:]) }, n, l)
	if err != nil {
		return Gaussian{}, err
	}
	factor, ridge, err := factorize(cov, l)
	return Gaussian{mean, factor, ridge}, err
}

// factorize returns the lower Cholesky factor of cov + ridge I, for the smallest
// ridge of those tried.
func factorize(cov []float64, l int) (factor []float64, ridge float64, err error) {
	trace := 0.0
	for j := range l {
		trace += cov[j*l+j]
	}
	step := 1e-9 * trace / float64(l)
	if !(step > 0) {
		step = 1e-9
	}
	sum := append([]float64(nil), cov...)
	for _, multiple := range []float64{0, 1, 10, 100, 1e3, 1e4, 1e5, 1e6} {
		ridge = multiple * step
		for j := range l {
			sum[j*l+j] = cov[j*l+j] + ridge
		}
		if factor, ok := cholesky(sum, l, max(ridge, step)/10); ok {
			return factor, ridge, nil
		}
	}
	return nil, 0, errors.New("gaussian: the covariance could not be made positive definite")
}

// cholesky is the lower factor of cov; ok is false where a pivot is not above
// least.
func cholesky(cov []float64, l int, least float64) (factor []float64, ok bool) {
	var c mat.Cholesky
	if !c.Factorize(mat.NewSymDense(l, cov)) {
		return nil, false
	}
	var lower mat.TriDense
	c.LTo(&lower)
	factor = make([]float64, l*l)
	for i := range l {
		for j := range i + 1 {
			factor[i*l+j] = lower.At(i, j)
		}
		if !(factor[i*l+i]*factor[i*l+i] > least) {
			return nil, false
		}
	}
	return factor, true
}
