// Package causal codes images without a trained model: what is known of an image, the pixels before the next one, gives
// probabilities that adapt as images go by.
//
// Every pixel is a few binary choices. For each of them counters under several contexts are mixed as logits, by weights that are
// learned on the way, as in Mahoney, "Adaptive Weighing of Context Models for Lossless Data Compression" (2005, CS-2005-16). All is
// arithmetic of integers, so that an image's choices are the same on every machine.
package causal

import "vae/internal/ans"

// Shape is that of all images of a Model: pixels lie row by row, the Channels of a pixel side by side, and a value is one of
// Levels, from 0 on.
type Shape struct{ Width, Height, Channels, Levels int }

// Bytes is about the memory that coding some images by context takes, with the images, where so many choices of each value are kept.
func (s Shape) Bytes(images, choices int) int64 {
	const ofImage, ofChoice = 4, 4
	tables, ofValue := int64(40<<20), int64(4*(2+predictors))
	if s.Levels == 2 {
		tables, ofValue, choices = 8<<20, 1, min(choices, 1)
	}
	one := int64(s.Width) * int64(s.Height) * int64(s.Channels)
	return tables + one*ofValue + one*int64(images)*int64(ofImage+ofChoice*choices)
}

// Choice is a bit, and the frequency that 1 had where it came, from 1 to 2^Precision - 1.
type Choice struct {
	One uint16
	Bit uint8
}

// Precision is that of a Choice on a stack.
const Precision = 16

// Model is what has been learned of images. Two that have learned the same images in the same order are in the same state.
type Model struct {
	binary *binary // of two levels
	values *values // of more
}

// New begins a model that knows nothing but that pixels are like those beside them. The number of images that it is going to
// see, which need not be exact, is for the sizes of its tables: the state of both sides depends on it.
func New(shape Shape, images int) *Model {
	const most = 1 << 24 // more makes no table larger
	count := uint64(min(max(images, 1), most)) * min(uint64(shape.Width)*uint64(shape.Height)*uint64(shape.Channels), most)
	m := new(Model)
	if shape.Levels == 2 {
		m.binary = newBinary(shape, count)
	} else {
		m.values = newValues(shape, count)
	}
	return m
}

// Learn adapts to an image [H*W*C] that both sides know.
func (m *Model) Learn(image []uint16) { m.code(image, &port{}) }

// Choices adapts to an image [H*W*C], and appends the choices that code it.
func (m *Model) Choices(to []Choice, image []uint16) []Choice {
	p := &port{kept: to, keep: true}
	m.code(image, p)
	return p.kept
}

// Pop takes an image [H*W*C] from a stack, and adapts to it as Choices did. Any stack has an image on it.
func (m *Model) Pop(s *ans.Stack, image []uint16) { m.code(image, &port{stack: s}) }

// Begin goes to the first pixel of the next image. It and the two below are of models of two levels alone, and for who mixes what is
// foretold here with what is known otherwise: Begin, and then Logit and Update for each value of the image.
func (m *Model) Begin() { m.binary.begin() }

// Logit is what is foretold of the next pixel, log(p(1) / p(0)), in units of 2^-LogitBits and less than 12 in size.
func (m *Model) Logit() int64 { return m.binary.logit() }

// Update tells the pixel that Logit was asked for, 0 or 1, and adapts to it.
func (m *Model) Update(bit uint32) { m.binary.update(bit) }

// Frequency is the one of 1, from 1 to 2^Precision - 1, that a logit means, which may be of any size.
func Frequency(logit int64) uint32 {
	return uint32(squashed[max(-logitEnd, min(logitEnd-1, logit))+logitEnd])
}

func (m *Model) code(image []uint16, p *port) {
	if m.binary != nil {
		m.binary.code(image, p)
	} else {
		m.values.code(image, p)
	}
}

// Push puts choices onto a stack from which Pop is to take them in their order, the last one first.
func Push(s *ans.Stack, choices []Choice) {
	for i := len(choices) - 1; i >= 0; i-- {
		s.PushBit(uint32(choices[i].Bit), uint32(choices[i].One), Precision)
	}
}

// Cost is what choices take on a stack, in units of 2^-16 bit.
func Cost(choices []Choice) uint64 {
	table, sum := costs(), uint64(0)
	for _, c := range choices {
		frequency := uint32(c.One)
		if c.Bit == 0 {
			frequency = 1<<Precision - frequency
		}
		sum += uint64(table[frequency])
	}
	return sum
}

// port is where bits come from or go to: a stack, if there is one, or the image itself, and then they may be kept.
type port struct {
	stack *ans.Stack
	keep  bool
	kept  []Choice
}

// bit is the next one, which is known where it does not come from a stack.
func (p *port) bit(known, one uint32) uint32 {
	if p.stack != nil {
		return p.stack.PopBit(one, Precision)
	}
	if p.keep {
		p.kept = append(p.kept, Choice{uint16(one), uint8(known)})
	}
	return known
}
