package op

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
	"vae/internal/norm"
)

// normCases are both normalizations, with weights of rows and without, and what they give
// beside an activation of each sort.
func normCases() (all []testCase) {
	for act, f := range map[kernel.Activation]func(float64) float64{
		kernel.Linear: activations[kernel.Linear], kernel.ReLU: activations[kernel.ReLU], kernel.Tanh: activations[kernel.Tanh], kernel.SiLU: activations[kernel.SiLU],
	} {
		for _, size := range [][3]int{{6, 5, 4}, {9, 1, 2}, {2, 3, 1}} {
			rows, pixels, channels := size[0], size[1], size[2]
			shapes := [][]int{{rows, pixels * channels}, {channels}, {channels}}
			running := norm.Running{Mean: make([]float32, channels), Variance: make([]float32, channels)} // without momentum
			for j := range running.Mean {
				running.Mean[j], running.Variance[j] = float32(j)/2-0.5, float32(j+1)
			}
			moments := func(j int) (float64, float64) { return float64(running.Mean[j]), float64(running.Variance[j]) }
			channel := func(_, j int) int { return j }
			all = append(all, testCase{
				name: fmt.Sprintf("evaluated batch norm/activation=%d/size=%v", act, size), shapes: shapes,
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
					return BatchNorm(n[0], n[1], n[2], nil, norm.Batch{Act: act, Epsilon: 0.1}, running, true)
				},
				reference: func(v [][]float64) []float64 {
					return normReference(v, rows, channels, channel, f, func(set []float64, j int) (float64, float64) { return moments(j) })
				},
			}, testCase{
				name: fmt.Sprintf("batch norm/activation=%d/size=%v", act, size), shapes: append(slices.Clone(shapes), []int{rows}), fixed: []bool{false, false, false, true},
				prepare: func(i int, in []float32) {
					for k := range in {
						if i == 3 {
							in[k] = 0.5
						}
					}
				},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
					return BatchNorm(n[0], n[1], n[2], n[3], norm.Batch{Act: act, Epsilon: 0.1}, running, true)
				},
				reference: func(v [][]float64) []float64 { return normReference(v, rows, channels, channel, f, momentsOf) },
			})
			for groups := 1; groups <= channels; groups *= 2 {
				all = append(all, testCase{
					name: fmt.Sprintf("group norm/activation=%d/size=%v/groups=%d", act, size, groups), shapes: shapes,
					build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
						return GroupNorm(n[0], n[1], n[2], nil, norm.Group{Groups: groups, Act: act, Epsilon: 0.1}, true)
					},
					reference: func(v [][]float64) []float64 {
						return normReference(v, rows, channels, func(row, j int) int { return row*groups + j/(channels/groups) }, f, momentsOf)
					},
				})
			}
		}
	}
	return all
}

func momentsOf(set []float64, _ int) (mean, variance float64) {
	for _, v := range set {
		mean += v / float64(len(set))
	}
	for _, v := range set {
		variance += (v - mean) * (v - mean) / float64(len(set))
	}
	return mean, variance
}

// normReference normalizes the numbers of each set by the moments of that.
func normReference(v [][]float64, rows, channels int, setOf func(row, channel int) int, act func(float64) float64, moments func(set []float64, k int) (mean, variance float64)) []float64 {
	x, size := v[0], len(v[0])/rows
	sets := map[int][]float64{}
	for i, value := range x {
		k := setOf(i/size, i%channels)
		sets[k] = append(sets[k], value)
	}
	mean, rstd := map[int]float64{}, map[int]float64{}
	for k, set := range sets {
		m, variance := moments(set, k)
		mean[k], rstd[k] = m, 1/math.Sqrt(variance+0.1)
	}
	y := make([]float64, len(x))
	for i, value := range x {
		k := setOf(i/size, i%channels)
		y[i] = act((value-mean[k])*rstd[k]*v[1][i%channels] + v[2][i%channels])
	}
	return y
}

func resizeCases() (all []testCase) {
	for _, r := range []Resize{{4, 6, 3, 2}, {5, 7, 2, 3}, {3, 3, 1, 3}, {2, 3, 17, 1}} {
		rows := 2
		// each element of the smaller map, and those that it stands for
		pairs := func(use func(small, large int)) {
			for row := range rows {
				for y := range r.SmallHeight() * r.Factor {
					for x := range r.SmallWidth() * r.Factor {
						for c := range r.Channels {
							use(row*r.small()+(y/r.Factor*r.SmallWidth()+x/r.Factor)*r.Channels+c, row*r.large()+(y*r.Width+x)*r.Channels+c)
						}
					}
				}
			}
		}
		all = append(all, testCase{
			name: fmt.Sprintf("average pool/%v", r), shapes: [][]int{{rows, r.large()}},
			build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return AveragePool(n[0], r) },
			reference: func(v [][]float64) []float64 {
				y := make([]float64, rows*r.small())
				pairs(func(small, large int) { y[small] += v[0][large] / float64(r.Factor*r.Factor) })
				return y
			},
		})
		if r.Height%r.Factor != 0 || r.Width%r.Factor != 0 {
			continue
		}
		all = append(all, testCase{
			name: fmt.Sprintf("upsample/%v", r), shapes: [][]int{{rows, r.small()}},
			build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Upsample(n[0], r) },
			reference: func(v [][]float64) []float64 {
				y := make([]float64, rows*r.large())
				pairs(func(small, large int) { y[large] = v[0][small] })
				return y
			},
		})
	}
	return all
}

// Running moments move once a run in training, and not otherwise.
func TestBatchNormMovesMomentsInTrainingAlone(t *testing.T) {
	for _, training := range []bool{true, false} {
		g := gorgonia.NewGraph()
		x := variable(g, "x", []float32{1, 3, 5, 7}, []int{4, 1})
		one, zero := variable(g, "weight", []float32{1}, []int{1}), variable(g, "bias", []float32{0}, []int{1})
		running, want := norm.Running{Mean: []float32{0}, Variance: []float32{1}, Momentum: 0.5}, [2]float32{0, 1}
		var rowWeights *gorgonia.Node
		if training {
			rowWeights = variable(g, "row weights", []float32{0.5, 0.5, 0.5, 0}, []int{4})
			want = [2]float32{0.5*1.5 + 1.5, 0.5*(0.5+2) + 2} // twice, by the mean 3 and the variance 4
		}
		out := must(t)(BatchNorm(x, one, zero, rowWeights, norm.Batch{Epsilon: 1e-5}, running, true))
		differentiate(t, out, []float32{1, 1, 1, 0}, one) // which runs the graph twice
		if got := [2]float32{running.Mean[0], running.Variance[0]}; got != want {
			t.Errorf("training %v: moments %v, want %v", training, got, want)
		}
	}
}
