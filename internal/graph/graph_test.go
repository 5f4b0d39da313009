package graph

import (
	"math"
	"slices"
	"strings"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
	"vae/internal/op"
	"vae/internal/rng"
	"vae/internal/trace"
)

// network is a deep one of equal layers, its loss, and its gradients where asked for.
type network struct {
	x, weight []float32
	params    []*Param
	loss      *Node
	gradients []*Node
	graph     *Graph
}

const (
	rows  = 64
	width = 48
)

func newNetwork(t *testing.T, layers int, act kernel.Activation, gradients, traced bool) *network {
	t.Helper()
	n := &network{}
	for i := range layers {
		w, b := NewParam("w"+string(rune('a'+i)), width, width), NewParam("b"+string(rune('a'+i)), width)
		w.Allocate()
		b.Allocate()
		rng.Normal(w.Value, rng.Stream(1, w.Name))
		for j := range w.Value {
			w.Value[j] *= 0.2
		}
		n.params = append(n.params, w, b)
	}
	var err error
	n.graph, err = Build(func(b *Builder) {
		var x, weight *Node
		x, n.x = b.Input("x", rows, width)
		weight, n.weight = b.Input("weight", rows)
		h := x
		for i := range layers {
			h = b.Node(op.Dense(h, b.Param(n.params[2*i]), b.Param(n.params[2*i+1]), act, i > 0))
			b.Trace(n.params[2*i].Name, h)
		}
		n.loss = b.Node(op.Dot(weight, b.Node(op.SquaredError(h, x))))
		b.Keep(n.loss)
		if gradients {
			n.gradients = b.Gradients(n.loss, n.params)
		}
		if traced {
			b.KeepTraced()
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	rng.Uniform(n.x, 1, rng.Stream(1, "x"))
	for i := range n.weight {
		n.weight[i] = 1. / rows
	}
	return n
}

func (n *network) run(t *testing.T) []float32 {
	t.Helper()
	if err := n.graph.Run(); err != nil {
		t.Fatal(err)
	}
	all := slices.Clone(n.graph.Read(n.loss))
	for _, g := range n.gradients {
		all = append(all, n.graph.Read(g)...)
	}
	return all
}

// Buffers that share places change no bit: the same graph in which every layer's output
// is kept, so that less is shared, computes the same, again and again.
func TestSharedMemoryChangesNothing(t *testing.T) {
	for name, act := range map[string]kernel.Activation{"relu": kernel.ReLU, "linear": kernel.Linear, "silu": kernel.SiLU} {
		shared, kept := newNetwork(t, 12, act, true, false), newNetwork(t, 12, act, true, true)
		want := kept.run(t)
		for range 3 {
			if got := shared.run(t); !slices.Equal(got, want) {
				t.Fatalf("%s: other figures where buffers share memory", name)
			}
		}
		if a, _ := shared.graph.Memory(); a <= 0 {
			t.Errorf("%s: no memory", name)
		}
	}
}

// A deep network takes far less than all its nodes together: forward alone two layers'
// outputs, whatever the depth.
func TestBuffersDie(t *testing.T) {
	const layer = 4 * rows * width
	shared, apart := newNetwork(t, 20, kernel.ReLU, false, false).graph.Memory()
	if deeper, _ := newNetwork(t, 25, kernel.ReLU, false, false).graph.Memory(); deeper != shared || shared > 3*layer+1024 || apart < 20*layer {
		t.Errorf("forward: %d bytes of %d, with more layers %d", shared, apart, deeper)
	}
	// With gradients the 20 outputs must stay; of the gradients by them few live at once.
	shared, apart = newNetwork(t, 20, kernel.ReLU, true, false).graph.Memory()
	weights := 4 * 20 * (width*width + width)
	if limit := weights + 24*layer + 1<<14; shared > limit || apart < weights+58*layer {
		t.Errorf("with gradients: %d bytes of %d, want at most %d", shared, apart, limit)
	}
}

// No two spans that overlap in time share a place.
func TestPlaces(t *testing.T) {
	r := rng.Stream(5, "spans")
	for range 200 {
		var spans []*span
		var sum int
		for range 1 + r.IntN(40) {
			x, err := Build(func(b *Builder) {
				in, _ := b.Input("in", 1+r.IntN(50))
				b.Keep(b.Node(op.Clamp(in, -1, 1, nil)))
			})
			if err != nil {
				t.Fatal(err)
			}
			buffer := x.machine.steps[0].op.(buffered).Buffers()[0]
			first := r.IntN(20)
			spans = append(spans, &span{buffer: buffer, first: first, last: first + r.IntN(6)})
			sum += buffer.Len() + line
		}
		size := place(spans)
		if size > sum {
			t.Fatalf("%d numbers for buffers of %d", size, sum)
		}
		for i, a := range spans {
			if a.at%line != 0 || a.at+a.buffer.Len() > size {
				t.Fatalf("a buffer of %d at %d of %d", a.buffer.Len(), a.at, size)
			}
			for _, b := range spans[:i] {
				if a.first <= b.last && b.first <= a.last && a.at < b.at+b.buffer.Len() && b.at < a.at+a.buffer.Len() {
					t.Fatalf("%+v and %+v share a place", a, b)
				}
			}
		}
	}
}

func TestWrongGraphsAreErrors(t *testing.T) {
	for name, c := range map[string]struct {
		describe func(b *Builder)
		want     string
	}{
		"two inputs of one name": {func(b *Builder) { b.Input("x", 2); b.Input("x", 2) }, `two inputs or parameters are called "x"`},
		"shapes": {func(b *Builder) {
			x, _ := b.Input("x", 2, 3)
			y, _ := b.Input("y", 3, 2)
			b.Keep(b.Node(op.SquaredError(x, y)))
		}, "squaredError"},
		"gradients twice": {func(b *Builder) {
			p := NewParam("p", 2)
			p.Allocate()
			w, _ := b.Input("w", 2)
			loss := b.Node(op.Dot(w, b.Param(p)))
			b.Gradients(loss, []*Param{p})
			b.Gradients(loss, []*Param{p})
		}, "taken twice"},
		"a panic": {func(*Builder) { panic("for once") }, "for once"},
		"a gradient by what has no part": {func(b *Builder) {
			x, _ := b.Input("x", 2)
			w, _ := b.Input("w", 2)
			p := NewParam("p", 2)
			p.Allocate()
			b.Gradients(b.Node(op.Dot(w, x)), []*Param{p})
		}, ""},
	} {
		_, err := Build(c.describe)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", name, err, c.want)
		}
	}
}

func TestOnlyWhatIsKeptCanBeRead(t *testing.T) {
	var hidden, kept *Node
	g, err := Build(func(b *Builder) {
		x, data := b.Input("x", 3)
		copy(data, []float32{-5, 0.5, 5})
		hidden = b.Node(op.Clamp(x, -1, 1, nil))
		kept = b.Node(gorgonia.Neg(hidden))
		b.Node(op.Clamp(x, -2, 2, nil)) // of no use to anybody
		b.Keep(kept, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second run writes into the values of the first
		if err := g.Run(); err != nil {
			t.Fatal(err)
		}
		if got := g.Read(kept); !slices.Equal(got, []float32{1, -0.5, -1}) {
			t.Errorf("read %v", got)
		}
	}
	if g.Read(nil) != nil {
		t.Error("no node has a value")
	}
	func() {
		defer func() {
			if recover() == nil {
				t.Error("a node that was not kept has been read")
			}
		}()
		g.Read(hidden)
	}()
	if len(g.machine.steps) != 2 {
		t.Errorf("%d steps, want 2: what nobody asked for is left out", len(g.machine.steps))
	}
}

func TestParamSize(t *testing.T) {
	if n := NewParam("huge", math.MaxInt, 4).Size(); !(n > 3e19) {
		t.Errorf("size %g", n)
	}
	p := NewParam("p", 2, 3)
	if p.Allocate(); len(p.Value) != 6 || p.Size() != 6 {
		t.Errorf("%d elements, size %g", len(p.Value), p.Size())
	}
}

// A panic while the graph runs is an error that tells the node and keeps the stack.
func TestPanicOfAnOperationIsAnError(t *testing.T) {
	g, err := Build(func(b *Builder) {
		x, _ := b.Input("x", 2, 3)
		b.Keep(b.Node(op.PixelNLL("careless", x, x, 1, 1, func(_, _, _, _ []float32, _, _ int) { panic("for once") })))
	})
	if err != nil {
		t.Fatal(err)
	}
	err = g.Run()
	if err == nil || !strings.Contains(err.Error(), "careless") || !strings.Contains(err.Error(), "for once") || strings.Contains(err.Error(), "\n") {
		t.Fatalf("error %v, want one line with the operation and the panic", err)
	}
	if stack := string(trace.Stack(err)); !strings.Contains(stack, "TestPanicOfAnOperationIsAnError") {
		t.Errorf("stack %q", stack)
	}
}
