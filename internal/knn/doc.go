// Package knn finds nearest neighbors by Euclidean distance. It is the one place
// that does: exactly, to float64's rounding, by Nearest, Self, Radii and Within, and
// nearly so, for very many rows, by Approximate.
//
// Matrices are row-major []float32. Shapes in comments: N rows, Q queries, L
// columns, K neighbors. Results have the same bits for any number of threads and
// on every path of the kernels.
package knn

import (
	"fmt"

	"vae/internal/kernel"
)

// CheckRows reports what is wrong with x as a matrix of rows of l columns.
// Otherwise it returns the number of rows, at least 1.
func CheckRows(what string, x []float32, l int) (n int, err error) {
	if l < 1 || len(x) == 0 || len(x)%l != 0 {
		return 0, fmt.Errorf("%s: %d numbers are no rows of %d columns", what, len(x), l)
	}
	if i := kernel.NotFinite(x); i >= 0 {
		return 0, fmt.Errorf("%s: row %d, column %d is %v: a finite number is needed", what, i/l, i%l, x[i])
	}
	return len(x) / l, nil
}
