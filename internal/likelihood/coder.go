package likelihood

import (
	"fmt"
	"math/bits"

	"vae/internal/ans"
	"vae/internal/exact"
)

// Coder puts the pixels of images on a stack under a decoder's output, with integer frequencies that are the same on every machine for the same
// output, whatever numbers are in it. It has memory of its own, and is used by one goroutine at a time.
//
// The levels of an image [D] are those of the likelihood, from 0: 0 and 1 of Bernoulli. Any other is a panic.
type Coder interface {
	// Push pushes the levels of an image under its output [D'], so that Pop gives them back.
	Push(s *ans.Stack, out []float32, levels []uint16)
	// Pop pops what Push has pushed under that output, or draws from the likelihood.
	Pop(s *ans.Stack, out []float32, levels []uint16)
	// Cost is what Push takes by the frequencies, in units of 2^-16 bit, of which each value is rounded to one (see exact.Bits).
	Cost(out []float32, levels []uint16) int64
}

// NewCoder returns the coder of a likelihood, by its parameters as they are now, which have to have their memory.
func NewCoder(l Likelihood) (Coder, error) {
	switch l := l.(type) {
	case Bernoulli:
		return bernoulliCoder{ones()}, nil
	case *Logistic:
		return l.coder(), nil
	case *Gaussian:
		return l.coder(), nil
	case BetaBinomial:
		return l.coder(), nil
	case Categorical:
		return l.coder(), nil
	case Mixture:
		return newMixtureCoder(l), nil
	default:
		return nil, fmt.Errorf("the %s gives the levels of a pixel no probabilities, and so no code", l.Facts().Description)
	}
}

// CodedLevels is how many levels the values have that the coder of a likelihood takes: 2 where it gives no number of them and is none of a density.
func CodedLevels(l Likelihood) int {
	if _, density := l.(*Gaussian); density {
		return gaussianLevels
	}
	return max(2, l.Facts().Levels)
}

// precisionOf is that of so many levels, of which each has a frequency of its own: what that takes from the others is 2^-16 of all for up to 4096
// levels, and 2^-12 for 65536.
func precisionOf(levels int) uint {
	return min(16+uint(bits.Len(uint(levels-1))), ans.MaxPrecision)
}

// frequencies are those of package pmf.
type frequencies interface {
	Part(i int) (start, frequency uint32)
	At(u uint32) (i int, start, frequency uint32)
}

// independent codes values that do not depend on each other.
type independent struct {
	precision uint
	of        frequencies                    // of the value that set was last called with
	set       func(out []float32, value int) // makes of frequencies those of a value of an image under its output
}

// Push implements Coder.
func (c *independent) Push(s *ans.Stack, out []float32, levels []uint16) {
	for i := len(levels) - 1; i >= 0; i-- {
		c.set(out, i)
		start, frequency := c.of.Part(int(levels[i]))
		s.Push(start, frequency, c.precision)
	}
}

// Pop implements Coder.
func (c *independent) Pop(s *ans.Stack, out []float32, levels []uint16) {
	for i := range levels {
		c.set(out, i)
		level, start, frequency := c.of.At(s.Peek(c.precision))
		s.Pop(start, frequency, c.precision)
		levels[i] = uint16(level)
	}
}

// Cost implements Coder.
func (c *independent) Cost(out []float32, levels []uint16) (sum int64) {
	for i, level := range levels {
		c.set(out, i)
		_, frequency := c.of.Part(int(level))
		sum += exact.Bits(frequency, c.precision)
	}
	return sum
}
