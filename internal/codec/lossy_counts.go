package codec

import (
	"errors"
	"math"
	"sort"

	"vae/internal/ans"
	"vae/internal/exact"
	"vae/internal/pmf"
)

// counts are frequencies of the whole numbers from -reach to reach: those of a normal distribution, to which is added what has come.
type counts struct {
	reach int
	sums  []uint64 // of what counts for the numbers before each
	free  uint64   // what the numbers share
	grow  uint64   // what a number that has come adds
}

// countPrecision is that of counts, and what the normal distribution counts for.
const countPrecision = 16

// The spreads that counts may have are a quarter of a power of two apart.
const (
	mostSpread   = 60
	spreadParts  = 4
	spreadOne    = 24 // the code of a spread of 1
	mostReach    = 3100
	widestSpread = 6 // a number is at most so many spreads out
)

// spreadOf is the standard deviation of a code from 1 to mostSpread.
func spreadOf(code byte) float64 {
	at := int(code) - spreadOne
	part := at & (spreadParts - 1)
	return math.Ldexp(roots[part*stepParts/spreadParts], (at-part)/spreadParts)
}

func reachOf(code byte) int { return int(math.Ceil(widestSpread*spreadOf(code))) + 1 }

// spreadFor is the code for some whole numbers; 0 where all are 0, of which nothing is coded.
func spreadFor(numbers []int) byte {
	var square float64
	most := 0
	for _, n := range numbers {
		square += float64(n * n)
		most = max(most, n, -n)
	}
	if most == 0 {
		return 0
	}
	wide := math.Sqrt(square / float64(len(numbers)))
	return byte(sort.Search(mostSpread-1, func(i int) bool { return spreadOf(byte(i+1)) >= wide && reachOf(byte(i+1)) >= most }) + 1)
}

func newCounts(code byte) *counts {
	reach := reachOf(code)
	n := 2*reach + 1
	normal := pmf.NewRounded(pmf.Normal(), float64(reach)+0.5, spreadOf(code), n, countPrecision)
	c := &counts{reach: reach, sums: make([]uint64, n+1), free: 1<<countPrecision - uint64(n)}
	for i := range n {
		_, frequency := normal.Part(i)
		c.sums[i+1] = c.sums[i] + uint64(frequency)
	}
	// The more numbers there are the longer it takes until how often each came says more than the distribution does.
	c.grow = max(1, 1<<countPrecision/uint64(learnedAt+int(4*spreadOf(code))))
	return c
}

// learnedAt is after how many numbers what has come counts for as much as the distribution, where the spread is small.
const learnedAt = 8

func (c *counts) start(i int) uint32 {
	return uint32(i) + uint32(c.sums[i]*c.free/c.sums[len(c.sums)-1])
}

// part is which numbers below 2^countPrecision a whole number has.
func (c *counts) part(n int) (start, frequency uint32) {
	start = c.start(n + c.reach)
	return start, c.start(n+c.reach+1) - start
}

// at is the whole number that has u.
func (c *counts) at(u uint32) int {
	return sort.Search(2*c.reach, func(i int) bool { return c.start(i+1) > u }) - c.reach
}

// learn takes note of one that has come.
func (c *counts) learn(n int) {
	for i := n + c.reach + 1; i < len(c.sums); i++ {
		c.sums[i] += c.grow
	}
}

// countsOf are those of each latent, nil of one of which nothing is coded.
func countsOf(codes []byte) []*counts {
	all := make([]*counts, len(codes))
	for l, code := range codes {
		if code > 0 {
			all[l] = newCounts(code)
		}
	}
	return all
}

// encodeNumbers codes the whole numbers of images [n,L] of a block.
func encodeNumbers(numbers []int, latents int) []byte {
	codes := make([]byte, latents)
	for l := range latents {
		codes[l] = spreadFor(column(numbers, l, latents))
	}
	all, parts := countsOf(codes), make([][2]uint32, 0, len(numbers))
	for i, n := range numbers {
		if c := all[i%latents]; c != nil {
			start, frequency := c.part(n)
			parts = append(parts, [2]uint32{start, frequency})
			c.learn(n)
		}
	}
	var s ans.Stack
	for i := len(parts) - 1; i >= 0; i-- {
		s.Push(parts[i][0], parts[i][1], countPrecision)
	}
	return s.Append(codes)
}

func column(numbers []int, l, latents int) (of []int) {
	for i := l; i < len(numbers); i += latents {
		of = append(of, numbers[i])
	}
	return of
}

var errNumbers = errors.New("is damaged: its latents cannot be read")

// decodeNumbers reads the whole numbers of so many images [n,L].
func decodeNumbers(payload []byte, images, latents int) ([]int, error) {
	if len(payload) < latents {
		return nil, errNumbers
	}
	for _, code := range payload[:latents] {
		if code > mostSpread {
			return nil, errNumbers
		}
	}
	s, err := ans.Parse(payload[latents:])
	if err != nil {
		return nil, errNumbers
	}
	all, numbers := countsOf(payload[:latents]), make([]int, images*latents)
	for i := range numbers {
		if c := all[i%latents]; c != nil {
			numbers[i] = c.at(s.Peek(countPrecision))
			start, frequency := c.part(numbers[i])
			s.Pop(start, frequency, countPrecision)
			c.learn(numbers[i])
		}
	}
	if !s.Empty() {
		return nil, errDecoded
	}
	return numbers, nil
}

// costs are the bits that each whole number of a latent from -reach to reach takes, by how often each came, and what is near.
func costs(numbers []int, code byte) []float64 {
	c := newCounts(max(code, 1))
	for _, n := range numbers {
		if n >= -c.reach && n <= c.reach {
			c.learn(n)
		}
	}
	bits := make([]float64, 2*c.reach+1)
	for i := range bits {
		_, frequency := c.part(i - c.reach)
		bits[i] = float64(exact.Bits(frequency, countPrecision)) / exact.Unit
	}
	return bits
}
