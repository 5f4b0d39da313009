package kernel

import "time"

// Peak measures how many floating-point operations a second one thread reaches in
// a loop of independent multiply-adds of the path in use, the best of some short
// runs: what a kernel's rate is held against. It is 0 for the portable path.
func Peak() float64 {
	const rounds = 20000
	if peakOperations(1) == 0 {
		return 0
	}
	best := time.Duration(1 << 62)
	for range 20 {
		start := time.Now()
		peakOperations(rounds)
		best = min(best, time.Since(start))
	}
	return rounds * float64(peakOperations(1)) / best.Seconds()
}
