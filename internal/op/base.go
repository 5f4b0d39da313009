package op

import (
	"encoding/binary"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"
	"unsafe"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// base is what all operations here share: identity and execution flags.
type base struct {
	name string
	id   uint64
	rank []int       // ranks of the inputs, then of the output
	data [][]float32 // of the inputs of the last run
}

var instances atomic.Uint64

// newBase names one instance of an operation. Instances own buffers, so each
// has a hash of its own: gorgonia merges nodes whose hashes agree.
func newBase(name string, rank ...int) base {
	return base{name: name, id: instances.Add(1), rank: rank, data: make([][]float32, 0, len(rank)-1)}
}

func (b base) Arity() int           { return len(b.rank) - 1 }
func (b base) ReturnsPtr() bool     { return false }
func (b base) CallsExtern() bool    { return false }
func (b base) OverwritesInput() int { return -1 }
func (b base) String() string       { return fmt.Sprintf("%s#%d", b.name, b.id) }

func (b base) WriteHash(h hash.Hash) {
	var id [8]byte
	binary.LittleEndian.PutUint64(id[:], b.id)
	h.Write([]byte(b.name))
	h.Write(id[:])
}

func (b base) Hashcode() uint32 {
	h := fnv.New32a()
	b.WriteHash(h)
	return h.Sum32()
}

// Type is made anew at each call, since gorgonia returns types to a pool.
func (b base) Type() hm.Type {
	types := make([]hm.Type, len(b.rank))
	for i, rank := range b.rank {
		types[i] = hm.TypeVariable('a')
		if rank > 0 {
			types[i] = gorgonia.TensorType{Dims: rank, Of: hm.TypeVariable('a')}
		}
	}
	return hm.NewFnType(types...)
}

// inputs returns the memory of the values, each of which must be a dense
// float32 tensor. The result is valid until the next call.
func (b *base) inputs(values []gorgonia.Value) ([][]float32, error) {
	if len(values) != b.Arity() {
		return nil, fmt.Errorf("%s: %d inputs, want %d", b.name, len(values), b.Arity())
	}
	b.data = b.data[:0]
	for i, v := range values {
		data, err := Floats(v)
		if err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", b.name, i, err)
		}
		b.data = append(b.data, data)
	}
	return b.data, nil
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

// buffer is a tensor that an operation owns, and its memory.
type buffer struct {
	tensor *tensor.Dense
	data   []float32
}

func newBuffer(shape ...int) buffer {
	data := make([]float32, tensor.Shape(shape).TotalSize())
	return buffer{tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data)), data}
}

// collect hands out a buffer that its first child filled. The other children
// are there for the order of execution only.
type collect struct {
	base
	from buffer
}

func newCollect(name string, from buffer, childRanks ...int) *collect {
	return &collect{newBase(name, append(childRanks, from.tensor.Dims())...), from}
}

func (c *collect) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return c.from.tensor.Shape().Clone(), nil
}

func (c *collect) Do(...gorgonia.Value) (gorgonia.Value, error) { return c.from.tensor, nil }

// shapeOf checks that a node is a float32 tensor of the wanted rank.
func shapeOf(name string, n *gorgonia.Node, rank int) (tensor.Shape, error) {
	if n.Dtype() != tensor.Float32 || n.Shape().Dims() != rank {
		return nil, fmt.Errorf("%s: %s of %v%v, want a float32 tensor of rank %d", name, n.Name(), n.Dtype(), n.Shape(), rank)
	}
	return n.Shape(), nil
}
