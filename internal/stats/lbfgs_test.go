package stats

import (
	"fmt"
	"math"
	"testing"
)

// quadratic is 1/2 sum c_i (x_i - i)^2 with curvatures over six magnitudes.
func quadratic(x, g []float64) float64 {
	value := 0.0
	for i, v := range x {
		c := math.Pow(10, float64(i%7)-3)
		d := v - float64(i)
		g[i] = c * d
		value += 0.5 * c * d * d
	}
	return value
}

func TestMinimizeQuadratic(t *testing.T) {
	x := make([]float64, 20)
	m := minimize(quadratic, x, 1e-9, 1000)
	if !m.converged || m.steps < 2 {
		t.Fatalf("%+v", m)
	}
	near(t, "value", m.value, 0, 1e-14)
	for i, v := range x {
		near(t, fmt.Sprint("x ", i), v, float64(i), 1.1e-6)
	}
}

// TestMinimizeRosenbrock needs the line search: the valley is curved and full
// steps lead out of it.
func TestMinimizeRosenbrock(t *testing.T) {
	x := []float64{-1.2, 1}
	m := minimize(func(x, g []float64) float64 {
		a, b := 1-x[0], x[1]-x[0]*x[0]
		g[0], g[1] = -2*a-400*x[0]*b, 200*b
		return a*a + 100*b*b
	}, x, 1e-9, 200)
	if !m.converged {
		t.Fatalf("%+v", m)
	}
	near(t, "x", x[0], 1, 1e-8)
	near(t, "y", x[1], 1, 1e-8)
}

// TestMinimizeNoisyValues rounds the values to seven digits, as sums of float32
// products are: slopes alone must lead to the minimum.
func TestMinimizeNoisyValues(t *testing.T) {
	x := make([]float64, 12)
	m := minimize(func(x, g []float64) float64 {
		value := 1.0
		for i, v := range x {
			d := v - 1/float64(i+1)
			g[i] = math.Sinh(d) * float64(i+1)
			value += (math.Cosh(d) - 1) * float64(i+1)
		}
		return float64(float32(value))
	}, x, 1e-10, 300)
	if !m.converged {
		t.Fatalf("%+v", m)
	}
	for i, v := range x {
		near(t, fmt.Sprint("x ", i), v, 1/float64(i+1), 1e-9)
	}
}

// TestMinimizeStartsAnew has no step that leads down for a while, as where what
// was learned of the curvature misleads.
func TestMinimizeStartsAnew(t *testing.T) {
	x := make([]float64, 20)
	calls := 0
	m := minimize(func(x, g []float64) float64 {
		calls++
		if calls > 12 && calls <= 12+trials {
			quadratic(x, g)
			return math.Inf(1)
		}
		return quadratic(x, g)
	}, x, 1e-9, 1000)
	if !m.converged {
		t.Errorf("%+v after %d calls", m, calls)
	}
}

func TestMinimizeStops(t *testing.T) {
	x := make([]float64, 20)
	if m := minimize(quadratic, x, 1e-9, 3); m.steps != 3 || m.converged || !(m.gradient > 1e-9) {
		t.Errorf("after three steps %+v", m)
	}
	nan := func(x, g []float64) float64 { g[0] = math.NaN(); return math.NaN() }
	if m := minimize(nan, []float64{1}, 1e-9, 50); m.converged || m.steps != 0 {
		t.Errorf("without numbers %+v", m)
	}
	// The gradient is wrong by its sign, so no step leads down.
	uphill := func(x, g []float64) float64 { g[0] = -2 * x[0]; return x[0] * x[0] }
	if m := minimize(uphill, []float64{1}, 1e-9, 50); m.converged || m.steps != 0 {
		t.Errorf("uphill %+v", m)
	}
	if m := minimize(quadratic, []float64{0}, 1e-9, 50); !m.converged || m.steps != 0 {
		t.Errorf("at the minimum %+v", m)
	}
}
