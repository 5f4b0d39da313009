package stats

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/kernel"
	"vae/internal/trace"
)

// PCA holds the k principal components of rows of D columns, and the variances
// that make it a density: probabilistic PCA (Tipping and Bishop 1999,
// "Probabilistic Principal Component Analysis").
type PCA struct {
	Mean       []float64   // [D]
	Components [][]float64 // [k][D], orthonormal, by falling variance; the entry with the largest magnitude is positive
	Variances  []float64   // [k], eigenvalues of the covariance with division by N
	Noise      float64     // mean of the eigenvalues left out, sigma^2 of equation 8; 0 when none is
	Explained  float64     // sum of Variances over the sum of all eigenvalues
}

// FitPCA computes the first k principal components of n rows of d columns,
// exactly: from all eigenvectors of the whole covariance, or of the Gram matrix where
// there are fewer rows than columns. rows writes row i to dst [d]; it is called at most
// twice for each row, in order, one call at a time. The rows need not be in memory as
// floats, unless they are fewer than the columns. Errors: n below 2, k not in 1..d, rows
// and columns that PCAFits refuses, a number that is not finite, rows that are all
// alike, an interruption of ctx.
func FitPCA(ctx context.Context, rows func(dst []float32, i int), n, d, k int) (*PCA, error) {
	switch {
	case k < 1 || k > d:
		return nil, fmt.Errorf("pca: %d components of %d columns: there can be 1 to %d", k, d, d)
	case n > 1 && !PCAFits(n, d):
		return nil, fmt.Errorf("pca: %d rows of %d columns: there may be %d of either, and %d numbers in fewer rows than columns", n, d, maxColumn, maxGram)
	case n > 1 && n < d:
		return gramPCA(ctx, rows, n, d, k)
	}
	return covariancePCA(ctx, rows, n, d, k)
}

// covariancePCA is FitPCA by way of the covariance.
func covariancePCA(ctx context.Context, rows func(dst []float32, i int), n, d, k int) (*PCA, error) {
	mean, cov, err := Covariance(ctx, "pca", rows, n, d)
	if err != nil {
		return nil, err
	}
	values, vectors, err := eigen(ctx, cov, d)
	if err != nil {
		return nil, err
	}
	components := make([][]float64, k)
	for i := range components {
		components[i] = mat.Col(nil, d-1-i, vectors)
	}
	return newPCA(mean, values, components)
}

// PCAFits reports whether FitPCA takes n rows of d columns: at most 8192 of the one or of
// the other, and in fewer rows than columns at most 2^30 numbers.
func PCAFits(n, d int) bool {
	if n >= d {
		return d <= maxColumn
	}
	return n <= maxColumn && n <= maxGram/d
}

// eigen is [decompose], which an interruption of ctx does not wait for: gonum looks at
// no context, so that it goes on alone until it is done or the program ends.
func eigen(ctx context.Context, cov []float64, d int) ([]float64, *mat.Dense, error) {
	var values []float64
	var vectors *mat.Dense
	done := make(chan error, 1)
	go func() {
		defer func() {
			if r := recover(); r != nil {
				done <- fmt.Errorf("pca: %w", trace.Recovered(r))
			}
		}()
		var err error
		values, vectors, err = decompose(cov, d)
		done <- err
	}()
	select {
	case err := <-done:
		return values, vectors, err
	case <-ctx.Done():
		return nil, nil, ctx.Err()
	}
}

// decompose returns the eigenvalues of a covariance, rising and none below zero, and
// its eigenvectors as columns.
func decompose(cov []float64, d int) ([]float64, *mat.Dense, error) {
	var e mat.EigenSym
	if !e.Factorize(mat.NewSymDense(d, cov), true) {
		return nil, nil, fmt.Errorf("pca: the eigenvalues of the covariance of %d columns did not converge", d)
	}
	values := e.Values(nil)
	for i, v := range values {
		values[i] = max(v, 0) // rounding alone makes them negative
	}
	vectors := new(mat.Dense)
	e.VectorsTo(vectors)
	return values, vectors, nil
}

// newPCA has the eigenvalues [D] of the covariance, rising, and the components by falling
// variance, of which either sign will do.
func newPCA(mean, values []float64, components [][]float64) (*PCA, error) {
	d, k := len(mean), len(components)
	p := &PCA{Mean: mean, Components: components, Variances: make([]float64, k)}
	for i, c := range components {
		p.Variances[i] = values[d-1-i]
		orient(c)
	}
	left, kept := floats.Sum(values[:d-k]), floats.Sum(p.Variances)
	if !(left+kept > 0) {
		return nil, errors.New("pca: all rows are alike: there is no variance to explain")
	}
	if d > k {
		p.Noise = left / float64(d-k)
	}
	p.Explained = kept / (left + kept)
	return p, nil
}

// orient makes the entry with the largest magnitude positive, the first of them
// where several are equal.
func orient(v []float64) {
	largest := 0.0
	for _, x := range v {
		if math.Abs(x) > math.Abs(largest) {
			largest = x
		}
	}
	if largest < 0 {
		floats.Scale(-1, v)
	}
}

// check reports a PCA whose parts do not fit together, as one that was put
// together by hand or read from a file may be.
func (p *PCA) check() error {
	if len(p.Mean) == 0 || len(p.Components) == 0 || len(p.Variances) != len(p.Components) {
		return fmt.Errorf("pca: %d components and %d variances of %d columns do not fit together", len(p.Components), len(p.Variances), len(p.Mean))
	}
	for i, c := range p.Components {
		if len(c) != len(p.Mean) {
			return fmt.Errorf("pca: component %d has %d columns, the mean %d", i, len(c), len(p.Mean))
		}
	}
	return nil
}

// rowCount is the number of rows that codes [n, k] and data [n, D] both have.
func (p *PCA) rowCount(codes, data []float32) (int, error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	k, d := len(p.Components), len(p.Mean)
	n := len(data) / d
	if len(data) != n*d || len(codes) != n*k {
		return 0, fmt.Errorf("pca: %d numbers of codes and %d of data are not as many rows of %d and %d columns", len(codes), len(data), k, d)
	}
	return n, nil
}

// Encode writes to codes [n, k] the coordinates of the rows of data [n, D] along
// the components.
func (p *PCA) Encode(codes, data []float32) error {
	n, err := p.rowCount(codes, data)
	if err != nil {
		return err
	}
	k, d := len(p.Components), len(p.Mean)
	kernel.Parallel(n, func(i int) {
		row := p.center(data[i*d : (i+1)*d])
		for j, c := range p.Components {
			codes[i*k+j] = float32(floats.Dot(c, row))
		}
	})
	return nil
}

// Decode writes to data [n, D] the rows that have the coordinates codes [n, k]
// and lie in the span of the components: the reconstruction of what Encode was
// given.
func (p *PCA) Decode(data, codes []float32) error {
	n, err := p.rowCount(codes, data)
	if err != nil {
		return err
	}
	k, d := len(p.Components), len(p.Mean)
	kernel.Parallel(n, func(i int) {
		row := append([]float64(nil), p.Mean...)
		for j, c := range p.Components {
			floats.AddScaled(row, float64(codes[i*k+j]), c)
		}
		for j, v := range row {
			data[i*d+j] = float32(v)
		}
	})
	return nil
}

// center is x - Mean.
func (p *PCA) center(x []float32) []float64 {
	row := make([]float64, len(x))
	for j, v := range x {
		row[j] = float64(v) - p.Mean[j]
	}
	return row
}
