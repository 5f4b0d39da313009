//go:build !race

// The race detector makes sync.Pool forget on purpose.

package model

import (
	"math"
	"runtime"
	"testing"
)

// A run's memory is the graph's: what gorgonia allocates on the way is a few
// headers, at most 97 of 1,500 bytes together with Go 1.26, and does not grow with
// the batch. Of 1,000 rows the smallest vector has 4,000 bytes.
func TestRunsAllocateLittle(t *testing.T) {
	everyKind(t, func(t *testing.T, r *kinds, v kind) {
		m := r.model(t, v)
		o := r.objective(t, m, v)
		checkAllocations(t, "objective", 150, o.Run)
		e, d := encoder(t, m, r.Batch), decoder(t, m, r.Batch)
		checkAllocations(t, "encoder", 10, func() error { _, _, err := e.Run(); return err })
		checkAllocations(t, "decoder", 10, func() error { _, err := d.Run(); return err })
		large, err := m.NewObjective(options(t, v, 1000))
		if err != nil {
			t.Fatal(err)
		}
		if n := bytesOfARun(t, large); n > 3000 {
			t.Errorf("a run of 1,000 rows allocates %d bytes", n)
		}
	})
}

func checkAllocations(t *testing.T, what string, limit float64, run func() error) {
	t.Helper()
	n := testing.AllocsPerRun(20, func() {
		if err := run(); err != nil {
			t.Fatal(err)
		}
	})
	if n > limit {
		t.Errorf("a run of the %s allocates %g times, limit %g", what, n, limit)
	}
}

// bytesOfARun is what a run allocates at least.
func bytesOfARun(t *testing.T, o *Objective) uint64 {
	t.Helper()
	least := uint64(math.MaxUint64)
	var before, after runtime.MemStats
	for range 4 { // the first makes the values that stay
		runtime.ReadMemStats(&before)
		runObjective(t, o)
		runtime.ReadMemStats(&after)
		least = min(least, after.TotalAlloc-before.TotalAlloc)
	}
	return least
}
