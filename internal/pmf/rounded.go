package pmf

import "math/bits"

// Rounded are frequencies of n symbols to which a variable with a mean and a scale is rounded: symbol i is the cell from i to i+1, and the
// first and the last reach to infinity.
type Rounded struct {
	of   *Distribution
	mean float64 // in cells, where the first begins
	rate float64 // of a cell, in units of the argument of the distribution
	n    int
	own  int    // numbers that each symbol has for its own, 1, or 0 of a distribution that is drawn from before anything is pushed under it
	free uint64 // what the symbols share, 2^precision - n own, and 16 bits more
}

// Bounds of a mean and the inverse of a scale, in cells, so that no number overflows.
const (
	mostMean = 1 << 40
	mostRate = 1 << 40
)

// NewRounded has n symbols and the precision, of which 2^precision is above n, and at most 28; mean and scale are in cells. Of a mean that is no number
// it is 0, of such a scale 1.
func NewRounded(of *Distribution, mean, scale float64, n int, precision uint) Rounded {
	if mean != mean {
		mean = 0
	}
	if scale != scale {
		scale = 1
	}
	return newRounded(of, min(max(mean, -mostMean), mostMean), min(max(1/max(scale, 0), 1./mostRate), mostRate), n, 1, precision)
}

// newRounded has the inverse of the scale.
func newRounded(of *Distribution, mean, inverse float64, n, own int, precision uint) Rounded {
	return Rounded{of, mean, inverse * argumentOne, n, own, (1<<precision - uint64(n*own)) << (64 - certainBits)}
}

// start is F(i).
func (r *Rounded) start(i int) uint32 {
	if i <= 0 {
		return 0
	}
	if i >= r.n {
		return uint32(uint64(r.n*r.own) + r.free>>(64-certainBits))
	}
	part, _ := bits.Mul64(r.below(i), r.free)
	return uint32(i*r.own) + uint32(part)
}

// below is the probability of the symbols below one that is not the first, in units of 2^-48.
func (r *Rounded) below(i int) uint64 {
	return r.of.Below(float64((float64(i) - r.mean) * r.rate))
}

// mass is the probability of a symbol, and 2^-48, in these units.
func (r *Rounded) mass(i int) float64 {
	low, high := uint64(0), uint64(certain)
	if i > 0 {
		low = r.below(i)
	}
	if i < r.n-1 {
		high = r.below(i + 1)
	}
	return float64(high - low + 1)
}

// Part is which numbers a symbol has.
func (r *Rounded) Part(i int) (start, frequency uint32) {
	start = r.start(i)
	return start, r.start(i+1) - start
}

// At is the symbol of a number below 2^precision, and which numbers it has.
func (r *Rounded) At(u uint32) (i int, start, frequency uint32) {
	i = r.guess(u)
	if start = r.start(i); start <= u {
		if end := r.start(i + 1); u < end {
			return i, start, end - start
		}
	}
	i = find(r.n, u, i, r.start)
	start, frequency = r.Part(i)
	return i, start, frequency
}

// guess is a symbol near that of a number, of whose numbers those that every symbol has are taken for those of the symbols below the mean.
func (r *Rounded) guess(u uint32) int {
	most := float64(r.n - 1)
	free := float64(r.free >> (64 - certainBits))
	p := (float64(u) - float64(float64(r.own)*min(max(r.mean, 0), most))) / free
	at := r.mean + r.of.quantile(p)*argumentOne/r.rate
	return int(min(max(at, 0), most))
}

// find is the symbol of n in whose numbers u lies, from one on that is near, in steps that double, and then by halves.
func find(n int, u uint32, near int, start func(int) uint32) int {
	low, high, step := near, near+1, 1
	for ; low > 0 && start(low) > u; step *= 2 {
		low, high = low-step, low
	}
	for up := step == 1; up && high < n && start(high) <= u; step *= 2 {
		low, high = high, high+step
	}
	return halve(max(low, 0), min(high, n), u, start)
}
