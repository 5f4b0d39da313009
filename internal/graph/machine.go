package graph

import (
	"errors"
	"fmt"
	"slices"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/op"
	"vae/internal/trace"
	"vae/internal/world"
)

// machine runs a gorgonia graph. It differs from gorgonia's tape machine in
// what a training loop needs: no value is overwritten as long as it is needed, and the
// values stay from run to run, so a step allocates next to nothing.
type machine struct {
	steps         []step
	value         map[*Node]*gorgonia.Value
	result        map[*Node]*op.Buffer // of nodes whose operation is ours
	placed, apart int                  // numbers in the buffers, together and each by itself
	buffers       []*span
	dry           bool        // to be looked at, not to be run: inputs have no values
	world         world.World // nil without other processes
}

// step computes one node.
type step struct {
	node   *Node
	op     gorgonia.Op
	reuse  gorgonia.UsePreallocDoer // op, where it can write into an old value
	within gorgonia.UnsafeDoer      // op, where it can only overwrite its input
	from   []*gorgonia.Value
	inputs []gorgonia.Value // what from holds, refreshed at each run
	to     *gorgonia.Value
	own    bool // to holds a value that belongs to this step
	shared bool // with other processes, which add theirs
}

// newMachine prepares to compute the roots and all that they need, each node
// after its children.
func newMachine(roots gorgonia.Nodes, dry bool) (*machine, error) {
	m := &machine{value: map[*Node]*gorgonia.Value{}, result: map[*Node]*op.Buffer{}, dry: dry}
	for _, root := range roots {
		if err := m.add(root); err != nil {
			return nil, err
		}
	}
	return m, nil
}

// add appends the steps of a node that has none yet.
func (m *machine) add(n *Node) error {
	if _, known := m.value[n]; known {
		return nil
	}
	to := new(gorgonia.Value)
	if n.Op() == nil || n.Op().Arity() == 0 { // an input or a constant
		if *to = n.Value(); *to == nil && !m.dry {
			return fmt.Errorf("no value for %s", n.Name())
		}
		m.value[n] = to
		return nil
	}
	children := childrenOf(n)
	s := step{node: n, op: operation(n, children), to: to, inputs: make([]gorgonia.Value, len(children))}
	s.reuse, _ = s.op.(gorgonia.UsePreallocDoer)
	if len(children) == 1 && s.reuse == nil {
		s.within, _ = s.op.(gorgonia.UnsafeDoer)
	}
	for _, child := range children {
		if err := m.add(child); err != nil {
			return err
		}
		s.from = append(s.from, m.value[child])
	}
	if o, ours := s.op.(buffered); ours {
		m.result[n] = o.Buffers()[0]
	}
	m.value[n] = to
	m.steps = append(m.steps, s)
	return nil
}

// slice has the operations sum over rows by slices, and other processes add to the gradients.
func (m *machine) slice(s world.Slices, gradients gorgonia.Nodes) {
	if s.Shared() {
		m.world = s.World
	}
	for i := range m.steps {
		step := &m.steps[i]
		if o, ours := step.op.(op.Sliced); ours {
			o.Slice(s)
		}
		step.shared = s.Shared() && slices.Contains(gradients, step.node)
	}
}

// operation is what computes a node: its own, or instead of gorgonia's sum of two tensors one
// whose result has its place among our buffers. Sums of gradients are of the size of what a
// layer puts out.
func operation(n *Node, children gorgonia.Nodes) gorgonia.Op {
	if len(children) != 2 || n.Shape().IsScalar() || n.Op().String() != "+ false" || n.Dtype() != tensor.Float32 {
		return n.Op()
	}
	if !children[0].Shape().Eq(n.Shape()) || !children[1].Shape().Eq(n.Shape()) {
		return n.Op()
	}
	return op.Sum(n.Shape()...)
}

// childrenOf returns the nodes that a node is computed from, in order.
func childrenOf(n *Node) (children gorgonia.Nodes) {
	for it := n.Graph().From(n.ID()); it.Next(); {
		children = append(children, it.Node().(*Node))
	}
	return children
}

// run computes all nodes anew.
func (m *machine) run() (err error) {
	at := 0
	defer func() { // a panic is to tell which node it was
		if r := recover(); r != nil {
			err = fmt.Errorf("%s: %w", m.steps[at].node.Name(), trace.Recovered(r))
		}
	}()
	for at = range m.steps {
		if err := m.steps[at].run(); err != nil {
			return fmt.Errorf("%s: %w", m.steps[at].node.Name(), err)
		}
		if m.steps[at].shared {
			if err := m.begin(*m.steps[at].to); err != nil {
				return err
			}
		}
	}
	return nil
}

// begin sends a gradient on its way.
func (m *machine) begin(v gorgonia.Value) error {
	x, err := op.Floats(v)
	if err == nil {
		m.world.Begin(x)
	}
	return err
}

func (s *step) run() (err error) {
	for i, from := range s.from {
		s.inputs[i] = *from
	}
	switch {
	case s.own && s.reuse != nil:
		*s.to, err = s.reuse.UsePreallocDo(*s.to, s.inputs...)
		return err
	case s.own:
		if _, err = gorgonia.Copy(*s.to, s.inputs[0]); err == nil {
			_, err = s.within.UnsafeDo(*s.to)
		}
		return err
	}
	if *s.to, err = s.op.Do(s.inputs...); err != nil {
		return err
	}
	if _, ours := s.op.(buffered); ours {
		return nil
	}
	return s.adopt()
}

// adopt makes the result of a stock operation the step's own: it is kept and written to
// again. One that is the memory of an input would live longer than that may.
func (s *step) adopt() error {
	if _, dense := (*s.to).(tensor.Tensor); !dense {
		return nil
	}
	if slices.ContainsFunc(s.inputs, func(v gorgonia.Value) bool { return v.Uintptr() == (*s.to).Uintptr() }) {
		return errors.New("the operation returned the memory of its input")
	}
	s.own = s.reuse != nil || s.within != nil
	return nil
}
