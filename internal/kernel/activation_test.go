package kernel

import (
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

// ulp is the distance of neighboring float32 numbers at 1.
const ulp = 1.0 / (1 << 23)

// smallestNormal is the least float32 with all 24 bits; what is below may lose
// them.
const smallestNormal = 0x1p-126

// activationCase states an activation and its derivative in float64.
type activationCase struct {
	name   string
	act    Activation
	f, df  func(x float64) float64
	kinked bool // no derivative at 0
}

func step(x, below, above float64) float64 {
	if x > 0 {
		return above
	}
	return below
}

var activationCases = []activationCase{
	{"linear", Linear, func(x float64) float64 { return x }, func(float64) float64 { return 1 }, false},
	{"relu", ReLU, func(x float64) float64 { return math.Max(x, 0) },
		func(x float64) float64 { return step(x, 0, 1) }, true},
	{"leaky-relu", LeakyReLU, func(x float64) float64 { return math.Max(x, 0.01*x) },
		func(x float64) float64 { return step(x, 0.01, 1) }, true},
	{"tanh", Tanh, math.Tanh, func(x float64) float64 { return math.Pow(math.Cosh(x), -2) }, false},
	{"sigmoid", Sigmoid, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) },
		func(x float64) float64 { return 1 / (2 + math.Exp(x) + math.Exp(-x)) }, false},
	{"softplus", Softplus, plainSoftplus, func(x float64) float64 { return 1 / (1 + math.Exp(-x)) }, false},
	{"elu", ELU, func(x float64) float64 { return step(x, math.Expm1(x), x) },
		func(x float64) float64 { return step(x, math.Exp(x), 1) }, false},
}

// plainSoftplus is log(1 + exp x), and its limits where exp leaves the float64.
func plainSoftplus(x float64) float64 {
	switch {
	case x > 40: // exp(-40) is below half an ulp of 40 in float64
		return x
	case x < -40:
		return math.Exp(x)
	}
	return math.Log1p(math.Exp(x))
}

// extremes are inputs at which a careless formula overflows, cancels or flushes.
func extremes() []float32 {
	x := []float32{0, float32(math.Copysign(0, -1))}
	for _, v := range []float32{1e-45, 1e-40, smallestNormal, 1e-20, 1e-6, 0.5, 1, 8, 16.7, 17, 40, 88, 89, 100, 104, 1e4, math.MaxFloat32} {
		x = append(x, v, -v)
	}
	return append(x, float32(math.Inf(1)), float32(math.Inf(-1)))
}

// withinRounding holds a float32 against a value computed in float64: four
// units in the last place, or a fraction of the least normal number.
func withinRounding(got float32, want float64) bool {
	if float32(want) == got || math.IsInf(want, 0) {
		return float32(want) == got
	}
	return math.Abs(float64(got)-want) <= 4*ulp*math.Abs(want)+smallestNormal
}

func TestActivationsAtExtremes(t *testing.T) { eachPath(t, testActivationsAtExtremes) }

func testActivationsAtExtremes(t *testing.T) {
	for _, c := range activationCases {
		for _, x := range extremes() {
			y := []float32{x}
			BiasActivation(y, []float32{0}, 1, 1, c.act)
			if want := c.f(float64(x)); !withinRounding(y[0], want) {
				t.Errorf("%s(%g) = %g, want %g", c.name, x, y[0], want)
			}
		}
	}
}

func TestActivationsCarryNaN(t *testing.T) { eachPath(t, testActivationsCarryNaN) }

