package op

import (
	"fmt"
	"unsafe"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// Buffer is memory that an operation writes: its result, or something that its
// backward pass is to find. Where it lies may be decided by whoever runs the graph
// (Bind), so that buffers of which never more than one is needed can share a place. One
// that nobody has bound takes memory of its own when it is first used.
type Buffer struct {
	shape tensor.Shape
	value gorgonia.Value
	data  []float32
	own   bool    // its contents outlast a run: it can share no place
	fill  float32 // what it holds from the start
}

func newBuffer(shape ...int) *Buffer { return &Buffer{shape: shape} }

// newScalar is the buffer of one number.
func newScalar() *Buffer {
	v := new(gorgonia.F32)
	return &Buffer{shape: tensor.ScalarShape(), value: v, data: unsafe.Slice((*float32)(v), 1), own: true}
}

// newConstant is a buffer that holds one number everywhere, and is only read.
func newConstant(v float32, shape ...int) *Buffer {
	return &Buffer{shape: shape, own: true, fill: v}
}

// Len returns how many numbers it holds.
func (b *Buffer) Len() int { return b.shape.TotalSize() }

// Floats returns what it holds.
func (b *Buffer) Floats() []float32 { return b.data }

// Shared reports whether Bind may give it a place that others use at other times.
func (b *Buffer) Shared() bool { return !b.own }

// Bind gives the buffer its place, of length Len. It must not be called between a
// run's first use of the buffer and the last.
func (b *Buffer) Bind(data []float32) {
	if len(data) != b.Len() {
		panic(fmt.Sprintf("op: %d numbers for a buffer of %v", len(data), b.shape))
	}
	b.data = data
	b.value = tensor.New(tensor.WithShape(b.shape...), tensor.WithBacking(data))
}

// take gives the buffer memory of its own unless it has a place.
func (b *Buffer) take() {
	if b.value == nil {
		b.Bind(make([]float32, b.Len()))
		for i := range b.data {
			b.data[i] = b.fill
		}
	}
}

// Floats returns the memory behind a dense, contiguous float32 value; a scalar
// is one element.
func Floats(v gorgonia.Value) ([]float32, error) {
	switch t := v.(type) {
	case *gorgonia.F32:
		return unsafe.Slice((*float32)(t), 1), nil
	case *tensor.Dense:
		if t.Dtype() != tensor.Float32 {
			return nil, fmt.Errorf("tensor of %v, want float32", t.Dtype())
		}
		// Not Data, which builds its slice by reflection at every call.
		return t.Float32s(), nil
	}
	return nil, fmt.Errorf("value of type %T, want a float32 tensor", v)
}
