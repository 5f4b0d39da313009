// Package graph builds gorgonia graphs over named parameters and runs them on a machine
// of its own.
//
// A graph is a function of its inputs and parameters and of nothing else: noise is an
// input, so whoever runs a graph decides on it. It reads the memory of its inputs and
// parameters in place.
package graph

import (
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"

	"vae/internal/op"
	"vae/internal/trace"
)

// Node is a value in a graph under construction.
type Node = gorgonia.Node

// Graph is a finished graph, ready to run.
type Graph struct {
	machine *machine
	traced  []Traced
	kept    map[*Node]*gorgonia.Value
}

// building serializes the making of graphs: gorgonia keeps pools of types and
// shapes that are not safe for concurrent use.
var building sync.Mutex

// Build makes the graph that describe writes down. Of its values those can be read after
// a run that Builder.Keep or Builder.Gradients names; the memory of the others is used
// again within a run. A gorgonia panic, and the first error of a node, is the error.
func Build(describe func(b *Builder)) (*Graph, error) {
	b := newBuilder()
	m, err := b.machine(describe)
	if err != nil {
		return nil, err
	}
	m.takeMemory()
	g := &Graph{machine: m, traced: b.traced, kept: map[*Node]*gorgonia.Value{}}
	for _, n := range b.kept {
		g.kept[n] = m.value[n]
	}
	return g, nil
}

// Size is how many bytes the graph that describe writes down would take, inputs and all,
// without its parameters: nothing of that is allocated, and no parameter needs memory.
func Size(describe func(b *Builder)) (bytes int, err error) {
	b := newBuilder()
	b.dry = true
	m, err := b.machine(describe)
	if err != nil {
		return 0, err
	}
	return 4 * (b.inputs + m.placed + m.beside()), nil
}

// machine has the graph described, and lays out what computes it.
func (b *Builder) machine(describe func(b *Builder)) (m *machine, err error) {
	building.Lock()
	defer building.Unlock()
	defer func() {
		if r := recover(); r != nil {
			m, err = nil, recovered("building the graph", r)
		}
	}()
	describe(b)
	if m, err = newMachine(b.kept, b.dry); err != nil {
		return nil, fmt.Errorf("building the graph: %w", err)
	}
	m.slice(b.slices, b.gradients)
	m.placeBuffers(b.kept)
	return m, nil
}

// fault ends a description with an error that has been foreseen.
type fault struct{ err error }

// recovered makes an error of a panic: of a fault its own, of any other one that keeps
// the stack.
func recovered(doing string, r any) error {
	if f, ok := r.(fault); ok {
		return fmt.Errorf("%s: %w", doing, f.err)
	}
	return fmt.Errorf("%s: %w", doing, trace.Recovered(r))
}

// Run computes all that is kept, once, of what the inputs and the parameters hold.
func (g *Graph) Run() error {
	if err := g.machine.run(); err != nil {
		return fmt.Errorf("running the graph: %w", err)
	}
	return nil
}

// Read returns the value that a kept node has after the last run; nil of no node. The
// memory is the graph's and is overwritten by the next run.
func (g *Graph) Read(n *Node) []float32 {
	if n == nil {
		return nil
	}
	value, ok := g.kept[n]
	if !ok {
		panic(fmt.Sprintf("graph: %v was not kept", n))
	}
	data, err := op.Floats(*value)
	if err != nil {
		panic("graph: " + err.Error()) // the graph computes float32 only
	}
	return data
}

// Traced lists what Builder.Trace was told, in that order.
func (g *Graph) Traced() []Traced { return g.traced }

// Memory returns how many bytes hold the buffers of the operations, and how many they
// would take if each had its own.
func (g *Graph) Memory() (shared, apart int) {
	return 4 * g.machine.placed, 4 * g.machine.apart
}
