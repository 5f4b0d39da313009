package op

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/rng"
)

// The gradients of these operations are not the derivatives of their values, so
// they are held against the formulas that they document.

// draws are random inputs of 2 images, 3 samples and 2 latents.
func draws(g *gorgonia.ExprGraph, names ...string) (nodes gorgonia.Nodes, values [][]float64) {
	for i, name := range names {
		v := make([]float32, 12)
		rng.Normal(v, rng.Stream(11, "draws", uint64(i)))
		nodes, values = append(nodes, variable(g, name, v, []int{6, 2})), append(values, widen(v))
	}
	return nodes, values
}

var outputWeights = []float32{1, -2, 0.5, 3, 0.25, -1}

func TestPathLogPriorRatio(t *testing.T) {
	g := gorgonia.NewGraph()
	in, v := draws(g, "z", "logvar", "noise")
	z, logvar, noise := v[0], v[1], v[2]
	path := must(t)(PathLogPriorRatio(in[0], in[1], in[2]))
	got, grads := differentiate(t, path, outputWeights, in[0])
	value, want := make([]float64, 6), make([]float64, 12)
	for i := range z {
		value[i/2] += logNormal(z[i], 0, 0) - (logNormal(noise[i], 0, 0) - logvar[i]/2)
		want[i] = float64(outputWeights[i/2]) * (-z[i] + noise[i]*math.Exp(-logvar[i]/2))
	}
	compare(t, "ratio", got, value, 1e-6)
	compare(t, "gradient", grads[0], want, 1e-6)
	noGradient(t, path, in[1])
	noGradient(t, path, in[2])
}

// With the parameters of q held fixed, log q of the draw changes with the draw
// alone: the gradient is the derivative of that, where z = mu + exp(logvar/2) noise.
func TestPathLogPriorRatioIsADerivativeByTheDraw(t *testing.T) {
	const noise, logvar, h = 0.7, -0.6, 1e-5
	z := 0.3 + math.Exp(logvar/2)*noise
	ratio := func(z float64) float64 { return logNormal(z, 0, 0) - logNormal(z, 0.3, logvar) }
	g := gorgonia.NewGraph()
	of := func(name string, v float64) *gorgonia.Node {
		return variable(g, name, []float32{float32(v)}, []int{1, 1})
	}
	at := of("z", z)
	_, grads := differentiate(t, must(t)(PathLogPriorRatio(at, of("logvar", logvar), of("noise", noise))), []float32{1}, at)
	compare(t, "gradient", grads[0], []float64{(ratio(z+h) - ratio(z-h)) / (2 * h)}, 1e-6)
}

// The gradient that reaches the draws is that of the bound, once more times the
// normalized weights.
func TestGradientScale(t *testing.T) {
	g := gorgonia.NewGraph()
	in, v := draws(g, "z", "logvar", "noise")
	var scale GradientScale
	scaled := must(t)(scale.Apply(in[0]))
	bound := must(t)(LogMeanExp(must(t)(LogPriorRatio(scaled, in[1], in[2])), 3))
	if err := scale.By(bound); err != nil {
		t.Fatal(err)
	}
	weights := []float32{0.5, 2}
	got, grads := differentiate(t, bound, weights, in[0], in[1])
	value, byZ, byLogvar := make([]float64, 2), make([]float64, 12), make([]float64, 12)
	for i := range 2 {
		w := importanceWeights(v[0][6*i:][:6], v[1][6*i:][:6], v[2][6*i:][:6])
		var sum float64
		for _, x := range w {
			sum += x
		}
		value[i] = math.Log(sum / 3)
		for j := 6 * i; j < 6*i+6; j++ {
			share := w[j/2-3*i] / sum
			byZ[j] = float64(weights[i]) * share * share * -v[0][j]
			byLogvar[j] = float64(weights[i]) * share * 0.5 // it does not pass through the draws
		}
	}
	compare(t, "bound", got, value, 1e-6)
	compare(t, "gradient by z", grads[0], byZ, 1e-6)
	compare(t, "gradient by logvar", grads[1], byLogvar, 1e-6)
}

