package layer

import (
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
)

func TestEveryActivationHasAKernel(t *testing.T) {
	seen := map[any]bool{}
	for _, name := range config.Activations {
		a, err := NewActivation(name)
		if err != nil || a.Name != name || seen[a.Kernel] {
			t.Errorf("%s: kernel %d, error %v", name, a.Kernel, err)
		}
		seen[a.Kernel] = true
	}
	if len(activations) != len(config.Activations) {
		t.Errorf("%d activations for the names %v", len(activations), config.Activations)
	}
	if _, err := NewActivation("swish"); err == nil {
		t.Error("an unknown activation: no error")
	}
}

// apply runs a layer on one row.
func apply(t *testing.T, l Layer, x []float32) []float32 {
	t.Helper()
	var y *graph.Node
	g, err := graph.Build(func(b *graph.Builder) {
		in, data := b.Input("x", 1, len(x))
		copy(data, x)
		y = l.Apply(b, in, false)
		b.Keep(y)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return slices.Clone(g.Read(y))
}

func TestStackIsItsLayersInARow(t *testing.T) {
	relu, err := NewActivation(config.ReLU)
	if err != nil {
		t.Fatal(err)
	}
	stack, width := Hidden("net", 3, []int{5, 4}, relu)
	stack = append(stack, NewDense("net.4", width, 2, Linear))
	for _, p := range stack.Params() {
		p.Allocate()
	}
	if err := stack.Init(config.Glorot, 7); err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, p := range stack.Params() {
		names = append(names, p.Name)
	}
	if want := []string{"net.0.weight", "net.0.bias", "net.2.weight", "net.2.bias", "net.4.weight", "net.4.bias"}; !slices.Equal(names, want) {
		t.Errorf("parameters %v, want %v", names, want)
	}
	if stack.In() != Features(3) || stack.Out() != Features(2) || stack.Describe() != "dense 5, relu; dense 4, relu; dense 2, linear" {
		t.Errorf("%v to %v: %s", stack.In(), stack.Out(), stack.Describe())
	}
	x := []float32{0.5, -1, 2}
	want := x
	for _, l := range stack {
		want = apply(t, l, want)
	}
	if got := apply(t, stack, x); !slices.Equal(got, want) {
		t.Errorf("%v, one after the other %v", got, want)
	}
	if got := apply(t, Stack{Stack(nil)}, x); !slices.Equal(got, x) {
		t.Errorf("no layers made %v of %v", got, x)
	}
}

func TestUnknownInitIsAnError(t *testing.T) {
	d := NewDense("d", 2, 2, Linear)
	for _, p := range d.Params() {
		p.Allocate()
	}
	if err := (Stack{d}).Init("orthogonal", 1); err == nil {
		t.Error("unknown initial weights: no error")
	}
}
