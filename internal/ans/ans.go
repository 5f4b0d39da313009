// Package ans is an entropy coder: a range asymmetric numeral system (Duda 2013, arXiv 1311.2540, section 2.3).
//
// It is a stack. What is popped is what was pushed last, and where nothing was pushed on purpose, what is popped is a draw
// from the distribution that is asked with: pushing and popping are inverse in either order, which is what bits-back
// coding lives on.
package ans

import (
	"encoding/binary"
	"errors"
	"math/bits"
	"slices"
)

// MaxPrecision is the highest that a distribution can have: a head that a word has left is then 16 times a frequency
// or more, and little is lost to rounding.
const MaxPrecision = 28

// A word leaves the head, or comes back to it, so that the head keeps from least to 2^64, but for a stack of so little
// that no word has left it.
const (
	wordBits = 32
	least    = 1 << wordBits
)

// Stack holds symbols as one number. The zero value is empty.
//
// A symbol is told as the part of the numbers below 2^precision that is its own: from start on, frequency of them, of
// which none may be missing from the distribution, and a frequency is at least 1.
type Stack struct {
	head uint64
	tail []uint32 // what has left the head, the last on top
}

// Push puts a symbol on the stack, which takes precision - log2(frequency) bits.
func (s *Stack) Push(start, frequency uint32, precision uint) {
	if f := uint64(frequency); s.head>>(2*wordBits-precision) >= f {
		s.tail = append(s.tail, uint32(s.head))
		s.head >>= wordBits
	}
	f := uint64(frequency)
	q := s.head / f
	s.head = q<<precision + (s.head - q*f) + uint64(start)
}

// Peek is the number below 2^precision in whose part the symbol on top lies.
func (s *Stack) Peek(precision uint) uint32 { return uint32(s.head & (1<<precision - 1)) }

// Pop takes a symbol away, that in whose part Peek lies.
func (s *Stack) Pop(start, frequency uint32, precision uint) {
	s.head = uint64(frequency)*(s.head>>precision) + s.head&(1<<precision-1) - uint64(start)
	if top := len(s.tail) - 1; s.head < least && top >= 0 {
		s.head = s.head<<wordBits | uint64(s.tail[top])
		s.tail = s.tail[:top]
	}
}

// Flip turns those of the lowest 32 bits of the head that are set in mask. What is popped behind it is drawn with other bits than lie
// there, which are no draw where what was pushed is none; who pushes that again flips the same bits behind it.
func (s *Stack) Flip(mask uint32) { s.head ^= uint64(mask) }

// PushBit pushes 1 or 0, of which 1 has the frequency one, above 0 and below 2^precision.
func (s *Stack) PushBit(bit, one uint32, precision uint) {
	if bit != 0 {
		s.Push(0, one, precision)
	} else {
		s.Push(one, 1<<precision-one, precision)
	}
}

// PopBit pops what PushBit has pushed.
func (s *Stack) PopBit(one uint32, precision uint) uint32 {
	if s.Peek(precision) < one {
		s.Pop(0, one, precision)
		return 1
	}
	s.Pop(one, 1<<precision-one, precision)
	return 0
}

// Bits is how much the stack holds. Who pops more than that without having pushed it gets the first symbol of each
// distribution, and no draws.
func (s *Stack) Bits() int { return wordBits*len(s.tail) + bits.Len64(s.head) }

// Clone is a stack of its own that holds the same.
func (s *Stack) Clone() *Stack { return &Stack{s.head, slices.Clone(s.tail)} }

// Empty tells whether nothing is left, as when all that was pushed has been popped.
func (s *Stack) Empty() bool { return s.head == 0 && len(s.tail) == 0 }

// Append appends the stack to bytes that are written: the words, the first below, and the bytes of the head that are not 0, each the
// lowest byte first.
func (s *Stack) Append(to []byte) []byte {
	for _, word := range s.tail {
		to = binary.LittleEndian.AppendUint32(to, word)
	}
	for head := s.head; head != 0; head >>= 8 {
		to = append(to, byte(head))
	}
	return to
}

// Parse reads what Append wrote, which has to be all of it. The error is of bytes that no stack is written as.
func Parse(from []byte) (*Stack, error) {
	const mostOfHead = 2 * wordBits / 8
	words := 0
	if len(from) > mostOfHead {
		words = (len(from) - wordBits/8 - 1) / (wordBits / 8) // a head above them has more than a word
	}
	s := &Stack{tail: make([]uint32, words)}
	for i := range s.tail {
		s.tail[i] = binary.LittleEndian.Uint32(from[i*wordBits/8:])
	}
	head := from[words*wordBits/8:]
	if len(head) > 0 && head[len(head)-1] == 0 {
		return nil, errors.New("the last byte of a coded stack is 0")
	}
	for i, b := range head {
		s.head |= uint64(b) << (8 * i)
	}
	return s, nil
}
