package codec

import (
	"math"

	"vae/internal/ans"
	"vae/internal/exact"
)

// The weights of draws have this precision, and so many bits before they are brought to it.
const (
	choicePrecision = 20
	weightBits      = 30
)

// choices are the starts of the draws of image j, and the end of the last: each has at least one number, the rest are shared by the
// weights.
func (c *chain) choices(j int) []uint32 {
	costs := c.draws.costs[j*c.draws.k:][:c.draws.k]
	least := costs[0]
	for _, cost := range costs {
		least = min(least, cost)
	}
	weights, sum := make([]uint64, len(costs)), uint64(0)
	for k, cost := range costs {
		weights[k] = uint64(float64(exact.Exp(float64(float64(least-cost)*(math.Ln2/exact.Unit))) * (1 << weightBits)))
		sum += weights[k]
	}
	starts, below := make([]uint32, len(costs)+1), uint64(0)
	for k := range starts {
		starts[k] = uint32(uint64(k) + below*(1<<choicePrecision-uint64(len(costs)))/sum)
		if k < len(weights) {
			below += weights[k]
		}
	}
	return starts
}

// popChoice pops which draw of image j is used.
func (c *chain) popChoice(s *ans.Stack, j int) int {
	starts, u, k := c.choices(j), s.Peek(choicePrecision), 0
	for starts[k+1] <= u {
		k++
	}
	s.Pop(starts[k], starts[k+1]-starts[k], choicePrecision)
	return k
}

// pushOneOf pushes one of n that are alike, from 0 on, n being at most 2^24.
func pushOneOf(s *ans.Stack, i, n uint32) {
	start, end := uint32(uint64(i)<<ans.MaxPrecision/uint64(n)), uint32((uint64(i)+1)<<ans.MaxPrecision/uint64(n))
	s.Push(start, end-start, ans.MaxPrecision)
}

// popOneOf pops what pushOneOf has pushed.
func popOneOf(s *ans.Stack, n uint32) uint32 {
	i := ((uint64(s.Peek(ans.MaxPrecision))+1)*uint64(n) - 1) >> ans.MaxPrecision
	start, end := uint32(i<<ans.MaxPrecision/uint64(n)), uint32((i+1)<<ans.MaxPrecision/uint64(n))
	s.Pop(start, end-start, ans.MaxPrecision)
	return uint32(i)
}