func testActivationsCarryNaN(t *testing.T) {
	nan := float32(math.NaN())
	for _, c := range activationCases {
		y := []float32{nan, 1, nan}
		BiasActivation(y, make([]float32, 3), 1, 3, c.act)
		if y[0] == y[0] || y[1] != y[1] || y[2] == y[2] {
			t.Errorf("%s of NaN, 1, NaN is %v", c.name, y)
		}
		dz := make([]float32, 3)
		ActivationGradient(dz, []float32{nan, 1, nan}, []float32{0.5, 0.5, 0.5}, 1, 3, c.act)
		if dz[0] == dz[0] || dz[1] != dz[1] || dz[2] == dz[2] {
			t.Errorf("%s: gradient from NaN, 1, NaN is %v", c.name, dz)
		}
	}
}

// matrixSizes are all row widths up to 70, and row counts on both sides of what
// one task takes.
func matrixSizes() [][2]int {
	var sizes [][2]int
	for n := range 71 {
		sizes = append(sizes, [2]int{3, n})
	}
	for _, m := range []int{0, 1, 15, 16, 17, 37} {
		sizes = append(sizes, [2]int{m, 17})
	}
	return sizes
}

func TestBiasActivationAgainstFloat64(t *testing.T) { eachPath(t, testBiasActivationAgainstFloat64) }

func testBiasActivationAgainstFloat64(t *testing.T) {
	for _, c := range activationCases {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range matrixSizes() {
				m, n := size[0], size[1]
				y, bias := randomSlice(t, m*n, 1), randomSlice(t, n, 2)
				x, biasBefore := slices.Clone(y), slices.Clone(bias)
				BiasActivation(y, bias, m, n, c.act)
				for i := range y {
					if want := c.f(float64(x[i] + bias[i%n])); !withinRounding(y[i], want) {
						t.Fatalf("m=%d n=%d: element %d is %g, want %g", m, n, i, y[i], want)
					}
				}
				if !slices.Equal(bias, biasBefore) {
					t.Fatalf("m=%d n=%d: the bias was changed", m, n)
				}
			}
		})
	}
}

// The derivative is computed from the rounded output: an error of half an ulp
// of y, times at most 2, the greatest slope of 1-y^2, y(1-y), y+1 or 1-exp(-y)
// in y, and the roundings of the formula itself.
const derivativeError = 4 * ulp

func TestActivationGradientAgainstCentralDifferences(t *testing.T) {
	eachPath(t, testActivationGradientAgainstCentralDifferences)
}

func testActivationGradientAgainstCentralDifferences(t *testing.T) {
	x := make([]float32, 500)
	rng.Normal(x, rng.Stream(5, "kernel test"))
	for _, c := range activationCases {
		for i, v := range x {
			x := float64(v) * float64(1+i%12)
			const h = 1e-5
			if c.kinked && math.Abs(x) < 2*h {
				continue
			}
			want := (c.f(x+h) - c.f(x-h)) / (2 * h) // within 1e-9
			got := gradientAt(c, float32(x), 1)
			// The output is that of the rounded x: |x| ulp/2 times the curvature, below 1.
			if tol := derivativeError + ulp*math.Abs(x) + 1e-9; !(math.Abs(float64(got)-want) <= tol) {
				t.Errorf("%s'(%g) = %g, central difference %g", c.name, x, got, want)
			}
		}
	}
}

func gradientAt(c activationCase, x, dy float32) float32 {
	y, dz := []float32{x}, []float32{0}
	BiasActivation(y, []float32{0}, 1, 1, c.act)
	ActivationGradient(dz, []float32{dy}, y, 1, 1, c.act)
	return dz[0]
}

func TestActivationGradientAtExtremes(t *testing.T) { eachPath(t, testActivationGradientAtExtremes) }

func testActivationGradientAtExtremes(t *testing.T) {
	const dy = -3
	for _, c := range activationCases {
		for _, x := range extremes() {
			want := dy * c.df(float64(x))
			if math.IsInf(float64(x), 0) || math.Abs(float64(x)) > 700 { // cosh and exp overflow: the limits
				want = dy * c.df(math.Copysign(700, float64(x)))
			}
			if got := gradientAt(c, x, dy); !(math.Abs(float64(got)-want) <= 3*derivativeError) {
				t.Errorf("%s'(%g) times %d = %g, want %g", c.name, x, dy, got, want)
			}
		}
	}
}

