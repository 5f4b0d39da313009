package layer

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
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
	stack, width := Hidden("net", 3, []int{5, 4}, DenseMaker(relu))
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

// known are layers of each sort, of two units on rows of three numbers or as they must be.
var known = map[string]func() Layer{
	"dense": func() Layer { return NewDense("d", 3, 2, Linear) },
	"silu":  func() Layer { return NewDense("d", 3, 2, Activation{config.SiLU, kernel.SiLU}) },
	"stack": func() Layer { return Stack{NewDense("a", 3, 4, Linear), NewDense("b", 4, 2, Linear)} },
	"conv":  func() Layer { return must(NewConv("c", testMap, 3, half, Linear)) },
	"conv silu": func() Layer {
		return must(NewConv("c", testMap, 2, Window{Kernel: 2, Stride: 1, Top: 1}, Activation{config.SiLU, kernel.SiLU}))
	},
	"convt": func() Layer { return must(NewConvTranspose("c", testMap, 3, half, Linear)) },
	"convt to double": func() Layer {
		return must(NewConvTranspose("c", testMap, 1, double, Linear))
	},
	"flatten":     func() Layer { return NewFlatten(testMap) },
	"reshape":     func() Layer { return NewReshape(testMap) },
	"activate":    func() Layer { return NewActivate(testMap, sigmoid) },
	"gated dense": func() Layer { return NewGatedDense("g", 3, 2, Linear) },
	"gated conv":  func() Layer { return must(NewGatedConv("g", testMap, 2, half, Linear)) },
	"residual": func() Layer {
		body := must(NewConv("r.body.1", testMap, 2, Window{Kernel: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}, Linear))
		return must(NewResidual("r", Stack{NewActivate(testMap, sigmoid), body}, nil))
	},
	"residual with a shortcut": func() Layer {
		body, shortcut := must(NewConv("r.body.0", testMap, 3, half, sigmoid)), must(NewConv("r.shortcut.0", testMap, 3, half, Linear))
		return must(NewResidual("r", Stack{body}, Stack{shortcut}))
	},
	"batch norm":             func() Layer { return NewBatchNorm("n", testMap, sigmoid) },
	"batch norm of features": func() Layer { return NewBatchNorm("n", onePixel(3), Linear) },
	"group norm": func() Layer {
		return must(NewGroupNorm("n", config.Shape{Width: 2, Height: 3, Channels: 4}, 2, Activation{config.SiLU, kernel.SiLU}))
	},
	"group norm of features": func() Layer { return must(NewGroupNorm("n", onePixel(6), 2, Linear)) },
	"folding": func() Layer {
		same := Window{Kernel: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}
		first := NewActivate(testMap, Activation{config.Tanh, kernel.Tanh})
		second := must(NewConv("b", testMap, 2, same, Linear))
		return join(Stack{first, second}, NewBatchNorm("n", testMap, Linear))
	},
	"folding of features": func() Layer { return join(Stack{NewDense("a", 3, 2, Linear)}, NewBatchNorm("n", onePixel(2), sigmoid)) },
	"average pool":        func() Layer { return must(NewAveragePool(testMap, 2)) },
	"upsample":            func() Layer { return must(NewUpsample(testMap, 2)) },
	"network": func() Layer {
		first := must(NewConv("a", testMap, 3, half, sigmoid))
		last := must(NewConvTranspose("c", first.Out(), 2, half, Linear))
		return Stack{first, NewFlatten(first.Out()), NewDense("b", first.Out().Pixels(), first.Out().Pixels(), Linear), NewReshape(first.Out()), last}
	},
}

// testMap is a map of 4x3 pixels with 2 channels, half and double windows that halve it, and
// make twice as many pixels of it.
var (
	testMap = config.Shape{Width: 4, Height: 3, Channels: 2}
	half    = Window{Kernel: 3, Stride: 2, Top: 1, Bottom: 1, Left: 1, Right: 1}
	double  = Window{Kernel: 3, Stride: 2, Top: 1, Bottom: 1, Left: 1, Right: 1, OutputBottom: 1, OutputRight: 1}
)

func must[L Layer](l L, err error) L {
	if err != nil {
		panic(err)
	}
	return l
}

// What a layer says of its shapes is so, its parameters have names of their own, and its
// gradients, that of the input too, are those of differences.
func TestLayers(t *testing.T) {
	for name, make := range known {
		t.Run(name, func(t *testing.T) {
			testLayer(t, name, make(), false)
			testLayer(t, name+" in training", make(), true)
		})
	}
}

