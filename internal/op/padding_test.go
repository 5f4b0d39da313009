package op

import (
	"math"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/norm"
)

func TestDotIgnoresRowsOfWeightZero(t *testing.T) {
	g := gorgonia.NewGraph()
	weight := variable(g, "weight", []float32{0.5, 0, 0.25}, []int{3})
	term := variable(g, "term", []float32{3, float32(math.NaN()), -8}, []int{3})
	got, grads := differentiate(t, must(t)(Dot(weight, term)), []float32{1}, term)
	compare(t, "sum", got, []float64{-0.5}, 0)
	compare(t, "gradient", grads[0], []float64{0.5, 0, 0.25}, 0)
}

// padded is an operation over rows [5,2] or [5], the last 2 of weight 0, that gives
// a scalar.
type padded struct {
	inputs int // with a gradient
	build  func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error)
	extra  []float32 // an input of one element with a gradient
}

// TestPaddedRowsHaveNoSay compares a batch of 3 rows with the same batch and 2
// rows more of weight 0 and of NaN: value and gradients are the same to the bit,
// and the gradients of the rows more are 0, so that no NaN goes further.
func TestPaddedRowsHaveNoSay(t *testing.T) {
	for name, c := range map[string]padded{
		"free bits": {inputs: 2, build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, _ int) (*gorgonia.Node, error) {
			return FreeBitsKL(in[0], in[1], weight, variable(g, "scale", []float32{2}, []int{1}), 0.1)
		}},
		"rate kl": {inputs: 1, build: func(_ *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, _ int) (*gorgonia.Node, error) {
			return RateKL(in[0], weight, 0.05)
		}},
		"l1": {inputs: 1, build: func(_ *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, _ int) (*gorgonia.Node, error) {
			return weighted(weight)(L1(in[0]))
		}},
		"kl": {inputs: 2, build: func(_ *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, _ int) (*gorgonia.Node, error) {
			return weighted(weight)(StandardNormalKL(in[0], in[1]))
		}},
		"learned gaussian": {inputs: 1, extra: []float32{-0.5},
			build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
				return weighted(weight)(LearnedGaussianNLL(in[0], in[1], variable(g, "x", make([]float32, 2*rows), []int{rows, 2})))
			}},
		"logistic": {inputs: 1, extra: []float32{-0.5},
			build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
				return weighted(weight)(LogisticNLL(in[0], in[1], variable(g, "x", make([]float32, 2*rows), []int{rows, 2}), 256))
			}},
		"bernoulli": {inputs: 1, build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
			return weighted(weight)(BernoulliNLL(in[0], variable(g, "x", make([]float32, 2*rows), []int{rows, 2})))
		}},
		"batch norm": {inputs: 1, extra: []float32{-0.5},
			build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
				bias, x := variable(g, "bias", []float32{0.25}, []int{1}), variable(g, "pixels", make([]float32, 2*rows), []int{rows, 2})
				y, err := BatchNorm(in[0], in[1], bias, weight, norm.Batch{Epsilon: 0.1}, norm.Running{Mean: []float32{0}, Variance: []float32{1}}, true)
				if err != nil {
					return nil, err
				}
				return weighted(weight)(SquaredError(y, x))
			}},
		"group norm": {inputs: 1, extra: []float32{-0.5},
			build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
				bias, x := variable(g, "bias", []float32{0.25}, []int{1}), variable(g, "pixels", make([]float32, 2*rows), []int{rows, 2})
				y, err := GroupNorm(in[0], in[1], bias, weight, norm.Group{Groups: 1, Epsilon: 0.1}, true)
				if err != nil {
					return nil, err
				}
				return weighted(weight)(SquaredError(y, x))
			}},
		"squared error": {inputs: 1, build: func(g *gorgonia.ExprGraph, in gorgonia.Nodes, weight *gorgonia.Node, rows int) (*gorgonia.Node, error) {
			return weighted(weight)(SquaredError(in[0], variable(g, "x", make([]float32, 2*rows), []int{rows, 2})))
		}},
	} {
		t.Run(name, func(t *testing.T) {
			want, wantGrads := c.run(t, 3)
			got, grads := c.run(t, 5)
			compare(t, "value", got, widen(want), 0)
			for i := range grads {
				exact := append(widen(wantGrads[i]), make([]float64, len(grads[i])-len(wantGrads[i]))...)
				compare(t, "gradient", grads[i], exact, 0)
			}
		})
	}
}

func weighted(weight *gorgonia.Node) func(*gorgonia.Node, error) (*gorgonia.Node, error) {
	return func(term *gorgonia.Node, err error) (*gorgonia.Node, error) {
		if err != nil {
			return nil, err
		}
		return Dot(weight, term)
	}
}

func (c padded) run(t *testing.T, rows int) ([]float32, [][]float32) {
	t.Helper()
	g := gorgonia.NewGraph()
	nan := float32(math.NaN())
	var in gorgonia.Nodes
	for _, values := range [][]float32{{0.5, 0.25, 0.125, 0.75, 0.875, 0.3, nan, nan, nan, nan}, {0.25, -1, 0.5, 1, -2, 0.125, nan, nan, nan, nan}}[:c.inputs] {
		in = append(in, variable(g, "in", values[:2*rows], []int{rows, 2}))
	}
	if c.extra != nil {
		in = append(in, variable(g, "extra", c.extra, []int{1}))
	}
	weight := variable(g, "weight", []float32{0.5, 0.25, 0.25, 0, 0}[:rows], []int{rows})
	out, err := c.build(g, in, weight, rows)
	if err != nil {
		t.Fatal(err)
	}
	return differentiate(t, out, []float32{1}, in...)
}
