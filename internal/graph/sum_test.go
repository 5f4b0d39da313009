package graph

import (
	"slices"
	"testing"

	"vae/internal/kernel"
	"vae/internal/op"
)

// Where gradients meet they are summed in a place among the buffers.
func TestSumsAreBuffers(t *testing.T) {
	const rows, width = 5, 300
	x := NewParam("x", rows, width)
	x.Allocate()
	for i := range x.Value {
		x.Value[i] = float32(i%13) - 5.3
	}
	acts := []kernel.Activation{kernel.Softplus, kernel.Sigmoid} // of positive values
	var gradients []*Node
	g, err := Build(func(b *Builder) {
		y := b.Node(op.Add(b.Node(op.Activate(b.Param(x), acts[0], false)), b.Node(op.Activate(b.Param(x), acts[1], false))))
		ones, one := b.Input("ones", rows)
		for i := range one {
			one[i] = 1
		}
		gradients = b.Gradients(b.Node(op.Dot(ones, b.Node(op.L1(y)))), []*Param{x})
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	sums := 0
	for _, s := range g.machine.steps {
		_, ours := s.op.(buffered)
		switch {
		case ours && s.node.Op() != s.op:
			sums++
		case !ours && s.node.Shape().TotalSize() > 1:
			t.Errorf("%v has memory of its own", s.node)
		}
	}
	if sums != 1 {
		t.Errorf("%d sums of gorgonia's have been replaced, want 1", sums)
	}
	want := make([]float32, len(x.Value))
	for _, act := range acts {
		dy, y := make([]float32, len(want)), make([]float32, len(want))
		for i := range dy {
			dy[i] = 1
		}
		kernel.Activate(y, x.Value, act)
		kernel.ActivationGradient(dy, dy, y, rows, width, act)
		for i, v := range dy {
			want[i] += v
		}
	}
	if got := g.Read(gradients[0]); !slices.Equal(got, want) {
		t.Error("other sums than of the gradients one by one")
	}
}
