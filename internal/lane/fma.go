// Package lane is the arithmetic of the vector kernels for one number, in portable Go: the same
// operations in the same order as internal/kernel/_gen writes for each lane of a vector, and so
// the same bits, on every processor.
//
// Go gives the same bits everywhere for a sum, a quotient, a conversion, and a product whose
// result is converted, which keeps the compiler from fusing it with a sum; math.Exp and its like
// differ from processor to processor and have no place here.
package lane

import "math"

const (
	signBit = 1 << 31
	// least is 2^-126, the least float32 with all its bits.
	least = 0x1p-126
	// mostFlushed bounds what is taken for zero where results below least are: what rounds to 24
	// bits below least, where the next number is 2^-150 away.
	mostFlushed = least - 0x1p-151
	// The bits of a float64 that a float32 has no place for, and that of a half of its last
	// place, where they alone are a tie.
	lost, half = 1<<29 - 1, 1 << 28
	// ordinary are the bits of 2^-125, without the sign and moved by its place.
	ordinary = (1023 - 125) << 53
)

// FMA is a*b + c, rounded once.
func FMA(a, b, c float32) float32 {
	p := float64(a) * float64(b) // exact
	s := p + float64(c)
	if decided(s) {
		return float32(s)
	}
	return float32(toOdd(p, float64(c), s))
}

// Link is a*b + sum, rounded once, with numbers below 2^-126 taken for zero of their sign: what a
// processor computes that is told to flush denormals, as the kernels of products tell it. It is a step of a
// chain of multiply-adds. All numbers are float32, in float64 for speed, and flushed already.
func Link(a, b, sum float64) float64 {
	p := a * b
	s := p + sum
	if decided(s) || s == 0 {
		return float64(float32(s))
	}
	return float64(flushed(toOdd(p, sum, s)))
}

// decided says that rounding a rounded sum to float32 is rounding the sum: it is in the range of
// the normal float32, with some room, and no tie, which could come of the first rounding.
func decided(s float64) bool {
	bits := math.Float64bits(s)
	return bits&lost != half && bits<<1 >= ordinary
}

// toOdd is the sum of p and c, given that sum rounded to nearest, rounded to odd: to the neighbor
// whose last bit is set where it is no float64. Of more than 54 bits that keeps what a rounding to
// fewer wants to know (Boldo and Melquiond 2008).
func toOdd(p, c, s float64) float64 {
	// the error of the sum (Knuth, TwoSum); NaN where the sum is infinite or NaN
	of := s - p
	e := (p - (s - of)) + (c - of)
	bits := math.Float64bits(s)
	switch {
	case e == 0 || e != e || bits&1 == 1:
		return s
	case e > 0 == (s > 0):
		return math.Float64frombits(bits + 1)
	}
	return math.Float64frombits(bits - 1)
}

// flushed rounds to float32, and what is below 2^-126 to zero.
func flushed(x float64) float32 {
	if math.Abs(x) < mostFlushed {
		return float32(math.Copysign(0, x))
	}
	return float32(x)
}

// Flush is x, and zero of its sign below 2^-126.
func Flush(x float32) float32 {
	if bits := math.Float32bits(x); bits&^signBit < 1<<23 {
		return math.Float32frombits(bits & signBit)
	}
	return x
}

// FlushedProduct is a*b where denormals are taken for zero, as Link has it.
func FlushedProduct(a, b float32) float32 { return flushed(float64(Flush(a)) * float64(Flush(b))) }

// FlushedSum is a+b where denormals are taken for zero, as Link has it.
func FlushedSum(a, b float32) float32 { return Flush(Flush(a) + Flush(b)) } // what is below 2^-126 is exact
