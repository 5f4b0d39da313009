package graph

import (
	"math"
	"slices"
	"testing"

	"vae/internal/conv"
	"vae/internal/kernel"
	"vae/internal/norm"
	"vae/internal/op"
	"vae/internal/rng"
)

// operand makes parameters, each with values of its own, and nodes of them.
type operand struct {
	*Builder
	params []*Param
}

func (o *operand) of(shape ...int) *Node {
	p := NewParam("p"+string(rune('a'+len(o.params))), shape...)
	p.Allocate()
	rng.Uniform(p.Value, 1, rng.Stream(9, p.Name))
	o.params = append(o.params, p)
	return o.Param(p)
}

// positive are operands of which every element is in (0, 1).
func (o *operand) positive(shape ...int) *Node {
	n := o.of(shape...)
	values := o.params[len(o.params)-1].Value
	for i, v := range values {
		values[i] = 0.5 + 0.4*v
	}
	return n
}

// testGeometry is a convolution of maps of 5x4 with 2 channels to 3x2 with 3.
var testGeometry = conv.Geometry{Height: 5, Width: 4, Channels: 2, Filters: 3, KernelHeight: 3, KernelWidth: 3, Stride: 2, Top: 1, Bottom: 1, Left: 1, Right: 0}

// moments are running ones of two channels, which do not move.
func moments() norm.Running {
	return norm.Running{Mean: []float32{0.5, -0.5}, Variance: []float32{1, 2}}
}

