package embed

import (
	"context"

	"vae/internal/kernel"
)

// rowsOfTask is how many rows one task of a loop over rows has.
const rowsOfTask = 256

// eachRows calls do for runs of rows, [from, to), at the same time. The cut depends on n
// alone. The runs that an interruption of ctx leaves out make it an error.
func eachRows(ctx context.Context, n int, do func(from, to int)) error {
	kernel.Parallel((n+rowsOfTask-1)/rowsOfTask, func(i int) {
		if ctx.Err() == nil {
			do(i*rowsOfTask, min((i+1)*rowsOfTask, n))
		}
	})
	return ctx.Err()
}

// axes are one or two directions in the space of the rows.
type axes struct {
	mean       []float64   // [l], what lies at 0
	directions [][]float64 // [l] each
}

// project returns the coordinates [N, 2] of the rows of x [N, l], less the mean. Of one
// direction the second coordinate is 0.
func (a *axes) project(ctx context.Context, x []float32) ([]float32, error) {
	l := len(a.mean)
	n := len(x) / l
	places := make([]float32, 2*n)
	err := eachRows(ctx, n, func(from, to int) {
		for i := from; i < to; i++ {
			for c, axis := range a.directions {
				sum := 0.0
				for j, v := range x[i*l : (i+1)*l] {
					sum += (float64(v) - a.mean[j]) * axis[j]
				}
				places[2*i+c] = float32(sum)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}
