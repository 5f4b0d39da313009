package kernel

import (
	"fmt"
	"math"

	"vae/internal/lane"
)

// Activation is an elementwise nonlinearity.
type Activation uint8

// The activations, with PyTorch's definitions and default constants. The vector
// paths keep within 2.5 units of the last place for Tanh and Softplus, 2.2 for
// Sigmoid, 0.9 for ELU and 3 for SiLU, and within 2e-7 times 1 + |x| for GELU, and take
// results below 2^-126 for zero, and so does exact; the portable path computes in float64 and rounds once.
const (
	Linear    Activation = iota
	ReLU                 // max(0, x)
	LeakyReLU            // x or 0.01 x
	Tanh                 // tanh x
	Sigmoid              // 1 / (1 + exp(-x))
	Softplus             // log(1 + exp x)
	ELU                  // x or exp(x) - 1
	SiLU                 // x sigmoid(x) (Elfwing et al. 2018)
	GELU                 // x Phi(x), Phi the standard normal distribution (Hendrycks and Gimpel 2016)
)

// function is an activation in portable Go. The derivative of most can be computed
// from the output alone, so that the backward pass needs no second copy of the layer.
type function struct {
	apply    func(x []float32)         // in place
	exactly  func(x float32) float32   // as the paths with assembly compute it; nil where there is none
	gradient func(dz, dy, v []float32) // dz = dy act'(x), of v = act(x), or of v = x where ofInput; dz may be dy
	ofInput  bool
}

var functions = [...]function{
	Linear:    {apply: func([]float32) {}, gradient: func(dz, dy, _ []float32) { copy(dz, dy) }},
	ReLU:      {apply: relu, exactly: lane.ReLU, gradient: reluGradient},
	LeakyReLU: {apply: leakyReLU, exactly: lane.LeakyReLU, gradient: leakyReLUGradient},
	Tanh:      {apply: tanh, exactly: lane.Tanh, gradient: tanhGradient},
	Sigmoid:   {apply: sigmoidAll, exactly: lane.Sigmoid, gradient: sigmoidGradient},
	Softplus:  {apply: softplusAll, exactly: lane.Softplus, gradient: softplusGradient},
	ELU:       {apply: elu, exactly: lane.ELU, gradient: eluGradient},
	SiLU:      {apply: silu, exactly: lane.SiLU, gradient: siluGradient, ofInput: true},
	GELU:      {apply: gelu, exactly: lane.GELU, gradient: geluGradient, ofInput: true},
}

func (a Activation) function() *function {
	if int(a) >= len(functions) {
		panic(fmt.Sprintf("kernel: unknown activation %d", a))
	}
	return &functions[a]
}

// apply is the activation in Go, in place.
func (a Activation) apply(x []float32) {
	f := a.function()
	if current != exact || f.exactly == nil {
		f.apply(x)
		return
	}
	for i, v := range x {
		x[i] = f.exactly(v)
	}
}

// OfInput reports whether the derivative is computed from the value before the
// activation, which whoever wants it must keep.
func (a Activation) OfInput() bool { return a.function().ofInput }

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
		act.apply(row)
	}
}

// Activate writes act(x) to y, both of the same length. y may be x.
func Activate(y, x []float32, act Activation) {
	check("Activate", len(y) == len(x), len(x), 1)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.act, e.units = y, x, act, len(x)
	e.work = func(e *elements, from, to int) {
		y, x := e.a[from:to], e.b[from:to]
		if e.act.OfInput() {
			activate(y, x, e.act)
			return
		}
		copy(y, x)
		biasActivation(y, noBias[:len(y)], 1, len(y), len(y), e.act)
	}
	e.inParts(1)
}

// noBias is that of the elements of a part.
var noBias [fewestElements]float32

func activatePortable(y, x []float32, act Activation) {
	copy(y, x)
	act.apply(y)
}