// operations are all that package op has, on operands of K = 2 draws of 3 rows. What has no
// gradient is an input.
var operations = map[string]func(o *operand, data func(shape ...int) *Node) (*Node, error){
	"dense relu": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Dense(o.of(6, 4), o.of(5, 4), o.of(5), kernel.ReLU, true)
	},
	"dense gelu": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Dense(o.of(6, 4), o.of(5, 4), o.of(5), kernel.GELU, true)
	},
	"dense of data": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.Dense(data(6, 4), o.of(5, 4), o.of(5), kernel.SiLU, false)
	},
	"conv relu": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Conv(o.of(3, 5*4*2), o.of(3, 2, 3, 3), o.of(3), testGeometry, op.Ends{Activation: kernel.ReLU, InputGradient: true})
	},
	"conv silu of data": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.Conv(data(3, 5*4*2), o.of(3, 2, 3, 3), o.of(3), testGeometry, op.Ends{Activation: kernel.SiLU})
	},
	"conv linear": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Conv(o.of(3, 5*4*2), o.of(3, 2, 3, 3), o.of(3), testGeometry, op.Ends{Activation: kernel.Linear, InputGradient: true})
	},
	"conv transpose gelu": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.ConvTranspose(o.of(3, 3*2*3), o.of(3, 2, 3, 3), o.of(2), testGeometry, op.Ends{Activation: kernel.GELU, InputGradient: true})
	},
	"conv transpose linear": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.ConvTranspose(o.of(3, 3*2*3), o.of(3, 2, 3, 3), o.of(2), testGeometry, op.Ends{Activation: kernel.Linear, InputGradient: true})
	},
	"conv of what was left": func(o *operand, _ func(...int) *Node) (*Node, error) {
		x := o.Node(op.ConvTranspose(o.of(3, 3*2*3), o.of(3, 2, 3, 3), o.of(2), testGeometry, op.Ends{Activation: kernel.ReLU, InputGradient: true, Left: true}))
		return op.Conv(x, o.of(3, 2, 3, 3), o.of(3), testGeometry, op.Ends{InputGradient: true, Before: kernel.ReLU})
	},
	"activate left": func(o *operand, _ func(...int) *Node) (*Node, error) {
		x := o.Node(op.Activate(o.of(3, 5*4*2), kernel.Tanh, true))
		return op.Conv(x, o.of(3, 2, 3, 3), o.of(3), testGeometry, op.Ends{InputGradient: true, Before: kernel.Tanh})
	},
	"activate tanh": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Activate(o.of(6, 4), kernel.Tanh, false)
	},
	"activate silu": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Activate(o.of(6, 4), kernel.SiLU, false)
	},
	"add":      func(o *operand, _ func(...int) *Node) (*Node, error) { return op.Add(o.of(6, 4), o.of(6, 4)) },
	"multiply": func(o *operand, _ func(...int) *Node) (*Node, error) { return op.Multiply(o.of(6, 4), o.of(6, 4)) },
	"residual": func(o *operand, _ func(...int) *Node) (*Node, error) {
		x := o.of(6, 4)
		return op.Add(x, o.Node(op.Activate(x, kernel.ReLU, false)))
	},
	"flatten":   func(o *operand, _ func(...int) *Node) (*Node, error) { return op.Flatten(o.of(3, 12), 4) },
	"unflatten": func(o *operand, _ func(...int) *Node) (*Node, error) { return op.Unflatten(o.of(3, 12), 4) },
	"planes": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.JoinPlanes(o.of(6, 8), data(3, 2), 4)
	},
	"batch norm relu": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.BatchNorm(o.of(6, 4), o.of(2), o.of(2), data(3), norm.Batch{Act: kernel.ReLU, Epsilon: 0.1}, moments(), true)
	},
	"batch norm silu of data": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.BatchNorm(data(6, 4), o.of(2), o.of(2), nil, norm.Batch{Act: kernel.SiLU, Epsilon: 0.1}, moments(), false)
	},
	"group norm tanh": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.GroupNorm(o.of(6, 4), o.of(2), o.of(2), data(6), norm.Group{Groups: 1, Act: kernel.Tanh, Epsilon: 0.1}, true)
	},
	"folded batch norm": func(o *operand, data func(...int) *Node) (*Node, error) {
		w, b, err := op.FoldBatchNorm(data(2, 4), data(2), data(2), data(2), 0, norm.Batch{Epsilon: 0.1}, moments())
		if err != nil {
			return nil, err
		}
		return op.JoinPlanes(o.of(6, 4), o.Node(op.Dense(data(6, 4), w, b, kernel.ReLU, false)), 1)
	},
	"norms behind and beside": func(o *operand, data func(...int) *Node) (*Node, error) {
		layer := func(x *Node) *Node {
			return o.Node(op.BatchNorm(x, o.of(2), o.of(2), data(6), norm.Batch{Act: kernel.SiLU, Epsilon: 0.1}, moments(), true))
		}
		x := layer(o.of(6, 4))
		return op.Add(x, layer(layer(x)))
	},
	"average pool": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.AveragePool(o.of(3, 2*5*4), op.Resize{Height: 5, Width: 4, Channels: 2, Factor: 2})
	},
	"upsample": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.Upsample(o.of(3, 2*2), op.Resize{Height: 4, Width: 2, Channels: 2, Factor: 2})
	},
	"clamp": func(o *operand, _ func(...int) *Node) (*Node, error) { return op.Clamp(o.of(6, 4), -0.5, 0.5, nil) },
	"join": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.JoinPlanes(o.of(6, 4), data(3, 2), 1)
	},
	"repeat":       func(o *operand, _ func(...int) *Node) (*Node, error) { return op.RepeatRows(o.of(3, 4), 2) },
	"mean":         func(o *operand, _ func(...int) *Node) (*Node, error) { return op.MeanOfSamples(o.of(6), 2) },
	"log mean exp": func(o *operand, _ func(...int) *Node) (*Node, error) { return op.LogMeanExp(o.of(6), 2) },
	"bernoulli": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.BernoulliNLL(o.of(6, 4), data(3, 4))
	},
	"gaussian": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.GaussianNLL(o.of(6, 4), data(3, 4), 0.5)
	},
	"mse": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.SquaredError(o.of(6, 4), data(3, 4))
	},
	"learned": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.LearnedGaussianNLL(o.of(6, 4), o.of(1), data(3, 4))
	},
	"kl": func(o *operand, _ func(...int) *Node) (*Node, error) {
		return op.StandardNormalKL(o.of(6, 4), o.of(6, 4))
	},
	"free bits": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.FreeBitsKL(o.of(6, 4), o.of(6, 4), data(6), data(1), 0.01)
	},
	"rate kl": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.RateKL(o.positive(6, 4), data(6), 0.1)
	},
	"l1": func(o *operand, _ func(...int) *Node) (*Node, error) { return op.L1(o.of(6, 4)) },
	"prior ratio": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.LogPriorRatio(o.of(6, 4), o.of(6, 4), data(6, 4))
	},
	"path ratio": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.PathLogPriorRatio(o.of(6, 4), data(6, 4), data(6, 4))
	},
	"density ratio": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.LogDensityRatio(o.of(6, 4), o.of(6, 4), o.of(6, 4), o.of(6, 4), data(6, 4))
	},
	"score": func(o *operand, data func(...int) *Node) (*Node, error) {
		return op.ScoreFunction(o.of(6), o.of(6, 4), o.of(6, 4), data(6, 4), data(1), 2, true)
	},
	"gradient scale": func(o *operand, data func(...int) *Node) (*Node, error) {
		var scale op.GradientScale
		z := o.Node(scale.Apply(o.of(6, 4)))
		iwae := o.Node(op.LogMeanExp(o.Node(op.PathLogPriorRatio(z, data(6, 4), data(6, 4))), 2))
		return iwae, scale.By(iwae)
	},
}

