// Package sample reads the numbers that files hold: samples of images, elements of
// arrays.
package sample

import (
	"encoding/binary"
	"math"
)

// Kind is what the bits of a number mean.
type Kind int

// Whole numbers without and with a sign (two's complement), and IEEE 754 floating point.
const (
	Unsigned Kind = iota
	Signed
	Float
)

// Type is how a number is written: whole numbers in 1, 2, 3, 4 or 8 bytes, floating
// point in 2, 4 or 8.
type Type struct {
	Kind  Kind
	Size  int // bytes
	Order binary.ByteOrder
}

// Range is the least and the largest number of the type; NaN for floating point.
func (t Type) Range() (low, high float64) {
	switch top := math.Ldexp(1, 8*t.Size); t.Kind {
	case Unsigned:
		return 0, top - 1
	case Signed:
		return -top / 2, top/2 - 1
	default:
		return math.NaN(), math.NaN()
	}
}

// Float32 is the number that b begins with, rounded to the nearest float32.
func (t Type) Float32(b []byte) float32 {
	v := t.bits(b)
	switch t.Kind {
	case Unsigned:
		return float32(v)
	case Signed:
		shift := 64 - 8*t.Size
		return float32(int64(v<<shift) >> shift)
	}
	switch t.Size {
	case 2:
		return half(uint16(v))
	case 4:
		return math.Float32frombits(uint32(v))
	default:
		return float32(math.Float64frombits(v))
	}
}

// Float64 is the number that b begins with, rounded to the nearest float64.
func (t Type) Float64(b []byte) float64 {
	switch {
	case t.Kind == Unsigned:
		return float64(t.bits(b))
	case t.Kind == Signed:
		return float64(t.Int(b))
	case t.Size == 8:
		return math.Float64frombits(t.bits(b))
	}
	return float64(t.Float32(b))
}

// Int is the number that b begins with, of a whole type.
func (t Type) Int(b []byte) int64 {
	v := t.bits(b)
	if t.Kind == Signed {
		shift := 64 - 8*t.Size
		return int64(v<<shift) >> shift
	}
	return int64(v)
}

func (t Type) bits(b []byte) uint64 {
	switch t.Size {
	case 1:
		return uint64(b[0])
	case 2:
		return uint64(t.Order.Uint16(b))
	case 3:
		middle := uint64(b[1]) << 8
		if t.Order.Uint16([]byte{1, 0}) == 1 { // little-endian
			return uint64(b[0]) | middle | uint64(b[2])<<16
		}
		return uint64(b[0])<<16 | middle | uint64(b[2])
	case 4:
		return uint64(t.Order.Uint32(b))
	default:
		return t.Order.Uint64(b)
	}
}

// half is a floating-point number of 16 bits (IEEE 754 binary16).
func half(v uint16) float32 {
	exponent, fraction := int(v>>10&31), float64(v&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+fraction, exponent-25)
	}
	if v>>15 == 1 {
		f = -f
	}
	return float32(f)
}
