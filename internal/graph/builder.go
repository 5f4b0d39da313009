package graph

import (
	"errors"
	"fmt"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/world"
)

// Builder writes a graph down. Errors of its methods end the description: Build returns
// them.
type Builder struct {
	g      *gorgonia.ExprGraph
	params map[*Param]*Node
	names  map[string]bool // of inputs and parameters
	kept   gorgonia.Nodes
	traced []Traced

	slices         world.Slices
	gradients      gorgonia.Nodes
	rowWeights     *Node // of training; nil otherwise
	measures       bool
	differentiated bool
	dry            bool // no input has memory, and no parameter needs any
	inputs         int  // numbers in all inputs
}

// Traced is a node that was given a name on the way.
type Traced struct {
	Name string
	Node *Node
}

func newBuilder() *Builder {
	return &Builder{g: gorgonia.NewGraph(), params: map[*Param]*Node{}, names: map[string]bool{}}
}

// Input makes an input node and returns the memory that feeds it. Each input has a name
// of its own: gorgonia takes two of the same name and shape for one.
func (b *Builder) Input(name string, shape ...int) (*Node, []float32) {
	size := tensor.Shape(shape).TotalSize()
	b.inputs += size
	if b.dry {
		return b.bind(name, nil, shape), nil
	}
	data := make([]float32, size)
	return b.bind(name, data, shape), data
}

// Param returns the node of a parameter. Its tensor header is the graph's own,
// its memory is the parameter's.
func (b *Builder) Param(p *Param) *Node {
	n, known := b.params[p]
	if !known {
		n = b.bind(p.Name, p.Value, p.Shape)
		b.params[p] = n
	}
	return n
}

func (b *Builder) bind(name string, data []float32, shape []int) *Node {
	if b.names[name] {
		panic(fault{fmt.Errorf("two inputs or parameters are called %q", name)})
	}
	b.names[name] = true
	if b.dry {
		return gorgonia.NewTensor(b.g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...))
	}
	value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(b.g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...), gorgonia.WithValue(value))
}

// Constant returns the node of a number. It is named by its value: gorgonia takes two
// constants of the same name for one.
func (b *Builder) Constant(v float32) *Node {
	return gorgonia.NewConstant(v, gorgonia.WithName(fmt.Sprintf("constant %g", v)))
}

// Node passes on the result of a graph function; an error ends the description.
func (b *Builder) Node(n *Node, err error) *Node {
	if err != nil {
		panic(fault{err}) // caught by Build
	}
	return n
}

// Keep makes the values of nodes readable after a run; nil is no node.
func (b *Builder) Keep(nodes ...*Node) {
	for _, n := range nodes {
		if n != nil {
			b.kept = append(b.kept, n)
		}
	}
}

// Gradients keeps, and returns, the gradients of a scalar with respect to parameters. It
// must come once, after all that the scalar is made of: gorgonia gives wrong results
// to a second call.
func (b *Builder) Gradients(of *Node, params []*Param) []*Node {
	if b.measures {
		panic(fault{errors.New("gradients of a graph that has none")})
	}
	if b.differentiated {
		panic(fault{errors.New("gradients are taken twice in one graph")})
	}
	b.differentiated = true
	wrt := make(gorgonia.Nodes, len(params))
	for i, p := range params {
		wrt[i] = b.Param(p)
	}
	gradients, err := gorgonia.Grad(of, wrt...)
	b.Node(of, err)
	b.Keep(gradients...)
	b.gradients = gradients
	return gradients
}

// Train makes the graph one of training, in which some layers act in another way than
// afterwards, and keep to the rows [B] of a batch whose weight is not 0. It must come before
// what is made of layers.
func (b *Builder) Train(rowWeights *Node) { b.rowWeights = rowWeights }

// Slice has sums over the rows of a batch made of slices. Where there are other processes,
// which run the same graph, the rows are this one's of the batch, and each gradient begins its way to the
// others as soon as it is known: after a run all are those of the whole batch when the world has finished.
func (b *Builder) Slice(s world.Slices) { b.slices = s }

// RowWeights returns the weights [B] of the rows of a batch in a graph of training, else nil.
// Where a layer has more rows, K draws for each of a batch, a weight is that of K rows.
func (b *Builder) RowWeights() *Node { return b.rowWeights }

// Measure makes the graph one of which no gradients are taken, so that layers may be computed
// together. It must come before what is made of layers.
func (b *Builder) Measure() { b.measures = true }

// Measures reports whether Measure was called.
func (b *Builder) Measures() bool { return b.measures }

// Trace names a node that may be of interest to whoever looks into the graph, such as
// what a layer puts out.
func (b *Builder) Trace(name string, n *Node) { b.traced = append(b.traced, Traced{name, n}) }

// KeepTraced keeps all nodes that were named so far.
func (b *Builder) KeepTraced() {
	for _, t := range b.traced {
		b.Keep(t.Node)
	}
}
