package npy

import (
	"encoding/binary"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// How NumPy writes a header: padded with spaces and a line feed so that the elements begin at
// a multiple of 64 bytes.
const (
	align   = 64
	digits  = 21 // NumPy leaves room for the first dimension to grow to that many digits
	maxDims = 32 // the most that every NumPy reads
)

// Float32Header is everything before the elements of an array of float32, little-endian, in C
// order, byte for byte as NumPy writes it in version 1.0, and the number of elements. The shape
// is (rows, inner...); dimensions may be 0. Errors: a negative dimension, too many, an absurd
// size in bytes.
func Float32Header(rows int, inner ...int) (header []byte, elements int64, err error) {
	return header1("<f4", rows, inner)
}

// UintHeader is Float32Header of whole numbers from 0 on, of 1 or 2 bytes.
func UintHeader(bytes, rows int, inner ...int) (header []byte, elements int64, err error) {
	return header1(map[int]string{1: "|u1", 2: "<u2"}[bytes], rows, inner)
}

// header1 is a header of version 1.0.
func header1(dtype string, rows int, inner []int) (header []byte, elements int64, err error) {
	if elements, err = count(rows, inner); err != nil {
		return nil, 0, err
	}
	dict := "{'descr': '" + dtype + "', 'fortran_order': False, 'shape': " + tuple(rows, inner) + ", }"
	dict += strings.Repeat(" ", digits-len(strconv.Itoa(rows)))
	before := len(Magic) + 4
	padding := align - (before+len(dict)+1)%align // 1 to 64, as NumPy does it
	header = append([]byte(Magic), 1, 0)
	header = binary.LittleEndian.AppendUint16(header, uint16(len(dict)+padding+1))
	header = append(header, dict...)
	header = append(header, strings.Repeat(" ", padding)...)
	return append(header, '\n'), elements, nil
}

// count is the number of elements.
func count(rows int, inner []int) (int64, error) {
	if len(inner) >= maxDims {
		return 0, fmt.Errorf("npy array of %d dimensions (limit: %d)", 1+len(inner), maxDims)
	}
	size, total := 1.0, int64(1)
	for _, d := range append([]int{rows}, inner...) {
		if d < 0 {
			return 0, fmt.Errorf("npy array of shape %s: negative dimension", tuple(rows, inner))
		}
		size *= max(1, float64(d)) // dimensions beside a 0 count too, as in NumPy
		total *= int64(d)
	}
	if size > math.MaxInt64/8 {
		return 0, fmt.Errorf("npy array of shape %s: too large", tuple(rows, inner))
	}
	return total, nil
}

// tuple is the shape in Python.
func tuple(rows int, inner []int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "(%d,", rows)
	for i, d := range inner {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, " %d", d)
	}
	return b.String() + ")"
}
