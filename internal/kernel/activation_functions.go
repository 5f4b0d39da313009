package kernel

import "math"

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
