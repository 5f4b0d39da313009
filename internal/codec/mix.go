package codec

import (
	"context"
	"math"

	"vae/internal/ans"
	"vae/internal/causal"
	"vae/internal/exact"
	"vae/internal/likelihood"
)

// pixelCoder codes the values of the images of a step under the decoder's outputs.
type pixelCoder interface {
	push(s *ans.Stack, out []float32, image []uint16, j int)
	pop(s *ans.Stack, out []float32, image []uint16, j int)
	cost(out []float32, image []uint16, j int) int64
}

// alone codes by the likelihood and nothing else.
type alone struct{ likelihood.Coder }

func (a alone) push(s *ans.Stack, out []float32, image []uint16, _ int) { a.Push(s, out, image) }
func (a alone) pop(s *ans.Stack, out []float32, image []uint16, _ int)  { a.Pop(s, out, image) }
func (a alone) cost(out []float32, image []uint16, _ int) int64         { return a.Cost(out, image) }

// mixer codes black and white pixels by the model's logit and that of the context coder, added up with weights, and by what the
// model has said too little or too much of the pixels around: what a likelihood whose pixels are independent leaves out. The
// weights are those of the file.
type mixer struct {
	shape   causal.Shape
	weights [weightCount]int64
	logits  [][]int16
	context *causal.Model // of who decodes; nil of who encodes

	ones  []uint32         // frequencies of the image that is worked on
	rest  []int32          // what is left of each pixel, with a margin of zeros around the image
	steps [len(around)]int // from a pixel to those around, in rest
}

// around are the pixels before one, in columns and rows, whose rest counts.
var around = [...][2]int{{-1, 0}, {0, -1}, {-1, -1}, {1, -1}, {-2, 0}, {0, -2}, {2, -1}, {-2, -1}, {1, -2}, {-1, -2}}

// The weights are of the model's logit, the context's, 1, and the rests; margin is how far those are away.
const (
	weightCount = 3 + len(around)
	weightUnit  = 6 // bits behind the point of a weight
	margin      = 2
)

func newMixer(shape causal.Shape, weights []int) *mixer {
	m := &mixer{shape: shape, ones: make([]uint32, shape.Width*shape.Height*shape.Channels)}
	for i, w := range weights {
		m.weights[i] = int64(w)
	}
	m.rest = make([]int32, (shape.Height+margin)*m.line())
	for i, d := range around {
		m.steps[i] = d[1]*m.line() + d[0]*shape.Channels
	}
	return m
}

// line is the values of a row in rest.
func (m *mixer) line() int { return (m.shape.Width + 2*margin) * m.shape.Channels }

// begin is where in rest a row begins.
func (m *mixer) begin(y int) int { return (y+margin)*m.line() + margin*m.shape.Channels }

// logit is the model's in the context's units, in which it is less than 32 in size.
func logit(out float32) int64 {
	const one = 1 << causal.LogitBits
	v := float64(out) * one
	if v != v {
		return 0
	}
	return int64(math.Floor(min(max(v, -32*one), 32*one) + 0.5))
}

// mixed is the logit of a pixel at a place in rest.
func (m *mixer) mixed(model, context int64, at int) int64 {
	sum := m.weights[0]*model + m.weights[1]*context + m.weights[2]<<causal.LogitBits
	for i, step := range m.steps {
		sum += m.weights[3+i] * int64(m.rest[at+step])
	}
	return sum >> weightUnit
}

// left is what the model leaves of a pixel, in the units of logits.
func left(bit uint16, model int64) int32 {
	return (int32(bit)<<causal.Precision - int32(causal.Frequency(model))) >> (causal.Precision - causal.LogitBits)
}

// foretell writes the frequencies of the pixels of an image to ones.
func (m *mixer) foretell(out []float32, image []uint16, logits []int16) {
	i := 0
	for y := range m.shape.Height {
		at := m.begin(y)
		for range m.shape.Width * m.shape.Channels {
			model := logit(out[i])
			m.ones[i] = causal.Frequency(m.mixed(model, int64(logits[i]), at))
			m.rest[at] = left(image[i], model)
			i++
			at++
		}
	}
}

func (m *mixer) push(s *ans.Stack, out []float32, image []uint16, j int) {
	m.foretell(out, image, m.logits[j])
	for i := len(image) - 1; i >= 0; i-- {
		s.PushBit(uint32(image[i]), m.ones[i], causal.Precision)
	}
}

func (m *mixer) cost(out []float32, image []uint16, j int) (sum int64) {
	m.foretell(out, image, m.logits[j])
	for i, bit := range image {
		f := m.ones[i]
		if bit == 0 {
			f = 1<<causal.Precision - f
		}
		sum += exact.Bits(f, causal.Precision)
	}
	return sum
}

// pop also keeps the context's logits, for what is worked out of the image afterwards.
func (m *mixer) pop(s *ans.Stack, out []float32, image []uint16, j int) {
	for len(m.logits) <= j {
		m.logits = append(m.logits, make([]int16, len(image)))
	}
	m.context.Begin()
	i := 0
	for y := range m.shape.Height {
		at := m.begin(y)
		for range m.shape.Width * m.shape.Channels {
			model, context := logit(out[i]), m.context.Logit()
			m.logits[j][i] = int16(context)
			bit := s.PopBit(causal.Frequency(m.mixed(model, context, at)), causal.Precision)
			m.context.Update(bit)
			image[i] = uint16(bit)
			m.rest[at] = left(image[i], model)
			i++
			at++
		}
	}
}

// contextLogits are those of the context coder for all values of images that come one after the other.
func contextLogits(ctx context.Context, shape causal.Shape, values [][]uint16) (all [][]int16, err error) {
	m := causal.New(shape, len(values))
	err = each(ctx, values, func(image []uint16) {
		logits := make([]int16, len(image))
		m.Begin()
		for j, v := range image {
			logits[j] = int16(m.Logit())
			m.Update(uint32(v))
		}
		all = append(all, logits)
	})
	return all, err
}

// pushForetold pushes images by their contexts' logits.
func pushForetold(s *ans.Stack, logits [][]int16, values [][]uint16) {
	for i := len(values) - 1; i >= 0; i-- {
		for j := len(values[i]) - 1; j >= 0; j-- {
			s.PushBit(uint32(values[i][j]), causal.Frequency(int64(logits[i][j])), causal.Precision)
		}
	}
}
