package embed

import (
	"context"
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/kernel"
	"vae/internal/stats"
)

// search is solve for very many columns. With W = CCᵀ and B = MMᵀ, M [L, C] the means of the
// classes, C⁻¹BC⁻ᵀ is ZZᵀ with Z = C⁻¹M: of rank C, whose few largest eigenvalues need products with Z alone.
func (s *discriminants) search(ctx context.Context) (values []float64, directions [][]float64, err error) {
	lower, err := factor(ctx, s.within)
	if err != nil {
		return nil, nil, err
	}
	z, parts := make([][]float64, len(s.means)), make([]float64, len(s.means))
	kernel.Parallel(len(z), func(c int) {
		if ctx.Err() == nil {
			z[c] = lower.forward(s.means[c])
			parts[c] = floats.Dot(z[c], z[c])
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, nil, err
	}
	values, directions, err = stats.Leading(ctx, s.l, 2, func(_ context.Context, dst, src [][]float64) error {
		kernel.Parallel(len(src), func(i int) {
			clear(dst[i])
			for _, row := range z {
				floats.AddScaled(dst[i], floats.Dot(row, src[i]), row)
			}
		})
		return nil
	})
	if err != nil {
		return nil, nil, fmt.Errorf("lda: %w", err)
	}
	for i, u := range directions {
		directions[i] = oriented(lower.back(u))
	}
	return append(values, max(floats.Sum(parts)-floats.Sum(values), 0)), directions, nil // the rest as one, for the sum of all
}

// searchBeside is beside for very many columns.
func (s *discriminants) searchBeside(ctx context.Context, axis []float64) ([]float64, error) {
	u := append([]float64(nil), axis...)
	floats.Scale(1/floats.Norm(u, 2), u)
	total := s.total.RawSymmetric() // of which stats.Covariance has filled both triangles
	_, vectors, err := stats.Leading(ctx, s.l, 1, func(_ context.Context, dst, src [][]float64) error {
		for i, v := range src {
			v = append([]float64(nil), v...)
			floats.AddScaled(v, -floats.Dot(u, v), u)
			kernel.Parallel(s.l, func(j int) { dst[i][j] = floats.Dot(total.Data[j*total.Stride:j*total.Stride+s.l], v) })
			floats.AddScaled(dst[i], -floats.Dot(u, dst[i]), u)
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("lda: %w", err)
	}
	return oriented(vectors[0]), nil
}

// lower is a lower triangle C, a row after another.
type lower [][]float64

// factor finds C of a symmetric matrix CCᵀ, which must be positive definite. An interruption ends it:
// gonum's looks at no context.
func factor(ctx context.Context, m *mat.SymDense) (lower, error) {
	l, _ := m.Dims()
	c := make(lower, l)
	for i := range c {
		c[i] = make([]float64, i+1)
	}
	for j := range c {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		pivot := m.At(j, j) - floats.Dot(c[j][:j], c[j][:j])
		if !(pivot > 0) {
			return nil, errors.New("lda: the scatter within the classes is not positive definite")
		}
		c[j][j] = math.Sqrt(pivot)
		below := l - j - 1
		kernel.Parallel((below+rowsOfTask-1)/rowsOfTask, func(t int) {
			for i := j + 1 + t*rowsOfTask; i < min(j+1+(t+1)*rowsOfTask, l); i++ {
				c[i][j] = (m.At(i, j) - floats.Dot(c[i][:j], c[j][:j])) / c[j][j]
			}
		})
	}
	return c, nil
}

// forward is C⁻¹v.
func (c lower) forward(v []float64) []float64 {
	x := append([]float64(nil), v...)
	for i, row := range c {
		x[i] = (x[i] - floats.Dot(row[:i], x[:i])) / row[i]
	}
	return x
}

// back is C⁻ᵀv.
func (c lower) back(v []float64) []float64 {
	x := append([]float64(nil), v...)
	for i := len(c) - 1; i >= 0; i-- {
		x[i] /= c[i][i]
		floats.AddScaled(x[:i], -x[i], c[i][:i])
	}
	return x
}