func testLayer(t *testing.T, name string, l Layer, training bool) {
	const rows, h = 3, 1. / 64
	x := graph.NewParam("x", rows, l.In().Pixels())
	params := append([]*graph.Param{x}, l.Params()...)
	x.Allocate()
	names, all := map[string]bool{}, append(l.Params(), Stack{l}.Saved()...)
	for _, p := range all {
		p.Allocate()
		names[p.Name] = true
	}
	if err := l.Init(config.Glorot, 5); err != nil || len(names) != len(all) || l.Describe() == "" {
		t.Fatalf("%s: %q with the parameters %v, error %v", name, l.Describe(), names, err)
	}
	for i := range x.Value {
		x.Value[i] = float32(i%5)/2 - 0.8
	}
	g, y, nodes := differentiated(t, l, x, params, training)
	if n := len(g.Read(y)); n != rows*l.Out().Pixels() {
		t.Fatalf("%s: %d numbers for rows of %v", name, n, l.Out())
	}
	var gradients [][]float32
	for _, n := range nodes {
		gradients = append(gradients, slices.Clone(g.Read(n)))
	}
	for k, p := range params {
		for i, v := range p.Value {
			p.Value[i] = v + h
			above := distance(t, g, y)
			p.Value[i] = v - h
			want := (above - distance(t, g, y)) / (2 * h)
			p.Value[i] = v
			if got := float64(gradients[k][i]); !(math.Abs(got-want) <= 1e-3*(1+math.Abs(want))) {
				t.Errorf("%s: gradient of %s[%d] is %g, by differences %g", name, p.Name, i, got, want)
			}
		}
	}
}

// apart are layers that follow each other and are no stack: none leaves the next anything.
type apart struct{ Stack }

func (a apart) Apply(b *graph.Builder, x *graph.Node, inputGradient bool) *graph.Node {
	for _, l := range a.Stack {
		x = l.Apply(b, x, inputGradient)
	}
	return x
}

// Derivatives of activations that are left to the next layer change no bit.
func TestActivationsLeftToTheNextLayer(t *testing.T) {
	relu, elu, silu := Activation{config.ReLU, kernel.ReLU}, Activation{config.ELU, kernel.ELU}, Activation{config.SiLU, kernel.SiLU}
	shape := config.Shape{Width: 6, Height: 5, Channels: 3}
	same := Window{Kernel: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1}
	stack := Stack{
		NewActivate(shape, relu), must(NewConv("a", shape, 3, same, elu)), must(NewConvTranspose("b", shape, 3, same, silu)),
		must(NewConv("c", shape, 3, same, relu)), must(NewConv("d", shape, 3, Window{Kernel: 1, Stride: 1}, relu)), NewActivate(shape, elu),
		NewActivate(shape, relu), must(NewConv("e", shape, 3, same, Linear)), must(NewConvTranspose("f", shape, 1, same, relu)),
	}
	leaving := 0
	for i := range stack {
		if stack.left(i) != kernel.Linear {
			leaving++
		}
	}
	if leaving != 4 {
		t.Errorf("%d layers leave their derivatives to the next, want 4", leaving)
	}
	x := graph.NewParam("x", 2, shape.Pixels())
	params := append([]*graph.Param{x}, stack.Params()...)
	for i, p := range params {
		p.Allocate()
		for j := range p.Value {
			p.Value[j] = float32((i+3*j)%7)/7 - 0.4
		}
	}
	var results [2][][]float32
	for i, l := range []Layer{stack, apart{stack}} {
		g, y, nodes := differentiated(t, l, x, params, false)
		for _, n := range append(nodes, y) {
			results[i] = append(results[i], slices.Clone(g.Read(n)))
		}
	}
	for i, want := range results[1] {
		if !slices.Equal(results[0][i], want) {
			t.Errorf("result %d is another in a stack", i)
		}
	}
}

// target is what output i is compared with.
func target(i int) float32 { return float32(i%4) - 1.25 }

// differentiated is the graph of a layer on x, whose gradients are those of the squared
// distance of its outputs y from their targets.
func differentiated(t *testing.T, l Layer, x *graph.Param, params []*graph.Param, training bool) (g *graph.Graph, y *graph.Node, gradients []*graph.Node) {
	t.Helper()
	g, err := graph.Build(func(b *graph.Builder) {
		ones, one := b.Input("ones", x.Shape[0])
		for i := range one {
			one[i] = 1
		}
		if training {
			b.Train(ones)
		}
		y = l.Apply(b, b.Param(x), true)
		targets, values := b.Input("targets", y.Shape()...)
		for i := range values {
			values[i] = target(i)
		}
		b.Keep(y)
		gradients = b.Gradients(b.Node(op.Dot(ones, b.Node(op.SquaredError(y, targets)))), params)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	return g, y, gradients
}

// distance runs the graph and compares its outputs with their targets.
func distance(t *testing.T, g *graph.Graph, y *graph.Node) (sum float64) {
	t.Helper()
	if err := g.Run(); err != nil {
		t.Fatal(err)
	}
	for i, v := range g.Read(y) {
		d := float64(v) - float64(target(i))
		sum += d * d
	}
	return sum
}
