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
						out[i/(2*n)] -= math.Log(logisticBin(v[2][i/(2*n)/samples*2*n+i%(2*n)], mean, math.Exp(math.Log(0.1)+10*v[1][i%2])))
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

// levelsOfInput2 makes the pixels levels 0 to 7, and the scales moderate.
func levelsOfInput2(i int, in []float32) {
	for j := range in {
		switch i {
		case 1:
			in[j] = 0.2 + 0.05*in[j]
		case 2:
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

// In training the variance is the mean squared error of the rows that count, by which the loss is least, and its moving average serves
// afterwards.
func TestOptimalGaussian(t *testing.T) {
	const rows, samples, n = 3, 2, 4
	nan := float32(math.NaN())
	values, x := make([]float32, rows*samples*n), make([]float32, rows*n)
	for i := range values {
		values[i] = float32(i%7)/8 - 0.3
	}
	for i := range x {
		x[i] = float32(i%5) / 5
	}
	for i := (rows - 1) * samples * n; i < len(values); i++ {
		values[i] = nan // of the row that does not count
	}
	weights := []float32{0.5, 0.5, 0}
	loss := func(values []float32) float64 { // of the best variance
		var squares float64
		for i, v := range values[:(rows-1)*samples*n] {
			d := float64(v) - float64(x[i/n/samples*n+i%n])
			squares += d * d
		}
		variance := squares / ((rows - 1) * samples * n)
		return n * samples / 2. * (math.Log(2*math.Pi*variance) + 1)
	}
	logvar := []float32{0}
	g := gorgonia.NewGraph()
	mean := variable(g, "mean", values, []int{rows * samples, n})
	nll := must(t)(OptimalGaussianNLL(mean, variable(g, "x", x, []int{rows, n}), variable(g, "weights", weights, []int{rows}), logvar))
	upstream := []float32{0.5, 0.5, 0.5, 0.5, 0, 0}
	got, grads := differentiate(t, nll, upstream, mean)
	var sum float64
	for _, v := range got[:4] {
		sum += 0.5 * float64(v)
	}
	if want := loss(values); !(math.Abs(sum-want) <= 1e-5*math.Abs(want)) {
		t.Errorf("loss %g, want %g", sum, want)
	}
	for i := range values[:(rows-1)*samples*n] {
		const h = 1e-3
		v := values[i]
		values[i] = v + h
		above, high := loss(values), float64(values[i])
		values[i] = v - h
		want := (above - loss(values)) / (high - float64(values[i]))
		values[i] = v
		if !(math.Abs(float64(grads[0][i])-want) <= 1e-3*(1+math.Abs(want))) {
			t.Errorf("gradient %d is %g, want %g", i, grads[0][i], want)
		}
	}
	// the average begins with the first batch, and moves by a tenth
	first := math.Exp(float64(logvar[0]))
	if want := math.Exp((loss(values)/(n*samples/2.) - 1)) / (2 * math.Pi); !(math.Abs(first/want-1) <= 1e-5) {
		t.Errorf("the variance begins with %g, want %g", first, want)
	}
	move(logvar, 2*first)
	if now := math.Exp(float64(logvar[0])); !(math.Abs(now/first-1.1) <= 1e-5) {
		t.Errorf("the variance moves from %g to %g", first, now)
	}
	if before := logvar[0]; true {
		if move(logvar, math.NaN()); logvar[0] != before {
			t.Errorf("NaN moves the variance to %g", logvar[0])
		}
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
