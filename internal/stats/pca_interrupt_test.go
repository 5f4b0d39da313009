package stats

import (
	"context"
	"errors"
	"testing"
	"time"
)

// TestFitPCAInterrupted: an interruption ends the fit at once, wherever it is: between
// rows, in the products of a block, or while the eigenvectors are computed.
func TestFitPCAInterrupted(t *testing.T) {
	const n, d = 600, 500
	x := mixed(5, n, d)
	for _, after := range []int{0, 1, n, n + 1, 2 * n} { // rows read
		ctx, cancel := context.WithCancel(t.Context())
		read := 0
		stop := func() {
			if read == after {
				cancel()
			}
		}
		stop()
		_, err := FitPCA(ctx, func(dst []float32, i int) {
			copy(dst, x[i*d:(i+1)*d])
			read++
			stop()
		}, n, d, 3)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("interrupted after %d rows: %v", after, err)
		}
		if most := after + blockRows; read > most {
			t.Errorf("interrupted after %d rows, %d were read", after, read)
		}
	}
}

// TestEigenInterrupted: gonum's part, which cannot be stopped, is not waited for.
func TestEigenInterrupted(t *testing.T) {
	const d = 700
	cov := make([]float64, d*d)
	for i := range d {
		for j := range d {
			cov[i*d+j] = 1 / float64(1+i+j)
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond) // it takes half a second
	defer cancel()
	if _, _, err := eigen(ctx, cov, d); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("waited for the eigenvectors: %v", err)
	}
}
