package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/rng"
)

// plainAdam is algorithm 1 of Kingma and Ba in float64, step by step as the
// paper writes it (with corrected moments).
type plainAdam struct {
	rate, beta1, beta2, epsilon float64
	p, m, v                     []float64
	t                           int
}

func (a *plainAdam) step(g []float32) {
	a.t++
	for i, gi := range widen(g) {
		a.m[i] = a.beta1*a.m[i] + (1-a.beta1)*gi
		a.v[i] = a.beta2*a.v[i] + (1-a.beta2)*gi*gi
		m := a.m[i] / (1 - math.Pow(a.beta1, float64(a.t)))
		v := a.v[i] / (1 - math.Pow(a.beta2, float64(a.t)))
		a.p[i] -= a.rate * m / (math.Sqrt(v) + a.epsilon)
	}
}

func TestAdamAgainstFloat64(t *testing.T) { eachPath(t, testAdamAgainstFloat64) }

func testAdamAgainstFloat64(t *testing.T) {
	for _, n := range []int{0, 1, 7, 70, fewestElements - 1, fewestElements, fewestElements + 1, 2*fewestElements + 3} {
		steps := 100
		if n > 1000 {
			steps = 3
		}
		t.Run(fmt.Sprintf("n=%d", n), func(t *testing.T) { checkAdam(t, n, steps) })
	}
}

func checkAdam(t *testing.T, n, steps int) {
	adam := Adam{LearningRate: 1e-2, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
	p, m, v, g := randomSlice(t, n, 1), guarded(t, n), guarded(t, n), guarded(t, n)
	clear(m)
	clear(v)
	plain := plainAdam{rate: 1e-2, beta1: 0.9, beta2: 0.999, epsilon: 1e-8, p: widen(p), m: widen(m), v: widen(v)}
	for range steps {
		adam.Step++
		gradients(g, adam.Step)
		before := slices.Clone(g)
		adam.Update([]Parameter{{p, g, m, v, 0}})
		plain.step(g)
		if !slices.Equal(g, before) {
			t.Fatal("the gradients were changed")
		}
	}
	// A second moment collects three roundings a step, and the constants are
	// rounded too: v is within 4 steps·ulp/2, m within 4/(1-beta1)·ulp/2, and a
	// step of at most about 10 rates within their sum. p is rounded once a step.
	relative := ulp / 2 * (4*float64(steps) + 40)
	for i := range p {
		moved := float64(steps) * (10*adam.LearningRate*relative + ulp/2*(math.Abs(plain.p[i])+1))
		for _, c := range []struct {
			name           string
			got, want, tol float64
		}{
			{"p", float64(p[i]), plain.p[i], moved},
			{"m", float64(m[i]), plain.m[i], relative * gradientScale(i)},
			{"v", float64(v[i]), plain.v[i], relative * plain.v[i]},
		} {
			if !(math.Abs(c.got-c.want) <= c.tol) {
				t.Fatalf("element %d: %s is %g, want %g within %g", i, c.name, c.got, c.want, c.tol)
			}
		}
	}
}

// gradients makes gradients of very different sizes: Adam's step must not
// depend on them, but for those near epsilon.
func gradients(g []float32, step int) {
	rng.Normal(g, rng.Stream(11, "gradients", uint64(step)))
	for i := range g {
		g[i] *= float32(gradientScale(i))
	}
}

func gradientScale(i int) float64 { return []float64{1, 1e-4, 1e-8, 1e3}[i%4] }

// TestAdamFigures follows one parameter through four steps of PyTorch's
// arrangement, worked out with 40 decimal digits. The second row has a large
// epsilon and small betas, so that a missing correction or an epsilon in the
// wrong place is seen at once.
func TestAdamFigures(t *testing.T) { eachPath(t, testAdamFigures) }

func testAdamFigures(t *testing.T) {
	gradients := []float32{0.5, -0.25, 1, 0}
	for _, c := range []struct {
		adam Adam
		p    []float64
		m, v float64 // after the last step
	}{
		{Adam{LearningRate: 0.001, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8},
			[]float64{0.9990000000, 0.9987336630, 0.9980755514, 0.9975364664}, 0.1062, 0.001310625812},
		{Adam{LearningRate: 0.1, Beta1: 0.5, Beta2: 0.75, Epsilon: 0.25},
			[]float64{0.9333333333, 0.9333333333, 0.8742158684, 0.8417238287}, 0.25, 0.22265625},
	} {
		p, m, v := []float32{1}, []float32{0}, []float32{0}
		for i, g := range gradients {
			c.adam.Step++
			c.adam.Update([]Parameter{{p, []float32{g}, m, v, 0}})
			if tol := ulp * float64(i+1); !(math.Abs(float64(p[0])-c.p[i]) <= tol) {
				t.Errorf("epsilon %g: parameter is %.9g after step %d, want %.9g", c.adam.Epsilon, p[0], i+1, c.p[i])
			}
		}
		if !withinRounding(m[0], c.m) || !withinRounding(v[0], c.v) {
			t.Errorf("epsilon %g: moments are %g and %g, want %g and %g", c.adam.Epsilon, m[0], v[0], c.m, c.v)
		}
	}
}

func TestAdamCarriesNaN(t *testing.T) { eachPath(t, testAdamCarriesNaN) }

func testAdamCarriesNaN(t *testing.T) {
	p, m, v := []float32{1, 1}, make([]float32, 2), make([]float32, 2)
	Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: 1}.Update([]Parameter{{p, []float32{float32(math.NaN()), 0}, m, v, 0}})
	if p[0] == p[0] || m[0] == m[0] || v[0] == v[0] {
		t.Errorf("a NaN gradient gave p %g, m %g, v %g", p[0], m[0], v[0])
	}
	if p[1] != 1 || m[1] != 0 || v[1] != 0 {
		t.Errorf("a gradient of zero gave p %g, m %g, v %g", p[1], m[1], v[1])
	}
}

func TestAdamSameBitsForAnyThreadCount(t *testing.T) { eachPath(t, testAdamSameBitsForAnyThreadCount) }

func testAdamSameBitsForAnyThreadCount(t *testing.T) {
	const n = 3*fewestElements + 11
	start, g := randomSlice(t, n, 1), randomSlice(t, n, 2)
	sameForAnyThreadCount(t, "Adam.Update", func() [][]float32 {
		p, m, v := slices.Clone(start), make([]float32, n), make([]float32, n)
		adam := Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
		for range 3 {
			adam.Step++
			adam.Update([]Parameter{{p, g, m, v, 0}})
		}
		return [][]float32{p, m, v}
	})
}
