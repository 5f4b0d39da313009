package op

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
	"gorgonia.org/tensor"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// testCase states an operation twice: as a node over the inputs, and as a plain
// function in float64.
type testCase struct {
	name      string
	shapes    [][]int
	fixed     []bool // inputs without a gradient
	build     func(in gorgonia.Nodes) (*gorgonia.Node, error)
	reference func(in [][]float64) []float64
	scale     float64                   // of the random inputs
	prepare   func(i int, in []float32) // brings input i, standard normal draws, where the operation wants it
}

// TestGradients compares each operation and its gradients with the plain
// function and its central differences, through a weighted sum of the outputs.
func TestGradients(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
}

// The tolerances are those of float32: a value is a sum of at most 35 terms, each
// rounded to 6e-8 of itself, and a gradient has one rounding more.
func (c testCase) check(t *testing.T) {
	g := gorgonia.NewGraph()
	nodes, wrt, values, varied := c.inputs(g)
	out, err := c.build(nodes)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float32, out.Shape().TotalSize())
	rng.Normal(weights, rng.Stream(7, "weights"))
	got, grads := differentiate(t, out, weights, wrt...)
	compare(t, "output", got, c.reference(values), 1e-6)
	total := func() float64 {
		var sum float64
		for i, v := range c.reference(values) {
			sum += float64(weights[i]) * v
		}
		return sum
	}
	for k, i := range varied {
		compare(t, fmt.Sprintf("gradient of input %d", i), grads[k], centralDifferences(values[i], total), 2e-6)
	}
}

// inputs are the nodes of a case, those with a gradient, the values of all in
// float64, and the numbers of those with a gradient.
func (c testCase) inputs(g *gorgonia.ExprGraph) (nodes, wrt gorgonia.Nodes, values [][]float64, varied []int) {
	scale := float32(max(c.scale, 1))
	for i, shape := range c.shapes {
		data := make([]float32, tensor.Shape(shape).TotalSize())
		rng.Normal(data, rng.Stream(7, c.name, uint64(i)))
		for j := range data {
			data[j] *= scale
		}
		if c.prepare != nil {
			c.prepare(i, data)
		}
		nodes = append(nodes, variable(g, fmt.Sprint("in", i), data, shape))
		values = append(values, widen(data))
		if i >= len(c.fixed) || !c.fixed[i] {
			wrt, varied = append(wrt, nodes[i]), append(varied, i)
		}
	}
	return nodes, wrt, values, varied
}

// differentiate returns what a node computes, and the gradients of the sum of its
// elements, each times its weight.
func differentiate(t *testing.T, out *gorgonia.Node, weights []float32, wrt ...*gorgonia.Node) ([]float32, [][]float32) {
	t.Helper()
	var loss *gorgonia.Node
	if out.Shape().IsScalar() {
		loss = must(t)(gorgonia.Mul(out, gorgonia.NewConstant(weights[0])))
	} else {
		loss = must(t)(gorgonia.Sum(must(t)(gorgonia.HadamardProd(out, variable(out.Graph(), "weights", weights, out.Shape())))))
	}
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	var value gorgonia.Value
	read := gorgonia.Read(out, &value)
	machine := gorgonia.NewTapeMachine(out.Graph().SubgraphRoots(append(gorgonia.Nodes{loss, read}, grads...)...))
	defer machine.Close()
	for range 2 { // the second run meets used buffers
		machine.Reset()
		if err := machine.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	var all [][]float32
	for _, grad := range grads {
		all = append(all, data(t, grad.Value()))
	}
	return data(t, value), all
}

func centralDifferences(x []float64, f func() float64) []float64 {
	const h = 1e-5
	d := make([]float64, len(x))
	for i, v := range x {
		x[i] = v + h
		up := f()
		x[i] = v - h
		down := f()
		x[i] = v
		d[i] = (up - down) / (2 * h)
	}
	return d
}

func variable(g *gorgonia.ExprGraph, name string, data []float32, shape []int) *gorgonia.Node {
	v := tensor.New(tensor.WithShape(shape...), tensor.WithBacking(data))
	return gorgonia.NewTensor(g, tensor.Float32, len(shape), gorgonia.WithName(name), gorgonia.WithShape(shape...), gorgonia.WithValue(v))
}

func must(t *testing.T) func(*gorgonia.Node, error) *gorgonia.Node {
	return func(n *gorgonia.Node, err error) *gorgonia.Node {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return n
	}
}

func data(t *testing.T, v gorgonia.Value) []float32 {
	t.Helper()
	d, err := Floats(v)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func widen(s []float32) []float64 {
	w := make([]float64, len(s))
	for i, v := range s {
		w[i] = float64(v)
	}
	return w
}

func compare(t *testing.T, what string, got []float32, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d elements, want %d", what, len(got), len(want))
	}
	for i := range want {
		if !(math.Abs(float64(got[i])-want[i]) <= tol*(1+math.Abs(want[i]))) {
			t.Errorf("%s: element %d is %g, want %g", what, i, got[i], want[i])
		}
	}
}

func TestDataLayerHasNoInputGradient(t *testing.T) {
	g := gorgonia.NewGraph()
	x := variable(g, "x", []float32{1, 2}, []int{1, 2})
	w := variable(g, "w", []float32{3, 4}, []int{1, 2})
	b := variable(g, "b", []float32{5}, []int{1})
	noGradient(t, must(t)(Dense(x, w, b, kernel.Linear, false)), x)
}

// noGradient checks that a node has no gradient by another one.
func noGradient(t *testing.T, out, by *gorgonia.Node) {
	t.Helper()
	if !out.Shape().IsScalar() {
		out = must(t)(gorgonia.Sum(out))
	}
	if _, err := gorgonia.Grad(out, by); err == nil {
		t.Errorf("differentiated %v by %s", out, by.Name())
	}
}