// poisoned builds an operation between others, so that its buffers have neighbors, and the
// gradients of all.
func poisoned(t *testing.T, operation func(o *operand, data func(shape ...int) *Node) (*Node, error)) (*machine, []*Node) {
	t.Helper()
	b := newBuilder()
	o, inputs := &operand{Builder: b}, 0
	data := func(shape ...int) *Node {
		inputs++
		n, values := b.Input("data "+string(rune('a'+inputs)), shape...)
		rng.Uniform(values, 1, rng.Stream(10, n.Name()))
		for i, v := range values {
			values[i] = 0.5 + 0.4*v // a pixel, a weight, a noise
		}
		return n
	}
	out, err := operation(o, data)
	if err != nil {
		t.Fatal(err)
	}
	loss := out
	switch out.Shape().Dims() {
	case 2:
		h := b.Node(op.Dense(out, o.of(7, out.Shape()[1]), o.of(7), kernel.Tanh, true))
		loss = b.Node(op.Dot(data(out.Shape()[0]), b.Node(op.SquaredError(h, data(out.Shape()[0], 7)))))
	case 1:
		loss = b.Node(op.Dot(data(out.Shape()[0]), out))
	}
	b.Keep(loss)
	b.Gradients(loss, o.params)
	m, err := newMachine(b.kept, false)
	if err != nil {
		t.Fatal(err)
	}
	return m, b.kept
}

// results are the values of all nodes that are kept.
func results(t *testing.T, m *machine, kept []*Node) (all []float32) {
	t.Helper()
	for _, n := range kept {
		values, err := op.Floats(*m.value[n])
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, values...)
	}
	return all
}

// Every operation lists all the memory that it reads and writes: where each buffer is
// filled with NaN before its time and after it, the results are those of buffers that
// share nothing.
func TestOperationsListTheirBuffers(t *testing.T) {
	for name, operation := range operations {
		apart, kept := poisoned(t, operation)
		if err := apart.run(); err != nil {
			t.Fatal(err)
		}
		want := slices.Clone(results(t, apart, kept))
		shared, kept := poisoned(t, operation)
		shared.placeBuffers(kept)
		shared.takeMemory()
		spans := shared.spans(kept)
		for range 2 {
			for _, s := range spans {
				poison(s)
			}
			for i := range shared.steps {
				if err := shared.steps[i].run(); err != nil {
					t.Fatal(err)
				}
				for _, s := range spans {
					if s.last == i {
						poison(s)
					}
				}
			}
			got := results(t, shared, kept)
			for i, v := range got {
				if v != want[i] || v != v {
					t.Fatalf("%s: result %d is %g, want %g", name, i, v, want[i])
				}
			}
		}
	}
}

func poison(s *span) {
	for i := range s.buffer.Floats() {
		s.buffer.Floats()[i] = float32(math.NaN())
	}
}
