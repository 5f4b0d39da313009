package exact

import "math/bits"

// Unit is how many units Bits counts in a bit.
const Unit = 1 << 16

// Segments of the logarithm, and of each the parts.
const (
	logSegments = 9
	logParts    = 32 - logSegments
)

// logs are log2(1 + i/2^logSegments), in units of 2^-32.
var logs = func() (table [1<<logSegments + 1]uint64) {
	for i := range table {
		table[i] = log2(uint64(i) << (31 - logSegments))
	}
	table[1<<logSegments] = 1 << 32
	return table
}()

// log2 is that of 1 + m/2^31, less than 2, in units of 2^-32, by squaring: the number's square is 2 or more where the first bit of its logarithm
// is 1, and so on.
func log2(m uint64) (log uint64) {
	x := (1<<31 + m) << 32 // 63 bits behind the point
	for range 33 {
		high, low := bits.Mul64(x, x)
		x, log = high<<1|low>>63, log<<1
		if carry := high >> 63; carry != 0 {
			x, log = high, log|1
		}
	}
	return (log + 1) >> 1
}

// Bits is what a symbol of such a frequency of 2^precision takes, at least 1 and at most all, in units of 2^-16 bit, rounded.
func Bits(frequency uint32, precision uint) int64 {
	length := uint(bits.Len32(frequency)) - 1
	m := uint64(frequency) << (32 - length) & (1<<32 - 1)
	i, rest := m>>logParts, m&(1<<logParts-1)
	low := logs[i]
	log := uint64(length)<<32 + low + (logs[i+1]-low)*rest>>logParts
	return int64((uint64(precision)<<32 - log + 1<<15) >> 16)
}