// A softplus far below zero is an exponential, and so is its derivative: no
// digit may be lost there, or such a unit stops learning.
func TestSoftplusGradientKeepsItsTail(t *testing.T) { eachPath(t, testSoftplusGradientKeepsItsTail) }

func testSoftplusGradientKeepsItsTail(t *testing.T) {
	for _, x := range []float32{-5, -15, -30, -60, -85} {
		c := activationCase{name: "softplus", act: Softplus}
		if got, want := gradientAt(c, x, 1), 1/(1+math.Exp(-float64(x))); !withinRounding(got, want) {
			t.Errorf("softplus'(%g) = %g, want %g", x, got, want)
		}
	}
}

func TestActivationGradientForAllSizes(t *testing.T) { eachPath(t, testActivationGradientForAllSizes) }

func testActivationGradientForAllSizes(t *testing.T) {
	for _, c := range activationCases {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range matrixSizes() {
				m, n := size[0], size[1]
				x, dy, dz := randomSlice(t, m*n, 1), randomSlice(t, m*n, 2), guarded(t, m*n)
				y := slices.Clone(x)
				BiasActivation(y, make([]float32, n), m, n, c.act)
				yBefore, dyBefore := slices.Clone(y), slices.Clone(dy)
				ActivationGradient(dz, dy, y, m, n, c.act)
				for i := range dz {
					want := float64(dy[i]) * c.df(float64(x[i]))
					if !(math.Abs(float64(dz[i])-want) <= derivativeError*(1+math.Abs(float64(dy[i])))) {
						t.Fatalf("m=%d n=%d: element %d is %g, want %g", m, n, i, dz[i], want)
					}
				}
				if !slices.Equal(y, yBefore) || !slices.Equal(dy, dyBefore) {
					t.Fatalf("m=%d n=%d: an input was changed", m, n)
				}
				ActivationGradient(dy, dy, y, m, n, c.act)
				if !slices.Equal(dy, dz) {
					t.Fatalf("m=%d n=%d: another result in place", m, n)
				}
			}
		})
	}
}

func TestSigmoids(t *testing.T) { eachPath(t, testSigmoids) }

func testSigmoids(t *testing.T) {
	for n := range 71 {
		x, y := randomSlice(t, n, 3), guarded(t, n)
		before := slices.Clone(x)
		Sigmoids(y, x)
		for i := range y {
			if want := 1 / (1 + math.Exp(-float64(x[i]))); !withinRounding(y[i], want) {
				t.Fatalf("n=%d: element %d is %g, want %g", n, i, y[i], want)
			}
		}
		if !slices.Equal(x, before) {
			t.Fatalf("n=%d: the input was changed", n)
		}
	}
	for _, x := range extremes() {
		y := []float32{0}
		Sigmoids(y, []float32{x})
		if want := 1 / (1 + math.Exp(-float64(x))); !withinRounding(y[0], want) {
			t.Errorf("sigmoid(%g) = %g, want %g", x, y[0], want)
		}
	}
}

func TestElementwiseSameBitsForAnyThreadCount(t *testing.T) {
	eachPath(t, testElementwiseSameBitsForAnyThreadCount)
}

func testElementwiseSameBitsForAnyThreadCount(t *testing.T) {
	const m, n = 133, 57
	x, bias, dy := randomSlice(t, m*n, 1), randomSlice(t, n, 2), randomSlice(t, m*n, 3)
	for _, c := range activationCases {
		sameForAnyThreadCount(t, c.name, func() [][]float32 {
			y, dz := slices.Clone(x), make([]float32, m*n)
			BiasActivation(y, bias, m, n, c.act)
			ActivationGradient(dz, dy, y, m, n, c.act)
			return [][]float32{y, dz}
		})
	}
}
