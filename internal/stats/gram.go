package stats

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/kernel"
)

// Of n rows of more columns the covariance has at most n-1 eigenvalues that are not 0. They
// are those of the Gram matrix 1/N X Xᵀ of the centered rows X, which is [n, n], and an
// eigenvector u of that gives the component Xᵀu, but for its length (the "snapshot
// method", Sirovich 1987).

const (
	gramStrip = 512     // columns that are centered at a time
	maxGram   = 1 << 30 // most numbers of all rows together, which are in memory: 4 GiB
)

// fewRows are rows [n, d] and their mean.
type fewRows struct {
	data []float32
	mean []float64
	n, d int
}

// gramPCA is FitPCA of fewer rows than columns. It reads each row once.
func gramPCA(ctx context.Context, rows func(dst []float32, i int), n, d, k int) (*PCA, error) {
	g := &fewRows{data: make([]float32, n*d), mean: make([]float64, d), n: n, d: d}
	for i := range n {
		rows(g.data[i*d:(i+1)*d:(i+1)*d], i)
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	if i := kernel.NotFinite(g.data); i >= 0 {
		return nil, fmt.Errorf("pca: row %d, column %d is %v: a finite number is needed", i/d, i%d, g.data[i])
	}
	addColumns(g.mean, g.data)
	floats.Scale(1/float64(n), g.mean)
	products, err := g.products(ctx)
	if err != nil {
		return nil, err
	}
	values, vectors, err := eigen(ctx, products, n)
	if err != nil {
		return nil, err
	}
	components := make([][]float64, k)
	for i := range components {
		components[i] = make([]float64, d)
	}
	if err := g.project(ctx, components, vectors); err != nil {
		return nil, err
	}
	if err := orthonormalize(ctx, components); err != nil {
		return nil, err
	}
	// The other d-n eigenvalues of the covariance are 0.
	return newPCA(g.mean, append(make([]float64, d-n), values...), components)
}

// eachStrip gives use the centered rows [n, width] of the columns from a place on, from
// left to right.
func (g *fewRows) eachStrip(ctx context.Context, use func(centered []float64, from, width int)) error {
	buffer := make([]float64, g.n*min(gramStrip, g.d))
	for from := 0; from < g.d; from += gramStrip {
		width := min(gramStrip, g.d-from)
		centered := buffer[:g.n*width]
		kernel.Parallel(g.n, func(i int) {
			for j, v := range g.data[i*g.d+from : i*g.d+from+width] {
				centered[i*width+j] = float64(v) - g.mean[from+j]
			}
		})
		use(centered, from, width)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// products is the Gram matrix [n, n], with division by n.
func (g *fewRows) products(ctx context.Context) ([]float64, error) {
	n := g.n
	sum := make([]float64, n*n)
	err := g.eachStrip(ctx, func(centered []float64, _, _ int) { addProducts(ctx, sum, centered, n) })
	mirror(sum, n, n)
	return sum, err
}

// project writes to the components, by falling eigenvalue, what the eigenvectors of the
// Gram matrix, by rising eigenvalue, make of the centered rows.
func (g *fewRows) project(ctx context.Context, components [][]float64, vectors *mat.Dense) error {
	columns := make([][]float64, min(len(components), g.n)) // of more there are none
	for i := range columns {
		columns[i] = mat.Col(nil, g.n-1-i, vectors)
	}
	return g.eachStrip(ctx, func(centered []float64, from, width int) {
		kernel.Parallel(len(columns), func(k int) {
			dst := components[k][from : from+width]
			for i, u := range columns[k] {
				floats.AddScaled(dst, u, centered[i*width:(i+1)*width])
			}
		})
	})
}

// dependent is the length that is left of a unit vector, when its part along others is
// taken away, below which it counts as one of their span.
const dependent = 1e-8

// orthonormalize makes vectors of some length orthonormal, the first of them keeping their
// directions: those of great variance are so but for rounding. One that is nothing but
// the others, as where the variance is 0, becomes another direction.
func orthonormalize(ctx context.Context, vectors [][]float64) error {
	axis := 0
	for i, v := range vectors {
		for !leave(v, vectors[:i]) {
			clear(v)
			v[axis] = 1
			axis++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// leave makes v a unit vector orthogonal to others that are orthonormal, by the method of
// Gram and Schmidt, twice, as once leaves too much of a short one. It reports whether
// there was one.
func leave(v []float64, others [][]float64) bool {
	products := make([]float64, len(others))
	for range 2 {
		norm := floats.Norm(v, 2)
		if norm == 0 {
			return false
		}
		floats.Scale(1/norm, v)
		kernel.Parallel(len(others), func(j int) { products[j] = floats.Dot(v, others[j]) })
		eachStrip(len(v), func(from, to int) {
			for j, o := range others {
				floats.AddScaled(v[from:to], -products[j], o[from:to])
			}
		})
		if floats.Norm(v, 2) < dependent {
			return false
		}
	}
	floats.Scale(1/floats.Norm(v, 2), v)
	return true
}
