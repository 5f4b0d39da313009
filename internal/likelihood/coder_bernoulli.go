package likelihood

import (
	"sync"

	"vae/internal/ans"
	"vae/internal/exact"
)

// bernoulliCoder has the frequency of a white pixel by its logit. What the steps of the table lose, 9e-7 bits a pixel at the most, is a variance of
// logits of step^2/12 times p (1 - p)/2; what the bounds lose of a pixel of which nothing is left to say is 2.2e-5.
type bernoulliCoder struct {
	ones *[2*mostLogit*logitSteps + 1]uint32
}

const (
	onePrecision = 16
	mostLogit    = 12  // beyond which the frequency is 1 or all but 1
	logitSteps   = 128 // of the table in a unit
)

// ones are the frequencies of white from -mostLogit on.
var ones = sync.OnceValue(func() *[2*mostLogit*logitSteps + 1]uint32 {
	const all = 1 << onePrecision
	table := new([2*mostLogit*logitSteps + 1]uint32)
	for i := range table {
		p := exact.Sigmoid(float64(i)/logitSteps - mostLogit)
		table[i] = uint32(min(max(float64(p*all)+0.5, 1), all-1))
	}
	return table
})

// one is the frequency of white, of a logit that is none that of even chances.
func (c bernoulliCoder) one(logit float32) uint32 {
	if logit != logit {
		logit = 0
	}
	at := int(min(max(logit, -mostLogit), mostLogit)*logitSteps + (mostLogit*logitSteps + 0.5))
	return c.ones[at]
}

// Push implements Coder.
func (c bernoulliCoder) Push(s *ans.Stack, out []float32, levels []uint16) {
	out = out[:len(levels)]
	for i := len(levels) - 1; i >= 0; i-- {
		s.PushBit(bitOf(levels[i]), c.one(out[i]), onePrecision)
	}
}

// bitOf is a level of two.
func bitOf(level uint16) uint32 {
	if level > 1 {
		panic("a level above 1 of a pixel that is black or white")
	}
	return uint32(level)
}

// Pop implements Coder.
func (c bernoulliCoder) Pop(s *ans.Stack, out []float32, levels []uint16) {
	out = out[:len(levels)]
	for i := range levels {
		levels[i] = uint16(s.PopBit(c.one(out[i]), onePrecision))
	}
}

// Cost implements Coder.
func (c bernoulliCoder) Cost(out []float32, levels []uint16) (sum int64) {
	for i, level := range levels {
		frequency := c.one(out[i])
		if bitOf(level) == 0 {
			frequency = 1<<onePrecision - frequency
		}
		sum += exact.Bits(frequency, onePrecision)
	}
	return sum
}