// ActivationGradient writes to dz the gradient with respect to the input x of an
// activation, given the gradient dy with respect to its output y: dz = dy * act'(x),
// act'(x) expressed by v, which is x where the activation is OfInput, else y. All have
// shape [m,n]; dz may be dy.
func ActivationGradient(dz, dy, v []float32, m, n int, act Activation) {
	check("ActivationGradient", len(dz) == m*n && len(dy) == m*n && len(v) == m*n, m, n)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.act, e.units = dz, dy, v, act, m*n
	e.work = func(e *elements, from, to int) {
		activationGradient(e.a[from:to], e.b[from:to], e.c[from:to], e.act)
	}
	e.inParts(1)
}

func activationGradientPortable(dz, dy, v []float32, act Activation) {
	act.function().gradient(dz, dy, v)
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
	activatePortable(y, x, Sigmoid)
}

// check panics where a caller inside this program passes slices that do not
// fit the shape. Callers check what comes from outside.
func check(name string, ok bool, m, n int) {
	if !ok {
		panic(fmt.Sprintf("kernel: %s of m=%d n=%d with slices of other lengths", name, m, n))
	}
}

// The activations in portable Go, computed in float64 and rounded once.

const leakySlope = 0.01

func relu(x []float32) {
	for i, v := range x {
		if v < 0 { // NaN stays NaN
			x[i] = 0
		}
	}
}

func reluGradient(dz, dy, y []float32) {
	for i, v := range y {
		dz[i] = dy[i]
		if v <= 0 {
			dz[i] = 0
		}
	}
}

func leakyReLU(x []float32) {
	for i, v := range x {
		if v < 0 {
			x[i] = leakySlope * v
		}
	}
}

func leakyReLUGradient(dz, dy, y []float32) {
	for i, v := range y {
		dz[i] = dy[i]
		if v <= 0 {
			dz[i] = leakySlope * dy[i]
		}
	}
}

func tanh(x []float32) {
	for i, v := range x {
		x[i] = float32(math.Tanh(float64(v)))
	}
}

func tanhGradient(dz, dy, y []float32) {
	for i, v := range y {
		dz[i] = dy[i] * (1 - v*v)
	}
}

func sigmoidAll(x []float32) {
	for i, v := range x {
		x[i] = float32(sigmoid(float64(v)))
	}
}

func sigmoidGradient(dz, dy, y []float32) {
	for i, v := range y {
		dz[i] = dy[i] * v * (1 - v)
	}
}

func softplusAll(x []float32) {
	for i, v := range x {
		x[i] = float32(softplus(float64(v)))
	}
}

func softplusGradient(dz, dy, y []float32) { // 1 - exp(-y) = sigmoid(x)
	for i, v := range y {
		dz[i] = float32(-float64(dy[i]) * math.Expm1(-float64(v)))
	}
}

func elu(x []float32) {
	for i, v := range x {
		if v < 0 {
			x[i] = float32(math.Expm1(float64(v)))
		}
	}
}

func eluGradient(dz, dy, y []float32) {
	for i, v := range y {
		dz[i] = dy[i]
		if v <= 0 {
			dz[i] = dy[i] * (v + 1)
		}
	}
}

func silu(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) * sigmoid(float64(v)))
	}
}

func siluGradient(dz, dy, x []float32) {
	for i, v := range x {
		s := sigmoid(float64(v))
		dz[i] = float32(float64(dy[i]) * s * (1 + float64(v)*(1-s)))
	}
}

func gelu(x []float32) {
	for i, v := range x {
		x[i] = float32(float64(v) * normalCDF(float64(v)))
	}
}

func geluGradient(dz, dy, x []float32) {
	for i, v := range x {
		t := float64(v)
		density := math.Exp(-0.5*t*t) / math.Sqrt(2*math.Pi)
		dz[i] = float32(float64(dy[i]) * (normalCDF(t) + t*density))
	}
}

// normalCDF is the standard normal distribution function, without cancellation.
func normalCDF(x float64) float64 { return 0.5 * math.Erfc(-x/math.Sqrt2) }

// sigmoid is accurate on both sides of zero.
func sigmoid(x float64) float64 {
	if x >= 0 {
		return 1 / (1 + math.Exp(-x))
	}
	e := math.Exp(x)
	return e / (1 + e)
}

// softplus is log(1 + exp x) without overflow.
func softplus(x float64) float64 {
	return max(x, 0) + math.Log1p(math.Exp(-math.Abs(x)))
}
