package op

import (
	"fmt"
	"math"

	"gorgonia.org/gorgonia"
)

// sampleCases are the operations on K samples of each of B images.
func sampleCases() []testCase {
	var all []testCase
	for _, size := range [][3]int{{3, 4, 5}, {2, 1, 3}, {1, 5, 1}, {1, 1, 1}, {40, 2, 2}} {
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
