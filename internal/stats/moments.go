package stats

import (
	"context"
	"fmt"

	"gonum.org/v1/gonum/floats"

	"vae/internal/kernel"
)

// The covariance is computed in float64 throughout, as inner products of columns
// of centered rows, a block of rows at a time. That takes a little less time than
// gonum's Dsyrk, which uses one thread; here each row of the result is a task.
// Package kernel's products would be faster where it has assembly, but float32.

const (
	blockRows = 512  // rows of a block
	strip     = 64   // columns that are one task of a copy
	maxColumn = 8192 // most columns: their covariance is 512 MiB
)

// Covariance returns the mean [D] and the covariance [D, D] of n rows of d
// columns, with division by n. The rows are read twice, in order, one call at a
// time. An interruption of ctx is its error.
func Covariance(ctx context.Context, what string, rows func(dst []float32, i int), n, d int) (mean, cov []float64, err error) {
	if n < 2 {
		return nil, nil, fmt.Errorf("%s: %d rows have no covariance: at least 2 are needed", what, n)
	}
	if d < 1 || d > maxColumn {
		return nil, nil, fmt.Errorf("%s: a covariance of %d columns: there may be 1 to %d", what, d, maxColumn)
	}
	block := make([]float32, min(n, blockRows)*d)
	mean = make([]float64, d)
	if err := eachBlock(ctx, what, rows, block, n, d, func(b []float32) { addColumns(mean, b) }); err != nil {
		return nil, nil, err
	}
	floats.Scale(1/float64(n), mean)
	cov = make([]float64, d*d)
	columns := make([]float64, len(block))
	err = eachBlock(ctx, what, rows, block, n, d, func(b []float32) {
		columns := columns[:len(b)]
		transpose(columns, b, mean)
		addProducts(ctx, cov, columns, d)
	})
	if err != nil {
		return nil, nil, err
	}
	mirror(cov, d, n)
	return mean, cov, nil
}

// mirror divides the upper triangle of a matrix [d, d] by n and makes the lower one the same.
func mirror(m []float64, d, n int) {
	for i := range d {
		for j := i; j < d; j++ {
			m[i*d+j] /= float64(n)
			m[j*d+i] = m[i*d+j]
		}
	}
}

// eachBlock reads the rows in order and gives them to add, a block at a time.
func eachBlock(ctx context.Context, what string, rows func([]float32, int), block []float32, n, d int, add func([]float32)) error {
	for first := 0; first < n; first += blockRows {
		b := block[:min(blockRows, n-first)*d]
		for i := range len(b) / d {
			rows(b[i*d:(i+1)*d:(i+1)*d], first+i)
		}
		if i := kernel.NotFinite(b); i >= 0 {
			return fmt.Errorf("%s: row %d, column %d is %v: a finite number is needed", what, first+i/d, i%d, b[i])
		}
		add(b)
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// addColumns adds the rows of a block to sum [D].
func addColumns(sum []float64, block []float32) {
	eachStrip(len(sum), func(from, to int) {
		for at := 0; at < len(block); at += len(sum) {
			for j, v := range block[at+from : at+to] {
				sum[from+j] += float64(v)
			}
		}
	})
}

// transpose writes to columns [D, rows] the block [rows, D], less the mean.
func transpose(columns []float64, block []float32, mean []float64) {
	d := len(mean)
	n := len(block) / d
	eachStrip(d, func(from, to int) {
		for i := range n {
			for j, v := range block[i*d+from : i*d+to] {
				columns[(from+j)*n+i] = float64(v) - mean[from+j]
			}
		}
	})
}

func eachStrip(d int, do func(from, to int)) {
	kernel.Parallel((d+strip-1)/strip, func(s int) { do(s*strip, min((s+1)*strip, d)) })
}

// addProducts adds the products of all columns [D, rows] to the upper triangle
// of sum [D, D], or of some where ctx is interrupted: of many columns one block takes
// seconds.
func addProducts(ctx context.Context, sum, columns []float64, d int) {
	n := len(columns) / d
	kernel.Parallel(d, func(i int) {
		if ctx.Err() != nil {
			return
		}
		column := columns[i*n : (i+1)*n]
		for j := i; j < d; j++ {
			sum[i*d+j] += floats.Dot(column, columns[j*n:(j+1)*n])
		}
	})
}
