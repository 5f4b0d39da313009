package dataset

import (
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/kernel"
)

// Pixels are those of one input: bytes over 255, or values from 0 to 1.
type Pixels struct {
	bytes  []uint8
	values []float32
}

// Bytes are pixels of 8 bits, 0 black to 255 white.
func Bytes(pixels []uint8) Pixels { return Pixels{bytes: pixels} }

// pixelsOf are the pixels of a raster, in a range.
func pixelsOf(r raster) Pixels {
	if r.pix != nil && r.low == 0 && r.high == math.MaxUint8 {
		return Bytes(r.pix)
	}
	return Pixels{values: r.values().real}
}

// Len is D.
func (p Pixels) Len() int { return len(p.bytes) + len(p.values) }

// Floats writes them to dst [D], 0 black to 1 white.
func (p Pixels) Floats(dst []float32) {
	if p.values != nil {
		copy(dst, p.values)
		return
	}
	kernel.BytesToFloats(dst[:len(p.bytes)], p.bytes)
}

// Bytes are the pixels with 8 bits [D], a view that must not be written.
func (p Pixels) Bytes() []uint8 {
	if p.values == nil {
		return p.bytes
	}
	out := make([]uint8, len(p.values))
	for i, v := range p.values {
		out[i] = uint8(math.Round(255 * float64(v)))
	}
	return out
}

// sum is that of all pixels, each 0 to 1.
func (p Pixels) sum() float64 {
	total := float64(sum(p.bytes)) / 255
	for _, v := range p.values {
		total += float64(v)
	}
	return total
}

// invert makes the negative of them, in place.
func (p Pixels) invert() {
	for i, v := range p.bytes {
		p.bytes[i] = 255 - v
	}
	for i, v := range p.values {
		p.values[i] = 1 - v
	}
}

// NewSet is a set of images of the shape.
func NewSet(shape config.Shape, images []Pixels) *Set {
	s := &Set{Shape: shape}
	real := slices.ContainsFunc(images, func(p Pixels) bool { return p.values != nil })
	for _, p := range images {
		if !real {
			s.Pixels = append(s.Pixels, p.bytes...)
			continue
		}
		at := len(s.Real)
		s.Real = append(s.Real, make([]float32, p.Len())...)
		p.Floats(s.Real[at:])
	}
	return s
}

// levelTolerance is how far, in levels, a value may be from one and still be it: what float32 makes of one is nearer by far, and
// no value of an image with other levels, of up to 16 bits, is as near.
const levelTolerance = 1. / 400

// Levels writes the pixels as levels, 0 black to levels-1 white, to dst [D], each the nearest. exact tells whether
// all of them lie on a level.
func (p Pixels) Levels(dst []uint16, levels int) (exact bool) {
	exact = true
	top := levels - 1
	for i, v := range p.bytes {
		scaled := int(v) * top
		level := (scaled + math.MaxUint8/2) / math.MaxUint8
		dst[i] = uint16(level)
		exact = exact && level*math.MaxUint8 == scaled
	}
	for i, v := range p.values {
		at := float64(v) * float64(top)
		level := math.Round(at)
		dst[i] = uint16(min(max(level, 0), float64(top)))
		exact = exact && math.Abs(at-level) < levelTolerance
	}
	return exact
}
