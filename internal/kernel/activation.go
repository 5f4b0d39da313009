package kernel

import (
	"fmt"
	"math"
)

// Activation is an elementwise nonlinearity whose derivative can be computed
// from its output alone, so that the backward pass needs no second copy of the
// layer.
type Activation uint8

// The activations, with PyTorch's definitions and default constants. The vector
// paths keep within 2.5 units of the last place for Tanh and Softplus, 2.2 for
// Sigmoid and 0.9 for ELU, and take results below 2^-126 for zero; the portable
// path computes in float64 and rounds once.
const (
	Linear    Activation = iota
	ReLU                 // max(0, x)
	LeakyReLU            // x or 0.01 x
	Tanh                 // tanh x
	Sigmoid              // 1 / (1 + exp(-x))
	Softplus             // log(1 + exp x)
	ELU                  // x or exp(x) - 1
)

const leakySlope = 0.01

// BiasActivation replaces y [m,n] by act(y + bias), bias [n] added to each row.
func BiasActivation(y, bias []float32, m, n int, act Activation) {
	check("BiasActivation", len(y) == m*n && len(bias) == n, m, n)
	if n == 0 {
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.n, e.act, e.units = y, bias, n, act, m
	e.work = func(e *elements, from, to int) {
		biasActivation(e.a[from*e.n:to*e.n], e.b, to-from, e.n, e.n, e.act)
	}
	e.inParts(n)
}

func biasActivationPortable(y, bias []float32, rows, n, step int, act Activation) {
	for i := range rows {
		row := y[i*step:][:n]
		for j, b := range bias[:n] {
			row[j] += b
		}
		activate(row, act)
	}
}

func activate(x []float32, act Activation) {
	switch act {
	case Linear:
	case ReLU:
		for i, v := range x {
			if v < 0 { // NaN stays NaN
				x[i] = 0
			}
		}
	case LeakyReLU:
		for i, v := range x {
			if v < 0 {
				x[i] = leakySlope * v
			}
		}
	case Tanh:
		for i, v := range x {
			x[i] = float32(math.Tanh(float64(v)))
		}
	case Sigmoid:
		for i, v := range x {
			x[i] = sigmoid(v)
		}
	case Softplus:
		for i, v := range x {
			x[i] = float32(softplus(float64(v)))
		}
	case ELU:
		for i, v := range x {
			if v < 0 {
				x[i] = float32(math.Expm1(float64(v)))
			}
		}
	default:
		panic(fmt.Sprintf("kernel: unknown activation %d", act))
	}
}

// ActivationGradient writes to dz the gradient with respect to the input of an
// activation, given its output y and the gradient dy with respect to that
// output: dz = dy * act'(x), act'(x) expressed by y. All have shape [m,n]; dz
// may be dy.
func ActivationGradient(dz, dy, y []float32, m, n int, act Activation) {
	check("ActivationGradient", len(dz) == m*n && len(dy) == m*n && len(y) == m*n, m, n)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.act, e.units = dz, dy, y, act, m*n
	e.work = func(e *elements, from, to int) {
		activationGradient(e.a[from:to], e.b[from:to], e.c[from:to], e.act)
	}
	e.inParts(1)
}

func activationGradientPortable(dz, dy, y []float32, act Activation) {
	switch act {
	case Linear:
		copy(dz, dy)
	case ReLU:
		for i, v := range y {
			dz[i] = dy[i]
			if v <= 0 {
				dz[i] = 0
			}
		}
	case LeakyReLU:
		for i, v := range y {
			dz[i] = dy[i]
			if v <= 0 {
				dz[i] = leakySlope * dy[i]
			}
		}
	case Tanh:
		for i, v := range y {
			dz[i] = dy[i] * (1 - v*v)
		}
	case Sigmoid:
		for i, v := range y {
			dz[i] = dy[i] * v * (1 - v)
		}
	case Softplus: // 1 - exp(-y) = sigmoid(x)
		for i, v := range y {
			dz[i] = float32(-float64(dy[i]) * math.Expm1(-float64(v)))
		}
	case ELU:
		for i, v := range y {
			dz[i] = dy[i]
			if v <= 0 {
				dz[i] = dy[i] * (v + 1)
			}
		}
	default:
		panic(fmt.Sprintf("kernel: unknown activation %d", act))
	}
}

// Sigmoids writes sigmoid(x) to y, both of the same length: pixel probabilities
// from logits.
func Sigmoids(y, x []float32) {
	check("Sigmoids", len(y) == len(x), len(x), 1)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.units = y, x, len(x)
	e.work = func(e *elements, from, to int) { sigmoids(e.a[from:to], e.b[from:to]) }
	e.inParts(1)
}

func sigmoidsPortable(y, x []float32) {
	for i, v := range x {
		y[i] = sigmoid(v)
	}
}

// sigmoid is accurate on both sides of zero.
func sigmoid(x float32) float32 {
	if x >= 0 {
		return float32(1 / (1 + math.Exp(-float64(x))))
	}
	e := math.Exp(float64(x))
	return float32(e / (1 + e))
}

// softplus is log(1 + exp x) without overflow.
func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}

// check panics where a caller inside this program passes slices that do not
// fit the shape. Callers check what comes from outside.
func check(name string, ok bool, m, n int) {
	if !ok {
		panic(fmt.Sprintf("kernel: %s of m=%d n=%d with slices of other lengths", name, m, n))
	}
}
