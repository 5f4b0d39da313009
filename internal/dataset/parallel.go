package dataset

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// parallel calls the functions that worker makes, one for each of GOMAXPROCS
// goroutines, for every i of 0..n-1, and returns when all are done.
func parallel(n int, worker func() func(i int)) {
	var next atomic.Int64
	var wg sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		wg.Go(func() {
			do := worker()
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	wg.Wait()
}
