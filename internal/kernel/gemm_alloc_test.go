//go:build !race

// The race detector makes sync.Pool forget on purpose.

package kernel

import (
	"runtime"
	"testing"
)

func TestMatMulAllocatesNothing(t *testing.T) {
	manyThreads(t, 2)
	m, n, k := 128, 200, 400
	a, b, c := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
	eachPath(t, func(t *testing.T) {
		round := func() {
			for _, form := range gemmForms {
				form.mul(c, a, b, m, n, k, false)
			}
		}
		for range 20 {
			round()
		}
		const rounds = 20
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			round()
		}
		runtime.ReadMemStats(&after)
		// A collection in between empties half of the pools: a few are fair.
		if count := after.Mallocs - before.Mallocs; !(count < rounds) {
			t.Errorf("%d allocations in %d rounds of three products", count, rounds)
		}
	})
}
