package likelihood

import (
	"vae/internal/ans"
	"vae/internal/exact"
	"vae/internal/kernel"
	"vae/internal/pmf"
)

// mixtureCoder codes each channel of a pixel by the mixture of its components, whose weights are then those that they have
// given the channels before: the product is the probability of the pixel.
type mixtureCoder struct {
	Mixture
	precision uint
	of        pmf.Mixed
	weights   []float64 // of the components
	signed    []float64 // values of the channels of a pixel, from -1 to 1
	parts     [][2]uint32
}

func newMixtureCoder(d Mixture) *mixtureCoder {
	return &mixtureCoder{
		Mixture: d, precision: precisionOf(d.Levels), of: pmf.Mixed{Parts: make([]pmf.Rounded, d.Components)},
		weights: make([]float64, d.Components), signed: make([]float64, d.Channels), parts: make([][2]uint32, d.Channels),
	}
}

// begin has the weights of a pixel.
func (c *mixtureCoder) begin(pixel []float32) { pmf.Softmax(c.weights, pixel[:c.Components]) }

// channel has the frequencies of a channel beside those before.
func (c *mixtureCoder) channel(pixel []float32, channel int) {
	top := float64(c.Levels-1) / 2 // of a unit in which black is -1 and white 1
	for m := range c.of.Parts {
		mean := float64(pixel[c.At(channel, 0, m)])
		for i, x := range c.signed[:channel] {
			mean += float64(exact.Tanh(float64(pixel[c.At(channel-1+i, 2, m)])) * x)
		}
		scale := exact.Exp(bounded(pixel[c.At(channel, 1, m)], kernel.LeastScale, kernel.MostScale))
		c.of.Parts[m] = pmf.NewRounded(pmf.Logistic(), float64((mean+1)*top)+0.5, scale*top, c.Levels, c.precision)
	}
	c.of.SetWeights(c.weights)
}

// end has the weights beside a channel's level, where another is to come.
func (c *mixtureCoder) end(channel, level int) {
	if channel == c.Channels-1 {
		return
	}
	c.of.Posterior(c.weights, level)
	c.signed[channel] = 2*float64(level)/float64(c.Levels-1) - 1
}

// pixel finds the parts of the levels of a pixel.
func (c *mixtureCoder) pixel(out []float32, levels []uint16, i int) {
	pixel := out[i*c.Width():][:c.Width()]
	c.begin(pixel)
	for channel, level := range levels[i*c.Channels:][:c.Channels] {
		c.channel(pixel, channel)
		c.parts[channel][0], c.parts[channel][1] = c.of.Part(int(level))
		c.end(channel, int(level))
	}
}

// Push implements Coder.
func (c *mixtureCoder) Push(s *ans.Stack, out []float32, levels []uint16) {
	for i := len(levels)/c.Channels - 1; i >= 0; i-- {
		c.pixel(out, levels, i)
		for channel := c.Channels - 1; channel >= 0; channel-- {
			s.Push(c.parts[channel][0], c.parts[channel][1], c.precision)
		}
	}
}

// Pop implements Coder.
func (c *mixtureCoder) Pop(s *ans.Stack, out []float32, levels []uint16) {
	for i := range len(levels) / c.Channels {
		pixel := out[i*c.Width():][:c.Width()]
		c.begin(pixel)
		for channel := range c.Channels {
			c.channel(pixel, channel)
			level, start, frequency := c.of.At(s.Peek(c.precision))
			s.Pop(start, frequency, c.precision)
			levels[i*c.Channels+channel] = uint16(level)
			c.end(channel, level)
		}
	}
}

// Cost implements Coder.
func (c *mixtureCoder) Cost(out []float32, levels []uint16) (sum int64) {
	for i := range len(levels) / c.Channels {
		c.pixel(out, levels, i)
		for _, part := range c.parts {
			sum += exact.Bits(part[1], c.precision)
		}
	}
	return sum
}
