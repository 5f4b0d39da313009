//go:build !race

// The race detector makes sync.Pool forget on purpose.

package kernel

import (
	"runtime"
	"testing"
)

func TestOptimizersAllocateNothing(t *testing.T) {
	const n = 2*fewestElements + 5
	params := []Parameter{{make([]float32, n), make([]float32, n), make([]float32, n), make([]float32, n), 0.1}}
	round := func() {
		for _, o := range optimizers {
			o.update(1, 0, params)
			o.update(2, 1, params)
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
	// A collection in between empties the pools: a few are fair.
	if count := after.Mallocs - before.Mallocs; !(count < rounds) {
		t.Errorf("%d allocations in %d rounds of %d steps", count, rounds, 2*len(optimizers))
	}
}
