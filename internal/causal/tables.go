package causal

import (
	"math/bits"
	"sync"
)

// A logit, log(p / (1-p)), has LogitBits bits of fraction and is below logitEnd in size: there a probability is about 6e-6,
// less than a coded frequency can be.
const (
	LogitBits = 8
	logitEnd  = 12 << LogitBits
)

// A probability within a counter has probabilityBits bits; as an index of stretched it has stretchShift less.
const (
	probabilityBits = 22
	stretchShift    = 10
)

var (
	squashed  [2 * logitEnd]uint16 // the frequency of a logit, from 1 to 65535
	stretched [1 << (probabilityBits - stretchShift)]int16
)

func init() {
	odds := powers()
	next := 0
	for l := -logitEnd; l < logitEnd; l++ {
		squashed[l+logitEnd] = uint16(max(1, min(1<<Precision-1, (sigmoid(odds, 2*l)+1<<15)>>16)))
		// All probabilities below that of the middle between this logit and the next are nearest to this one.
		end := int(sigmoid(odds, 2*l+1) >> (32 - probabilityBits + stretchShift))
		for ; next < end || l == logitEnd-1 && next < len(stretched); next++ {
			stretched[next] = int16(l)
		}
	}
}

// powers are exp(-k/512) as parts of 2^64, all of them by products of integers, so that they are the same everywhere; the first
// stands for 1.
func powers() []uint64 {
	const ratio = 0xff801ffaab554446 // exp(-1/512)
	all := make([]uint64, 2*logitEnd+2)
	all[0] = 1<<64 - 1
	for k := 1; k < len(all); k++ {
		all[k], _ = bits.Mul64(all[k-1], ratio)
	}
	return all
}

// sigmoid is 1 / (1 + exp(-l/512)) as a part of 2^32.
func sigmoid(odds []uint64, l int) uint64 {
	low := odds[max(l, -l)] >> 32
	small := (low << 31) / (1<<31 + low>>1) // the smaller of the two probabilities, e / (1 + e)
	if l < 0 {
		return small
	}
	return 1<<32 - small
}

// costs has, for each frequency, -log2 of its part of 2^16, in units of 2^-16 bit.
var costs = sync.OnceValue(func() *[1 << Precision]uint32 {
	all := new([1 << Precision]uint32)
	for f := 1; f < len(all); f++ {
		all[f] = Precision<<16 - log2(uint64(f))
	}
	return all
})

// log2 is that of a whole number above 0, in units of 2^-16, rounded down: a bit of it comes with each squaring.
func log2(f uint64) uint32 {
	whole := bits.Len64(f) - 1
	x := f << (63 - whole)
	result := uint32(whole)
	for range 16 {
		result <<= 1
		x, _ = bits.Mul64(x, x) // in [2^62, 2^64) for a number in [1, 4)
		if x>>63 != 0 {
			result |= 1
		} else {
			x <<= 1
		}
	}
	return result
}