// importanceWeights are p(z)/q(z) of 3 draws of 2 latents.
func importanceWeights(z, logvar, noise []float64) []float64 {
	log := make([]float64, 3)
	for j := range z {
		log[j/2] += logNormal(z[j], 0, 0) - (logNormal(noise[j], 0, 0) - logvar[j]/2)
	}
	for k := range log {
		log[k] = math.Exp(log[k])
	}
	return log
}

func TestGradientScaleIsTheIdentityForward(t *testing.T) {
	g := gorgonia.NewGraph()
	in, _ := draws(g, "z")
	var scale GradientScale
	scaled := must(t)(scale.Apply(in[0]))
	var value gorgonia.Value
	read := gorgonia.Read(scaled, &value)
	machine := gorgonia.NewTapeMachine(g.SubgraphRoots(read))
	defer machine.Close()
	if err := machine.RunAll(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(data(t, value), data(t, in[0].Value())) {
		t.Errorf("%v became %v", in[0].Value(), value)
	}
}

func TestGradientScaleNeedsTheWeightsOfItsBound(t *testing.T) {
	build := func() (g *gorgonia.ExprGraph, scale *GradientScale, z, ratio *gorgonia.Node) {
		g, scale = gorgonia.NewGraph(), new(GradientScale)
		in, _ := draws(g, "z", "logvar", "noise")
		ratio = must(t)(LogPriorRatio(must(t)(scale.Apply(in[0])), in[1], in[2]))
		return g, scale, in[0], ratio
	}
	_, scale, z, ratio := build()
	if err := scale.By(ratio); err == nil {
		t.Error("a ratio of densities taken for a bound")
	}
	if err := scale.By(z); err == nil {
		t.Error("an input taken for a bound")
	}
	noGradient(t, must(t)(LogMeanExp(ratio, 3)), z)

	g, scale, z, ratio := build()
	other := must(t)(LogMeanExp(variable(g, "other", make([]float32, 4), []int{4}), 2))
	if err := scale.By(other); err != nil {
		t.Fatal(err)
	}
	noGradient(t, must(t)(LogMeanExp(ratio, 3)), z)
}

func TestScoreFunction(t *testing.T) {
	for name, leaveOneOut := range map[string]bool{"constant baseline": false, "leave one out": true} {
		t.Run(name, func(t *testing.T) {
			g := gorgonia.NewGraph()
			in, v := draws(g, "mu", "logvar", "noise")
			terms := []float32{3, 5, -1, 0.5, 8, 2}
			nll := variable(g, "nll", terms, []int{6})
			baseline := variable(g, "baseline", []float32{1.5}, []int{1})
			score := must(t)(ScoreFunction(nll, in[0], in[1], in[2], baseline, 3, leaveOneOut))
			got, grads := differentiate(t, score, outputWeights, nll, in[0], in[1])
			if !slices.Equal(got, terms) {
				t.Errorf("the terms %v became %v", terms, got)
			}
			if !slices.Equal(grads[0], outputWeights) {
				t.Errorf("gradient by the terms %v, want %v", grads[0], outputWeights)
			}
			signal := []float64{1.5, 3.5, -2.5, -1, 6.5, 0.5} // less 1.5
			if leaveOneOut {
				signal = []float64{3 - 2, 5 - 1, -1 - 4, 0.5 - 5, 8 - 1.25, 2 - 4.25}
			}
			byMu, byLogvar := scoreReference(v[0], v[1], v[2], signal)
			compare(t, "gradient by mu", grads[1], byMu, 1e-6)
			compare(t, "gradient by logvar", grads[2], byLogvar, 1e-6)
			noGradient(t, score, in[2])
			noGradient(t, score, baseline)
		})
	}
}

// scoreReference multiplies the signals by the derivatives of log q(z), by central
// differences with z held fixed, and by the weights of the outputs.
func scoreReference(mu, logvar, noise, signal []float64) (byMu, byLogvar []float64) {
	const h = 1e-5
	for i, m := range mu {
		lv, factor := logvar[i], signal[i/2]*float64(outputWeights[i/2])
		z := m + math.Exp(lv/2)*noise[i]
		byMu = append(byMu, factor*(logNormal(z, m+h, lv)-logNormal(z, m-h, lv))/(2*h))
		byLogvar = append(byLogvar, factor*(logNormal(z, m, lv+h)-logNormal(z, m, lv-h))/(2*h))
	}
	return byMu, byLogvar
}
