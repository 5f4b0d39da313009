package render

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"

	"vae/internal/npy"
)

// npyBuffer is how many values are written at a time.
const npyBuffer = 1 << 13

// NPY writes an array of float32 in numpy's file format: little-endian, C order.
type NPY struct {
	values floats
	left   int64 // values still to come
	total  int64
}

// NewNPY writes the header of an array of shape (rows, inner...). Dimensions may be 0.
func NewNPY(w io.Writer, rows int, inner ...int) (*NPY, error) {
	header, total, err := npy.Float32Header(rows, inner...)
	if err != nil {
		return nil, err
	}
	if _, err := w.Write(header); err != nil {
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
