package op

import (
	"fmt"
	"math"
	"testing"

	"gorgonia.org/gorgonia"
)

// logNormal is log N(x; mean, exp(logvar)).
func logNormal(x, mean, logvar float64) float64 {
	return -0.5 * (logvar + math.Log(2*math.Pi) + (x-mean)*(x-mean)/math.Exp(logvar))
}

// densityCases are the terms made of normal densities, which the references write
// out one by one.
func densityCases() []testCase {
	var all []testCase
	for _, size := range [][3]int{{3, 4, 5}, {2, 1, 3}, {1, 5, 1}, {1, 1, 1}, {40, 1, 2}} {
		rows, samples, n := size[0], size[1], size[2]
		total := rows * samples
		matrix := []int{total, n}
		all = append(all,
			testCase{
				name: fmt.Sprintf("learned gaussian/size=%v", size), shapes: [][]int{matrix, {1}, {rows, n}}, fixed: []bool{false, false, true},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return LearnedGaussianNLL(in[0], in[1], in[2]) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, mean := range v[0] {
						out[i/n] -= logNormal(v[2][i/n/samples*n+i%n], mean, v[1][0])
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("logistic/size=%v", size), shapes: [][]int{{total, 2 * n}, {2}, {rows, 2 * n}}, fixed: []bool{false, false, true},
				build:   func(in gorgonia.Nodes) (*gorgonia.Node, error) { return LogisticNLL(in[0], in[1], in[2], 8) },
				prepare: levelsOfInput2,
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, mean := range v[0] {
						out[i/(2*n)] -= math.Log(logisticBin(v[2][i/(2*n)/samples*2*n+i%(2*n)], mean, math.Exp(v[1][i%2])))
					}
					return out
				},
			},
			testCase{
				name: fmt.Sprintf("squared error/size=%v", size), shapes: [][]int{matrix, {rows, n}}, fixed: []bool{false, true},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return SquaredError(in[0], in[1]) },
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, mean := range v[0] {
						d := mean - v[1][i/n/samples*n+i%n]
						out[i/n] += d * d
					}
					return out
				},
			},
			testCase{
				// noise is (z - mu) / sigma, so -1/2 (noise^2 + logvar + log 2 pi) is log q(z)
				name: fmt.Sprintf("log density ratio/size=%v", size), shapes: [][]int{matrix, matrix, matrix, matrix, matrix},
				fixed: []bool{false, false, false, false, true},
				build: func(in gorgonia.Nodes) (*gorgonia.Node, error) {
					return LogDensityRatio(in[0], in[1], in[2], in[3], in[4])
				},
				reference: func(v [][]float64) []float64 {
					out := make([]float64, total)
					for i, z := range v[0] {
						out[i/n] += logNormal(z, v[1][i], v[2][i]) - (logNormal(v[4][i], 0, 0) - v[3][i]/2)
					}
					return out
				},
			})
	}
	return all
}

// levelsOfInput2 makes the pixels levels 0 to 7.
func levelsOfInput2(i int, in []float32) {
	for j := range in {
		if i == 2 {
			in[j] = float32(j%8) / 7
		}
	}
}

// logisticBin is the mass in the bin of x, one of 8 levels, as the difference of the tails on the side where they are small.
func logisticBin(x, mean, scale float64) float64 {
	k, side := math.Round(7*x), 1.
	if k/7 > mean {
		side = -1
	}
	tail := func(k float64) float64 { return 1 / (1 + math.Exp(-side*(k/7-mean)/scale)) }
	high, low := (1+side)/2, (1-side)/2
	if k < 7 {
		high = tail(k + 0.5)
	}
	if k > 0 {
		low = tail(k - 0.5)
	}
	return side * (high - low)
}

// A standard normal p is the case of LogPriorRatio.
func TestLogDensityRatioOfAStandardNormal(t *testing.T) {
	g := gorgonia.NewGraph()
	z := variable(g, "z", []float32{0.5, -2, 1, 3}, []int{2, 2})
	logvar := variable(g, "logvar", []float32{0.25, -1, 2, 0}, []int{2, 2})
	noise := variable(g, "noise", []float32{1, -0.5, 0.75, 2}, []int{2, 2})
	zeros := func(name string) *gorgonia.Node { return variable(g, name, make([]float32, 4), []int{2, 2}) }
	ratio := must(t)(LogDensityRatio(z, zeros("mean"), zeros("log-variance"), logvar, noise))
	got, grads := differentiate(t, ratio, []float32{1, 2}, z, logvar)
	prior := must(t)(LogPriorRatio(z, logvar, noise))
	want, wantGrads := differentiate(t, prior, []float32{1, 2}, z, logvar)
	compare(t, "ratio", got, widen(want), 1e-7)
	for i := range grads {
		compare(t, "gradient", grads[i], widen(wantGrads[i]), 1e-7)
	}
}

// The derivative by logvar is D/2 less half the squared distance in units of the
// variance. At the best variance it is 0, where the two cancel.
func TestLearnedGaussianAtTheBestVariance(t *testing.T) {
	const pixels = 784
	mean, x := make([]float32, pixels), make([]float32, pixels)
	var squares float64
	for j := range mean {
		mean[j] = float32(j%7) / 50
		squares += float64(mean[j]) * float64(mean[j])
	}
	best := float32(math.Log(squares / pixels))
	g := gorgonia.NewGraph()
	logvar := variable(g, "logvar", []float32{best}, []int{1})
	nll := must(t)(LearnedGaussianNLL(variable(g, "mean", mean, []int{1, pixels}), logvar, variable(g, "x", x, []int{1, pixels})))
	got, grads := differentiate(t, nll, []float32{1}, logvar)
	want := pixels / 2. * (1 + math.Log(2*math.Pi) + math.Log(squares/pixels))
	compare(t, "nll", got, []float64{want}, 1e-6)
	// nll, about -700, is rounded to 3e-5, and the residuals to 6e-8 each of 392.
	if !(math.Abs(float64(grads[0][0])) <= 1e-4) {
		t.Errorf("the derivative at the best variance is %g", grads[0][0])
	}
}
