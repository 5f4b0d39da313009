package op

import (
	"fmt"
	"math"
	"slices"
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
	scale     float64 // of the random inputs
}

var activations = map[kernel.Activation]func(float64) float64{
	kernel.Linear:    func(x float64) float64 { return x },
	kernel.ReLU:      func(x float64) float64 { return math.Max(x, 0) },
	kernel.LeakyReLU: func(x float64) float64 { return math.Max(x, 0) + 0.01*math.Min(x, 0) },
	kernel.Tanh:      math.Tanh,
	kernel.Sigmoid:   func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	kernel.Softplus:  func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
	kernel.ELU:       func(x float64) float64 { return math.Max(x, 0) + math.Min(math.Exp(x)-1, 0) },
}

func cases() []testCase {
	var all []testCase
	for act, f := range activations {
		for _, size := range [][3]int{{5, 4, 3}, {1, 1, 1}, {1, 3, 2}, {4, 1, 1}} {
			rows, in, out := size[0], size[1], size[2]
			all = append(all, testCase{
				name:   fmt.Sprintf("dense/activation=%d/size=%v", act, size),
				shapes: [][]int{{rows, in}, {out, in}, {out}},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
					return Dense(n[0], n[1], n[2], act, true)
				},
				reference: func(v [][]float64) []float64 { return denseReference(v[0], v[1], v[2], rows, in, out, f) },
			})
		}
	}
	all = append(all, sampleCases()...)
	for _, size := range [][2]int{{4, 7}, {1, 3}, {3, 1}, {1, 1}} {
		rows, n := size[0], size[1]
		matrix := []int{rows, n}
		all = append(all,
			testCase{
				name: fmt.Sprintf("bernoulli/size=%v", size), shapes: [][]int{matrix, matrix}, fixed: []bool{false, true}, scale: 3,
				build:     func(n gorgonia.Nodes) (*gorgonia.Node, error) { return BernoulliNLL(n[0], n[1]) },
				reference: perRow(rows, func(l, x float64) float64 { return math.Log(1+math.Exp(l)) - x*l }),
			},
			testCase{
				name: fmt.Sprintf("gaussian/size=%v", size), shapes: [][]int{matrix, matrix}, fixed: []bool{false, true},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return GaussianNLL(n[0], n[1], 0.7) },
				reference: perRow(rows, func(m, x float64) float64 {
					return (m-x)*(m-x)/(2*0.49) + math.Log(0.7*math.Sqrt(2*math.Pi))
				}),
			},
			testCase{
				name: fmt.Sprintf("kl/size=%v", size), shapes: [][]int{matrix, matrix},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return StandardNormalKL(n[0], n[1]) },
				reference: perRow(rows, func(mu, logvar float64) float64 {
					return -0.5 * (1 + logvar - mu*mu - math.Exp(logvar))
				}),
			},
			testCase{
				name: fmt.Sprintf("bound/size=%v", size), shapes: [][]int{matrix},
				build:     func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Bound(n[0], -10, 10, nil) },
				reference: func(v [][]float64) []float64 { return slices.Clone(v[0]) },
			})
	}
	return all
}

