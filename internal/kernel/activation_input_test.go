package kernel

import (
	"math"
	"testing"
)

// inputCases are the activations whose derivative is one of their input, with the
// error that is allowed them, times 1 + |x|: that of their documentation.
var inputCases = []struct {
	activationCase
	vector float64
}{
	{activationCase{"silu", SiLU, func(x float64) float64 { return x / (1 + math.Exp(-x)) }, func(x float64) float64 {
		s := 1 / (1 + math.Exp(-x))
		return s * (1 + x*(1-s))
	}, false}, 2e-7},
	{activationCase{"gelu", GELU, func(x float64) float64 { return 0.5 * x * math.Erfc(-x/math.Sqrt2) }, func(x float64) float64 {
		return 0.5*math.Erfc(-x/math.Sqrt2) + x*math.Exp(-0.5*x*x)/math.Sqrt(2*math.Pi)
	}, false}, 2e-7},
}

func TestEveryActivationHasACase(t *testing.T) {
	seen := map[Activation]bool{}
	for _, c := range activationCases {
		seen[c.act] = !c.act.OfInput()
	}
	for _, c := range inputCases {
		seen[c.act] = c.act.OfInput()
	}
	for act := range functions {
		if !seen[Activation(act)] {
			t.Errorf("activation %d has no case: add one to activationCases, or to inputCases where it is ofInput", act)
		}
	}
}

// TestActivationsOfTheirInput holds function and derivative against float64, at some
// 500,000 arguments of each sign.
func TestActivationsOfTheirInput(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		x := arguments()
		ones, y, dz := make([]float32, len(x)), make([]float32, len(x)), make([]float32, len(x))
		for i := range ones {
			ones[i] = 1
		}
		for _, c := range inputCases {
			Activate(y, x, c.act)
			ActivationGradient(dz, ones, x, 1, len(x), c.act)
			for i, v := range x {
				tol := c.vector * (1 + math.Abs(float64(v)))
				if want := c.f(float64(v)); !(math.Abs(float64(y[i])-want) <= tol) {
					t.Fatalf("%s(%g) = %g, want %g", c.name, v, y[i], want)
				}
				if want := c.df(float64(v)); !(math.Abs(float64(dz[i])-want) <= 2*tol) {
					t.Fatalf("%s'(%g) = %g, want %g", c.name, v, dz[i], want)
				}
			}
		}
	})
}

// The ends of the finite numbers, and NaN on both ways.
func TestActivationsOfTheirInputAtExtremes(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		nan := float32(math.NaN())
		for _, c := range inputCases {
			for _, x := range extremes() {
				if math.IsInf(float64(x), 0) {
					continue // whose product with 0 is no number
				}
				y, dz := []float32{0}, []float32{1}
				Activate(y, []float32{x}, c.act)
				ActivationGradient(dz, dz, []float32{x}, 1, 1, c.act)
				tol := c.vector * (1 + math.Abs(float64(x)))
				if got, want := float64(y[0]), limit(c.f, x); !(math.Abs(got-want) <= tol) {
					t.Errorf("%s(%g) = %g, want %g", c.name, x, got, want)
				}
				if got, want := float64(dz[0]), limit(c.df, x); !(math.Abs(got-want) <= 2*c.vector*(1+math.Min(math.Abs(float64(x)), 20))) {
					t.Errorf("%s'(%g) = %g, want %g", c.name, x, got, want)
				}
			}
			for _, pair := range [][2]float32{{nan, 0.5}, {1, nan}} {
				dz := []float32{0}
				if ActivationGradient(dz, []float32{pair[0]}, []float32{pair[1]}, 1, 1, c.act); dz[0] == dz[0] {
					t.Errorf("%s: gradient %g at %g is %g", c.name, pair[0], pair[1], dz[0])
				}
			}
		}
	})
}

// limit is f at x, or where it is beyond all effect at 1,000 of that sign, times what x is
// beyond that where f grows with it.
func limit(f func(float64) float64, x float32) float64 {
	v := float64(x)
	if math.Abs(v) <= 1000 {
		return f(v)
	}
	far := math.Copysign(1000, v)
	if f(far) == far {
		return v
	}
	return f(far)
}

// SiLU keeps its relative error too, where it is small.
func TestSiLUKeepsItsErrorBound(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		x := arguments()
		y := make([]float32, len(x))
		Activate(y, x, SiLU)
		for i, v := range x {
			if e := ulps(y[i], float64(v)/(1+math.Exp(-float64(v)))); !(e <= 3) {
				t.Fatalf("silu(%g) = %g, off by %.1f ulp", v, y[i], e)
			}
		}
	})
}

// Activate is BiasActivation of a copy with a bias of zero, to the bit, in place and not,
// at every width; and NaN goes through.
func TestActivateIsBiasActivation(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, c := range inputCases {
			act := c.act
			for n := range 71 {
				x := randomSlice(t, n, 3)
				if n > 2 {
					x[n/2] = float32(math.NaN())
				}
				want, y := append([]float32(nil), x...), make([]float32, n)
				BiasActivation(want, make([]float32, n), 1, n, act)
				Activate(y, x, act)
				Activate(x, x, act)
				for i := range want {
					if math.Float32bits(y[i]) != math.Float32bits(want[i]) || math.Float32bits(x[i]) != math.Float32bits(want[i]) {
						t.Fatalf("activation %d of %d: element %d is %g and %g, want %g", act, n, i, y[i], x[i], want[i])
					}
				}
				if n > 2 && y[n/2] == y[n/2] {
					t.Fatalf("activation %d of NaN is %g", act, y[n/2])
				}
			}
		}
	})
}
