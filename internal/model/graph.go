package model

import (
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"
)

// building serializes the making of graphs: gorgonia keeps pools of types and
// shapes that are not safe for concurrent use.
var building sync.Mutex

// graph is one gorgonia graph over the model's parameters under construction,
// and then the machine that runs it. The first error sticks.
type graph struct {
	g       *gorgonia.ExprGraph
	weights map[*Param]*gorgonia.Node
	outputs []output // of the layers
	machine *machine
	err     error
}

func newGraph() *graph {
	return &graph{g: gorgonia.NewGraph(), weights: map[*Param]*gorgonia.Node{}}
}

// construct runs build with gorgonia's panics turned into errors.
func construct(build func()) (err error) {
	building.Lock()
	defer building.Unlock()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("building the graph: %v", r)
		}
	}()
	build()
	return nil
}

// input makes an input node and returns the memory that feeds it.
func (b *graph) input(name string, shape ...int) (*gorgonia.Node, []float32) {
	data := make([]float32, tensor.Shape(shape).TotalSize())
	return b.bind(name, data, shape), data
}

// param makes the node of a parameter. Its tensor header is the graph's own,
// its memory is the model's.
func (b *graph) param(p *Param) *gorgonia.Node {
	n := b.bind(p.Name, p.Value, p.Shape)
	b.weights[p] = n
	return n
}

func (b *graph) bind(name string, data []float32, shape []int) *gorgonia.Node {
	value := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(b.g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...), gorgonia.WithValue(value))
}

// node passes on the result of a graph function and keeps its error.
func (b *graph) node(n *gorgonia.Node, err error) *gorgonia.Node {
	if err != nil && b.err == nil {
		b.err = err
	}
	if b.err != nil {
		panic(b.err) // caught by construct
	}
	return n
}

// compile makes the machine that computes the roots and what they need.
func (b *graph) compile(roots ...*gorgonia.Node) {
	b.machine, b.err = newMachine(roots)
	if b.err != nil {
		panic(b.err) // caught by construct
	}
}

// value returns where a node's value stands after each run.
func (b *graph) value(n *gorgonia.Node) *gorgonia.Value { return b.machine.value[n] }

// run executes the graph once on what its inputs hold.
func (b *graph) run() (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("running the graph: %v", r)
		}
	}()
	return b.machine.run()
}