// sampleCases are the operations on K samples of each of B images.
func sampleCases() []testCase {
	var all []testCase
	for _, size := range [][3]int{{3, 4, 5}, {2, 1, 3}, {1, 5, 1}, {1, 1, 1}} {
		rows, samples, n := size[0], size[1], size[2]
		total := rows * samples
		all = append(all,
			testCase{
				name: fmt.Sprintf("repeat/size=%v", size), shapes: [][]int{{rows, n}},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return RepeatRows(in[0], samples) },
				reference: func(v [][]float64) (out []float64) {
					for i := range total {
						out = append(out, v[0][i/samples*n:][:n]...)
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("bernoulli of samples/size=%v", size), shapes: [][]int{{total, n}, {rows, n}}, fixed: []bool{false, true}, scale: 3,
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return BernoulliNLL(in[0], in[1]) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, l := range v[0] {
						out[i/n] += math.Log(1+math.Exp(l)) - v[1][i/n/samples*n+i%n]*l
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("gaussian of samples/size=%v", size), shapes: [][]int{{total, n}, {rows, n}}, fixed: []bool{false, true},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return GaussianNLL(in[0], in[1], 0.7) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, m := range v[0] {
						d := m - v[1][i/n/samples*n+i%n]
						out[i/n] += d*d/(2*0.49) + math.Log(0.7*math.Sqrt(2*math.Pi))
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("log prior ratio/size=%v", size), shapes: [][]int{{total, n}, {total, n}, {total, n}}, fixed: []bool{false, false, true},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return LogPriorRatio(in[0], in[1], in[2]) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, z := range v[0] {
						out[i/n] += 0.5 * (v[2][i]*v[2][i] + v[1][i] - z*z)
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("log mean exp/size=%v", size), shapes: [][]int{{total}},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return LogMeanExp(in[0], samples) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, rows)
					for i, x := range v[0] {
						out[i/samples] += math.Exp(x) / float64(samples)
					}
					for i := range out {
						out[i] = math.Log(out[i])
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("mean of samples/size=%v", size), shapes: [][]int{{total}},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return MeanOfSamples(in[0], samples) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, rows)
					for i, x := range v[0] {
						out[i/samples] += x / float64(samples)
					}
					return out
				},
			})
	}
	return all
}

func TestLogMeanExpOfExtremes(t *testing.T) {
	weights := make([]float32, 3)
	for _, c := range []struct {
		x    []float32
		want float64
	}{
		{[]float32{-1000, -1000, -1000}, -1000},
		{[]float32{1e30, 0, 0}, 1e30},
		{[]float32{-3e4, -100, -3e4}, -100 - math.Log(3)},
	} {
		if got := LogMeanExpOf(c.x, weights); !(math.Abs(got-c.want) <= 1e-7*math.Abs(c.want)) {
			t.Errorf("%v: %g, want %g", c.x, got, c.want)
		}
		if sum := weights[0] + weights[1] + weights[2]; !(math.Abs(float64(sum)-1) <= 1e-6) {
			t.Errorf("%v: weights %v add up to %g", c.x, weights, sum)
		}
	}
	if got := LogMeanExpOf([]float32{0, float32(math.NaN()), 0}, weights); got == got {
		t.Errorf("NaN became %g", got)
	}
}

func denseReference(x, w, b []float64, rows, in, out int, act func(float64) float64) []float64 {
	y := make([]float64, rows*out)
	for i := range rows {
		for j := range out {
			s := b[j]
			for p := range in {
				s += x[i*in+p] * w[j*in+p]
			}
			y[i*out+j] = act(s)
		}
	}
	return y
}

func perRow(rows int, f func(a, b float64) float64) func([][]float64) []float64 {
	return func(v [][]float64) []float64 {
		out, n := make([]float64, rows), len(v[0])/rows
		for i := range v[0] {
			out[i/n] += f(v[0][i], v[1][i])
		}
		return out
	}
}

// TestGradients compares each operation and its gradients with the plain
// function and its central differences, through a weighted sum of the outputs.
func TestGradients(t *testing.T) {
	for _, c := range cases() {
		t.Run(c.name, func(t *testing.T) { c.check(t) })
	}
}

func (c testCase) check(t *testing.T) {
	g := gorgonia.NewGraph()
	scale := float32(max(c.scale, 1))
	var nodes, wrt gorgonia.Nodes
	var values [][]float64
	var varied []int
	for i, shape := range c.shapes {
		data := make([]float32, tensor.Shape(shape).TotalSize())
		rng.Normal(data, rng.Stream(7, c.name, uint64(i)))
		for j := range data {
			data[j] *= scale
		}
		nodes = append(nodes, variable(g, fmt.Sprint("in", i), data, shape))
		values = append(values, widen(data))
		if i >= len(c.fixed) || !c.fixed[i] {
			wrt, varied = append(wrt, nodes[i]), append(varied, i)
		}
	}
	out, err := c.build(nodes)
	if err != nil {
		t.Fatal(err)
	}
	weights := make([]float32, out.Shape().TotalSize())
	rng.Normal(weights, rng.Stream(7, "weights"))
	loss := must(t)(gorgonia.Sum(must(t)(gorgonia.HadamardProd(out, variable(g, "weights", weights, out.Shape())))))
	grads, err := gorgonia.Grad(loss, wrt...)
	if err != nil {
		t.Fatal(err)
	}
	var got gorgonia.Value
	read := gorgonia.Read(out, &got)
	machine := gorgonia.NewTapeMachine(g.SubgraphRoots(append(gorgonia.Nodes{loss, read}, grads...)...))
	defer machine.Close()
	for range 2 { // the second run meets used buffers
		machine.Reset()
		if err := machine.RunAll(); err != nil {
			t.Fatal(err)
		}
	}
	compare(t, "output", data(t, got), c.reference(values), 1e-5)
	total := func() float64 {
		var sum float64
		for i, v := range c.reference(values) {
			sum += float64(weights[i]) * v
		}
		return sum
	}
	for k, i := range varied {
		compare(t, fmt.Sprintf("gradient of input %d", i), data(t, grads[k].Value()), centralDifferences(values[i], total), 1e-4)
	}
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

func TestDotIgnoresRowsOfWeightZero(t *testing.T) {
	g := gorgonia.NewGraph()
	nan := float32(math.NaN())
	weight := variable(g, "weight", []float32{0.5, 0, 0.25}, []int{3})
	term := variable(g, "term", []float32{3, nan, -8}, []int{3})
	sum := must(t)(Dot(weight, term))
	grads, err := gorgonia.Grad(sum, term)
	if err != nil {
		t.Fatal(err)
	}
	machine := gorgonia.NewTapeMachine(g)
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	compare(t, "sum", data(t, sum.Value()), []float64{-0.5}, 0)
	compare(t, "gradient", data(t, grads[0].Value()), []float64{0.5, 0, 0.25}, 0)
}

// Outside of its range Bound must let a gradient through that leads back, stop
// one that leads away, and count what it met.
func TestBoundOutsideOfItsRange(t *testing.T) {
	g := gorgonia.NewGraph()
	x := variable(g, "x", []float32{-9, -9, 9, 9, 1, -1}, []int{3, 2})
	weights := variable(g, "weights", []float32{1, -1, 1, -1, 1, -1}, []int{3, 2})
	var seen Bounds
	y := must(t)(Bound(x, -2, 3, &seen))
	loss := must(t)(gorgonia.Sum(must(t)(gorgonia.HadamardProd(y, weights))))
	grads, err := gorgonia.Grad(loss, x)
	if err != nil {
		t.Fatal(err)
	}
	machine := gorgonia.NewTapeMachine(g)
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	// A positive gradient makes descent lower x: wrong way at the low end.
	compare(t, "gradient", data(t, grads[0].Value()), []float64{0, -1, 1, 0, 1, -1}, 0)
	if want := (Bounds{Low: 2, High: 2}); seen != want {
		t.Errorf("counted %+v, want %+v", seen, want)
	}
}

func TestDataLayerHasNoInputGradient(t *testing.T) {
	g := gorgonia.NewGraph()
	x := variable(g, "x", []float32{1, 2}, []int{1, 2})
	w := variable(g, "w", []float32{3, 4}, []int{1, 2})
	b := variable(g, "b", []float32{5}, []int{1})
	y := must(t)(Dense(x, w, b, kernel.Linear, false))
	if _, err := gorgonia.Grad(must(t)(gorgonia.Sum(y)), x); err == nil {
		t.Error("differentiated with respect to data")
	}
}

func TestShapesThatDoNotFitAreErrors(t *testing.T) {
	g := gorgonia.NewGraph()
	matrix := func(name string, rows, columns int) *gorgonia.Node {
		return variable(g, name, make([]float32, rows*columns), []int{rows, columns})
	}
	vector := variable(g, "v", make([]float32, 3), []int{3})
	for name, err := range map[string]error{
		"dense input":     second(Dense(matrix("a", 2, 3), matrix("b", 3, 4), vector, kernel.ReLU, true)),
		"dense bias":      second(Dense(matrix("c", 2, 3), matrix("d", 4, 3), vector, kernel.ReLU, true)),
		"dense rank":      second(Dense(vector, matrix("e", 4, 3), vector, kernel.ReLU, true)),
		"bernoulli shape": second(BernoulliNLL(matrix("f", 2, 3), matrix("g", 3, 2))),
		"kl shape":        second(StandardNormalKL(matrix("h", 2, 3), matrix("i", 3, 2))),
		"dot shape":       second(Dot(variable(g, "w4", make([]float32, 4), []int{4}), vector)),
	} {
		if err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func second(_ *gorgonia.Node, err error) error { return err }
