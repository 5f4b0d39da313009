package kernel

import (
	"math"
	"testing"
)

// maximumUlps are the errors that the documentation states for the vector
// functions, in units of the last place of the exact result.
var maximumUlps = map[string]float64{"sigmoid": 2.2, "softplus": 2.5, "tanh": 2.5, "elu": 0.9, "exp-1": 1.6}

// TestVectorFunctionsKeepTheirErrorBounds measures every function at some
// 500,000 arguments of each sign over its whole range.
func TestVectorFunctionsKeepTheirErrorBounds(t *testing.T) {
	x := arguments()
	zeros := make([]float32, len(x))
	functions := []struct {
		name    string
		compute func(y []float32)
		exact   func(x float64) float64
	}{
		{"sigmoid", func(y []float32) { Sigmoids(y, x) }, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }},
		{"softplus", func(y []float32) { copy(y, x); BiasActivation(y, zeros, 1, len(x), Softplus) },
			func(x float64) float64 { return math.Max(x, 0) + math.Log1p(math.Exp(-math.Abs(x))) }},
		{"tanh", func(y []float32) { copy(y, x); BiasActivation(y, zeros, 1, len(x), Tanh) }, math.Tanh},
		{"elu", func(y []float32) { copy(y, x); BiasActivation(y, zeros, 1, len(x), ELU) },
			func(x float64) float64 {
				if x < 0 {
					return math.Expm1(x)
				}
				return x
			}},
		{"exp-1", func(y []float32) { // by way of the derivative exp(logvar) - 1 of the KL
			kl, dmu := make([]float32, 1), make([]float32, len(x))
			StandardNormalKL(kl, dmu, y, zeros, x, 1, len(x))
		}, func(x float64) float64 { return 0.5 * math.Expm1(x) }},
	}
	eachPath(t, func(t *testing.T) {
		for _, f := range functions {
			y := make([]float32, len(x))
			f.compute(y)
			var worst, at float64
			for i, v := range x {
				if e := ulps(y[i], f.exact(float64(v))); !(e <= worst) {
					worst, at = e, float64(v)
				}
			}
			t.Logf("%s: %.2f ulp at %g", f.name, worst, at)
			if !(worst <= maximumUlps[f.name]) {
				t.Errorf("%s: error of %.2f ulp at %g, documented are %.1f", f.name, worst, at, maximumUlps[f.name])
			}
		}
	})
}

// arguments covers both signs from 2^-30 to 80.
func arguments() (x []float32) {
	for b := math.Float32bits(0x1p-30); b <= math.Float32bits(80); b += 641 {
		v := math.Float32frombits(b)
		x = append(x, v, -v)
	}
	return x
}

// ulps is the error of a float32 in units of the last place of the exact value.
func ulps(got float32, exact float64) float64 {
	_, exponent := math.Frexp(exact)
	return math.Abs(float64(got)-exact) / math.Ldexp(1, max(exponent, -125)-24)
}
