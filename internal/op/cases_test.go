package op

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

var activations = map[kernel.Activation]func(float64) float64{
	kernel.Linear:    func(x float64) float64 { return x },
	kernel.ReLU:      func(x float64) float64 { return math.Max(x, 0) },
	kernel.LeakyReLU: func(x float64) float64 { return math.Max(x, 0) + 0.01*math.Min(x, 0) },
	kernel.Tanh:      math.Tanh,
	kernel.Sigmoid:   func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
	kernel.Softplus:  func(x float64) float64 { return math.Log(1 + math.Exp(x)) },
	kernel.ELU:       func(x float64) float64 { return math.Max(x, 0) + math.Min(math.Exp(x)-1, 0) },
	kernel.SiLU:      func(x float64) float64 { return x / (1 + math.Exp(-x)) },
	kernel.GELU:      func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) },
}

// Every activation of package kernel has a reference here.
func TestEveryActivationHasAReference(t *testing.T) {
	exists := func(act kernel.Activation) (yes bool) {
		defer func() { yes = recover() == nil }()
		act.OfInput() // which panics where there is none
		return true
	}
	for act := kernel.Linear; exists(act); act++ {
		if activations[act] == nil {
			t.Errorf("activation %d of package kernel has no row in activations", act)
		}
	}
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
	all = append(all, densityCases()...)
	all = append(all, joinCases()...)
	all = append(all, penaltyCases()...)
	all = append(all, convCases()...)
	all = append(all, mapCases()...)
	all = append(all, normCases()...)
	all = append(all, resizeCases()...)
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
				name: fmt.Sprintf("clamp/size=%v", size), shapes: [][]int{matrix},
				build:     func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Clamp(n[0], -10, 10, nil) },
				reference: func(v [][]float64) []float64 { return slices.Clone(v[0]) },
			})
	}
	return all
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
