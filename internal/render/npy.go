package render

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
)

// The NPY format, version 1.0 (numpy.lib.format): magic and version, the header's length as a
// little-endian uint16, the header, the values. The header is a Python dict as text, padded with
// spaces and a line feed so that the values begin at a multiple of 64 bytes.
const (
	npyMagic  = "\x93NUMPY\x01\x00"
	npyAlign  = 64
	npyDigits = 21 // numpy leaves room for the first dimension to grow to that many digits
	npyDims   = 32 // the most that every numpy reads
	npyBuffer = 1 << 13
)

// NPY writes an array of float32 in numpy's file format: little-endian, C order.
type NPY struct {
	values floats
	left   int64 // values still to come
	total  int64
}

// NewNPY writes the header of an array of shape (rows, inner...). Dimensions may be 0.
func NewNPY(w io.Writer, rows int, inner ...int) (*NPY, error) {
	total, err := npySize(rows, inner)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(npyHeader(rows, inner)); err != nil {
		return nil, err
	}
	return &NPY{values: floats{w: w}, left: total, total: total}, nil
}

// Write writes the next values, any number at a time. More than the shape holds is an error and
// writes none of them.
func (n *NPY) Write(values []float32) error {
	if int64(len(values)) > n.left {
		return fmt.Errorf("npy array of %d values: %d too many", n.total, int64(len(values))-n.left)
	}
	n.left -= int64(len(values))
	return n.values.write(values)
}

// Close reports an array with values missing. It does not close w.
func (n *NPY) Close() error {
	if n.left != 0 {
		return fmt.Errorf("npy array of %d values: %d missing", n.total, n.left)
	}
	return nil
}

// npySize is the number of values of an array, or an error if a dimension is negative or the
// size in bytes absurd.
func npySize(rows int, inner []int) (int64, error) {
	if len(inner) >= npyDims {
		return 0, fmt.Errorf("npy array of %d dimensions (limit: %d)", 1+len(inner), npyDims)
	}
	size, total := 1.0, int64(1)
	for _, d := range append([]int{rows}, inner...) {
		if d < 0 {
			return 0, fmt.Errorf("npy array of shape %s: negative dimension", npyShape(rows, inner))
		}
		size *= max(1, float64(d)) // dimensions beside a 0 count too, as in numpy
		total *= int64(d)
	}
	if size > math.MaxInt64/8 {
		return 0, fmt.Errorf("npy array of shape %s: too large", npyShape(rows, inner))
	}
	return total, nil
}

// npyHeader is everything before the values, byte for byte as numpy writes it.
func npyHeader(rows int, inner []int) []byte {
	dict := "{'descr': '<f4', 'fortran_order': False, 'shape': " + npyShape(rows, inner) + ", }"
	dict += strings.Repeat(" ", npyDigits-len(strconv.Itoa(rows)))
	before := len(npyMagic) + 2
	padding := npyAlign - (before+len(dict)+1)%npyAlign // 1 to 64, as numpy does it
	b := binary.LittleEndian.AppendUint16([]byte(npyMagic), uint16(len(dict)+padding+1))
	b = append(b, dict...)
	b = append(b, strings.Repeat(" ", padding)...)
	return append(b, '\n')
}

// npyShape is the shape as a Python tuple.
func npyShape(rows int, inner []int) string {
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

// floats writes values as little-endian float32 through a fixed buffer.
type floats struct {
	w      io.Writer
	buffer []byte
}

func (f *floats) write(values []float32) error {
	for len(values) > 0 {
		count := min(len(values), npyBuffer)
		f.buffer = f.buffer[:0]
		for _, v := range values[:count] {
			f.buffer = binary.LittleEndian.AppendUint32(f.buffer, math.Float32bits(v))
		}
		if _, err := f.w.Write(f.buffer); err != nil {
			return err
		}
		values = values[count:]
	}
	return nil
}
