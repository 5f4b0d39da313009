package op

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/fnv"
	"sync/atomic"

	"github.com/chewxy/hm"
	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/world"
)

// fused is the one type of operation here: what gorgonia asks of an operation, over a
// function on plain memory.
type fused struct {
	name string
	id   uint64
	rank []int       // of the inputs, then of the result
	data [][]float32 // of the inputs of the last run

	result  *Buffer
	touched []*Buffer                // memory besides the result's that run reads or writes
	over    *Buffer                  // the one that run may write over an input, as it reads it; nil for none
	reads   int                      // that input
	slice   func(world.Slices)       // see Slice; nil where there is nothing to do
	run     func(in [][]float32)     // writes the result, and what the backward pass is to find
	wrt     []bool                   // inputs that have a gradient
	back    func(backward) gradients // makes it; nil of an operation that has none
}

// backward is what a gradient is made of: the nodes of the inputs, of the result and
// of the gradient with respect to the result.
type backward struct {
	inputs       gorgonia.Nodes
	output, grad *gorgonia.Node
}

// gradients are the nodes of those with respect to the inputs, nil for data, and the
// first error in making them.
type gradients struct {
	nodes gorgonia.Nodes
	err   error
}

// add appends the node of one more input.
func (g *gradients) add(n *gorgonia.Node, err error) {
	g.nodes = append(g.nodes, n)
	if g.err == nil {
		g.err = err
	}
}

var instances atomic.Uint64

// apply makes the node of an operation. Operations own buffers, so each instance has a
// hash of its own: gorgonia merges nodes whose hashes agree.
func apply(f *fused, inputs ...*gorgonia.Node) (*gorgonia.Node, error) {
	f.id = instances.Add(1)
	for _, n := range inputs {
		f.rank = append(f.rank, n.Shape().Dims())
	}
	f.rank = append(f.rank, f.result.shape.Dims())
	f.data = make([][]float32, 0, len(inputs))
	return gorgonia.ApplyOp(f, inputs...)
}

// Buffers are the memory that a run of the operation reads or writes besides its
// inputs, the result's first. Who runs the graph may give each its place; see [Buffer].
func (f *fused) Buffers() []*Buffer { return append([]*Buffer{f.result}, f.touched...) }

// Over is the buffer that may have the place of an input which nobody needs any more, and
// which input that is.
func (f *fused) Over() (b *Buffer, input int) { return f.over, f.reads }

func (f *fused) Arity() int           { return len(f.rank) - 1 }
func (f *fused) ReturnsPtr() bool     { return false }
func (f *fused) CallsExtern() bool    { return false }
func (f *fused) OverwritesInput() int { return -1 }
func (f *fused) String() string       { return fmt.Sprintf("%s#%d", f.name, f.id) }

func (f *fused) WriteHash(h hash.Hash) {
	var id [8]byte
	binary.LittleEndian.PutUint64(id[:], f.id)
	h.Write([]byte(f.name))
	h.Write(id[:])
}

func (f *fused) Hashcode() uint32 {
	h := fnv.New32a()
	f.WriteHash(h)
	return h.Sum32()
}

// Type is made anew at each call, since gorgonia returns types to a pool.
func (f *fused) Type() hm.Type {
	types := make([]hm.Type, len(f.rank))
	for i, rank := range f.rank {
		types[i] = hm.TypeVariable('a')
		if rank > 0 {
			types[i] = gorgonia.TensorType{Dims: rank, Of: hm.TypeVariable('a')}
		}
	}
	return hm.NewFnType(types...)
}

func (f *fused) InferShape(...gorgonia.DimSizer) (tensor.Shape, error) {
	return f.result.shape.Clone(), nil
}

// Do runs the operation. The value that it returns is the operation's, and is written
// anew at each run.
func (f *fused) Do(values ...gorgonia.Value) (gorgonia.Value, error) {
	in, err := f.inputs(values)
	if err != nil {
		return nil, err
	}
	f.result.take()
	for _, b := range f.touched {
		b.take()
	}
	f.run(in)
	return f.result.value, nil
}

// inputs returns the memory of the values, each of which must be a dense
// float32 tensor. The result is valid until the next call.
func (f *fused) inputs(values []gorgonia.Value) ([][]float32, error) {
	if len(values) != f.Arity() {
		return nil, fmt.Errorf("%s: %d inputs, want %d", f.name, len(values), f.Arity())
	}
	f.data = f.data[:0]
	for i, v := range values {
		data, err := Floats(v)
		if err != nil {
			return nil, fmt.Errorf("%s: input %d: %w", f.name, i, err)
		}
		f.data = append(f.data, data)
	}
	return f.data, nil
}

func (f *fused) DiffWRT(inputs int) []bool {
	if f.wrt == nil {
		return make([]bool, inputs)
	}
	return f.wrt
}

func (f *fused) SymDiff(inputs gorgonia.Nodes, output, grad *gorgonia.Node) (gorgonia.Nodes, error) {
	if f.back == nil {
		return nil, errors.New(f.name + " has no gradient")
	}
	g := f.back(backward{inputs, output, grad})
	return g.nodes, g.err
}

// shapeOf checks that a node is a float32 tensor of the wanted rank.
func shapeOf(name string, n *gorgonia.Node, rank int) (tensor.Shape, error) {
	if n.Dtype() != tensor.Float32 || n.Shape().Dims() != rank {
		return nil, fmt.Errorf("%s: %s of %v%v, want a float32 tensor of rank %d", name, n.Name(), n.Dtype(), n.Shape(), rank)
	}
	return n.Shape(), nil
}

// wanted is an input and the rank that it must have.
type wanted struct {
	node *gorgonia.Node
	rank int
}

// shapesOf checks the inputs of an operation, and returns their shapes.
func shapesOf(name string, inputs ...wanted) ([]tensor.Shape, error) {
	shapes := make([]tensor.Shape, len(inputs))
	for i, in := range inputs {
		var err error
		if shapes[i], err = shapeOf(name, in.node, in.rank); err != nil {
			return nil, err
		}
	}
	return shapes, nil
}
