package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// optimizer is a rule as a step on parameters, and once more in float64 on one
// element: p with its two states, and a gradient that is clipped already.
type optimizer struct {
	name   string
	states int
	update func(step int, clip float64, params []Parameter)
	plain  func(step int, decay, g float64, p, first, second *float64)
}

var optimizers = []optimizer{
	{"adam", 2, func(step int, clip float64, params []Parameter) {
		Adam{LearningRate: 0.01, Beta1: 0.8, Beta2: 0.9, Epsilon: 0.1, Step: step, Clip: clip}.Update(params)
	}, func(step int, decay, g float64, p, first, second *float64) {
		*p -= plainAdamStep(step, g+decay**p, first, second)
	}},
	{"adamw", 2, func(step int, clip float64, params []Parameter) {
		Adam{LearningRate: 0.01, Beta1: 0.8, Beta2: 0.9, Epsilon: 0.1, Step: step, Decoupled: true, Clip: clip}.Update(params)
	}, func(step int, decay, g float64, p, first, second *float64) {
		*p -= 0.01*decay**p + plainAdamStep(step, g, first, second)
	}},
	{"adamax", 2, func(step int, clip float64, params []Parameter) {
		Adamax{LearningRate: 0.01, Beta1: 0.8, Beta2: 0.9, Epsilon: 0.1, Step: step, Clip: clip}.Update(params)
	}, func(step int, decay, g float64, p, first, second *float64) {
		g += decay * *p
		*first, *second = 0.8**first+0.2*g, max(0.9**second, math.Abs(g)+0.1)
		*p -= 0.01 / (1 - math.Pow(0.8, float64(step))) * *first / *second
	}},
	{"adagrad", 1, func(_ int, clip float64, params []Parameter) {
		Adagrad{LearningRate: 0.01, Epsilon: 0.1, Clip: clip}.Update(params)
	}, func(_ int, decay, g float64, p, first, _ *float64) {
		g += decay * *p
		*first += g * g
		*p -= 0.01 * g / (math.Sqrt(*first) + 0.1)
	}},
	{"momentum", 1, func(_ int, clip float64, params []Parameter) {
		SGD{LearningRate: 0.01, Momentum: 0.8, Clip: clip}.Update(params)
	}, func(_ int, decay, g float64, p, first, _ *float64) {
		*first = 0.8**first + g + decay**p
		*p -= 0.01 * *first
	}},
	{"sgd", 0, func(_ int, clip float64, params []Parameter) {
		SGD{LearningRate: 0.01, Clip: clip}.Update(params)
	}, func(_ int, decay, g float64, p, _, _ *float64) {
		*p -= 0.01 * (g + decay**p)
	}},
}

func plainAdamStep(step int, g float64, first, second *float64) float64 {
	*first, *second = 0.8**first+0.2*g, 0.9**second+0.1*g*g
	m, v := *first/(1-math.Pow(0.8, float64(step))), *second/(1-math.Pow(0.9, float64(step)))
	return 0.01 * m / (math.Sqrt(v) + 0.1)
}

// widths are all up to 70, and one of two parts.
func widths() []int {
	all := []int{fewestElements + 1}
	for n := range 71 {
		all = append(all, n)
	}
	return all
}

func TestOptimizersAgainstFloat64(t *testing.T) { eachPath(t, testOptimizersAgainstFloat64) }

func testOptimizersAgainstFloat64(t *testing.T) {
	for _, o := range optimizers {
		for _, n := range widths() {
			for _, clip := range []float64{0, 0.7} {
				o.check(t, n, clip)
			}
		}
	}
}

// check does three steps on a parameter without decay and on one with, each of n
// elements with guards around them.
func (o optimizer) check(t *testing.T, n int, clip float64) {
	t.Helper()
	params := []Parameter{o.parameter(t, n, 1, 0), o.parameter(t, n, 2, 0.4)}
	var want [2][3][]float64 // values and states of each
	for i, p := range params {
		want[i] = [3][]float64{widen(p.Param), make([]float64, n), make([]float64, n)}
	}
	for step := 1; step <= 3; step++ {
		before := [2][]float32{slices.Clone(params[0].Gradient), slices.Clone(params[1].Gradient)}
		o.update(step, clip, params)
		factor := plainFactor(clip, before[:]...)
		for i, p := range params {
			if !slices.Equal(p.Gradient, before[i]) {
				t.Fatalf("%s n=%d clip=%g: the gradient of parameter %d was changed", o.name, n, clip, i)
			}
			for j, g := range before[i] {
				o.plain(step, p.Decay, factor*float64(g), &want[i][0][j], &want[i][1][j], &want[i][2][j])
				p.Gradient[j] = 0.7*g + 0.1 // for the next step
			}
		}
	}
	// Values stay below 8 and are rounded six times, by 4 half units each. Gradients with
	// their decay stay below 8 too, their sums below 16 and sums of squares below 64.
	for i, p := range params {
		for k, got := range [][]float32{p.Param, p.First, p.Second} {
			tol := ulp / 2 * []float64{25, 100, 100}[k]
			for j, v := range got {
				if !(math.Abs(float64(v)-want[i][k][j]) <= tol) {
					t.Fatalf("%s n=%d clip=%g: array %d of parameter %d has %g at %d, want %g within %g", o.name, n, clip, k, i, v, j, want[i][k][j], tol)
				}
			}
		}
	}
}

// parameter has as many states as the optimizer needs, all zero.
func (o optimizer) parameter(t *testing.T, n int, seed uint64, decay float64) Parameter {
	p := Parameter{Param: randomSlice(t, n, seed), Gradient: randomSlice(t, n, seed+10), Decay: decay}
	if o.states > 0 {
		p.First = guarded(t, n)
		clear(p.First)
	}
	if o.states > 1 {
		p.Second = guarded(t, n)
		clear(p.Second)
	}
	return p
}

// plainFactor is that of clipping, from all gradients.
func plainFactor(clip float64, gradients ...[]float32) float64 {
	var sum float64
	for _, g := range gradients {
		for _, v := range widen(g) {
			sum += v * v
		}
	}
	if norm := math.Sqrt(sum) + 1e-6; clip > 0 && norm > clip {
		return clip / norm
	}
	return 1
}

// Few steps by hand: an epsilon, a decay or a momentum in the wrong place is seen
// at once.
func TestOptimizerFigures(t *testing.T) { eachPath(t, testOptimizerFigures) }

func testOptimizerFigures(t *testing.T) {
	for _, c := range []struct {
		name   string
		update func(step int, params []Parameter)
		decay  float64
		p      []float64 // after gradients of 3 and -4, from 1
		first  float64
	}{
		{"adamax", func(step int, p []Parameter) {
			Adamax{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.5, Epsilon: 1, Step: step}.Update(p)
		}, 0,
			// Sizes of 4 and 5, moments of 1.5 and -1.25, corrected 3 and -5/3.
			[]float64{1 - 0.5*3/4., 0.625 + 0.5*(5/3.)/5}, -1.25},
		{"adamax follows a size that decays", func(step int, p []Parameter) {
			p[0].Gradient[0] /= float32(step * step) // 3 and -1
			Adamax{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.75, Epsilon: 1, Step: step}.Update(p)
		}, 0, []float64{1 - 0.5*3/4., 0.625 - 0.5*(0.25/0.75)/3}, 0.25},
		{"adamax with decay", func(step int, p []Parameter) {
			Adamax{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.5, Epsilon: 1, Step: step}.Update(p)
		}, 2,
			// Gradients of 5 and -4 + 7/6 = -17/6, sizes of 6 and 23/6.
			[]float64{1 - 0.5*5/6., 7/12. + 0.5*(1/6./0.75)/(23/6.)}, 1.25 - 17/12.},
		{"adagrad", func(_ int, p []Parameter) { Adagrad{LearningRate: 0.5, Epsilon: 1}.Update(p) }, 0,
			[]float64{1 - 0.5*3/4., 0.625 + 0.5*4/6.}, 25},
		{"adagrad with decay", func(_ int, p []Parameter) { Adagrad{LearningRate: 0.5, Epsilon: 1}.Update(p) }, 2,
			[]float64{1 - 0.5*5/6., 7/12. + 0.5*(17/6.)/(1+math.Sqrt(25+289/36.))}, 25 + 289/36.},
		{"momentum", func(_ int, p []Parameter) { SGD{LearningRate: 0.25, Momentum: 0.5}.Update(p) }, 0,
			[]float64{0.25, 0.25 + 0.25*2.5}, -2.5},
		{"momentum with decay", func(_ int, p []Parameter) { SGD{LearningRate: 0.25, Momentum: 0.5}.Update(p) }, 1,
			[]float64{0, 0.5}, -2},
		{"sgd", func(_ int, p []Parameter) { SGD{LearningRate: 0.25}.Update(p) }, 0, []float64{0.25, 1.25}, 0},
		{"sgd with decay", func(_ int, p []Parameter) { SGD{LearningRate: 0.25}.Update(p) }, 1, []float64{0, 1}, 0},
		{"sgd clipped", func(_ int, p []Parameter) { SGD{LearningRate: 0.25, Clip: 2}.Update(p) }, 0,
			[]float64{1 - 0.25*6/(3+1e-6), 0.50000016666661 + 0.25*8/(4+1e-6)}, 0},
		{"adamw", func(step int, p []Parameter) {
			Adam{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.75, Epsilon: 1, Step: step, Decoupled: true}.Update(p)
		}, 0.5,
			// The moments are 1.5 and 9/4, corrected 3 and 9; then -5/4 and 91/16, corrected -5/3 and 13.
			[]float64{0.75 - 0.5*3/4., 0.375*0.75 + 0.5*(5/3.)/(math.Sqrt(13)+1)}, -1.25},
		{"adamw at rate 0", func(step int, p []Parameter) {
			Adam{Beta1: 0.5, Beta2: 0.75, Epsilon: 1, Step: step, Decoupled: true}.Update(p)
		}, 0.5, []float64{1, 1}, -1.25},
		{"adam with decay", func(step int, p []Parameter) {
			Adam{LearningRate: 0.5, Beta1: 0.5, Beta2: 0.75, Epsilon: 1, Step: step}.Update(p)
		}, 2,
			// Gradients of 5 and -4 + 7/6 = -17/6.
			[]float64{1 - 0.5*5/6., 7/12. - 0.5*((1.25-17/12.)/0.75)/(1+math.Sqrt((0.75*25/4+289/144.)/(7/16.)))}, 1.25 - 17/12.},
	} {
		p, first := []float32{1}, []float32{0}
		params := []Parameter{{p, nil, first, []float32{0}, c.decay}}
		for i, g := range []float32{3, -4} {
			params[0].Gradient = []float32{g}
			c.update(i+1, params)
			if !(math.Abs(float64(p[0])-c.p[i]) <= 4*ulp) {
				t.Errorf("%s: parameter is %.9g after step %d, want %.9g", c.name, p[0], i+1, c.p[i])
			}
		}
		if !(math.Abs(float64(first[0])-c.first) <= 4*ulp*math.Abs(c.first)+2*ulp) {
			t.Errorf("%s: state is %.9g, want %.9g", c.name, first[0], c.first)
		}
	}
}

// What cannot change anything must not: neither a decay of zero, nor a limit
// beyond the norm, nor the kernels that reckon with them.
func TestNeutralExtrasKeepTheBitsOfAdam(t *testing.T) {
	eachPath(t, testNeutralExtrasKeepTheBitsOfAdam)
}

func testNeutralExtrasKeepTheBitsOfAdam(t *testing.T) {
	const n = fewestElements + 37
	run := func(step func(p *Parameter, a Adam)) []float32 {
		p := Parameter{slices.Clone(randomSlice(t, n, 1)), randomSlice(t, n, 2), make([]float32, n), make([]float32, n), 0}
		for i := range 3 {
			step(&p, Adam{LearningRate: 1e-3, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8, Step: i + 1})
		}
		return slices.Concat(p.Param, p.First, p.Second)
	}
	want := run(func(p *Parameter, a Adam) { a.Update([]Parameter{*p}) })
	for name, got := range map[string][]float32{
		"a limit beyond the norm":   run(func(p *Parameter, a Adam) { a.Clip = 1e6; a.Update([]Parameter{*p}) }),
		"decoupled decay of zero":   run(func(p *Parameter, a Adam) { a.Decoupled = true; a.Update([]Parameter{*p}) }),
		"the kernel with a neutral": run(neutralAdam),
	} {
		if !slices.Equal(got, want) {
			t.Errorf("%s gives other bits than plain Adam", name)
		}
	}
}

func neutralAdam(p *Parameter, a Adam) {
	c := a.constants()
	adamAdjustedStep(p.Param, p.Gradient, p.First, p.Second, &c, adjustment{1, 0, 1})
}

// The portable path rounds every operation of an update as the vectors do.
func TestOptimizersSameBitsOnAllPaths(t *testing.T) {
	for _, n := range widths() {
		var first map[string][]float32
		eachPath(t, func(t *testing.T) {
			got := optimizerResults(t, n)
			if first == nil {
				first = got
			}
			for name, want := range first {
				if !slices.Equal(got[name], want) {
					t.Fatalf("%s, n=%d: other bits than on %s", name, n, Paths()[0])
				}
			}
		})
	}
}

// optimizerResults are three steps of every optimizer on two parameters, with and
// without clipping.
func optimizerResults(t *testing.T, n int) map[string][]float32 {
	all := map[string][]float32{}
	for _, o := range optimizers {
		for _, clip := range []float64{0, 0.5} {
			params := []Parameter{
				{randomSlice(t, n, 1), randomSlice(t, n, 2), make([]float32, n), make([]float32, n), 0},
				{randomSlice(t, 2*n, 3), randomSlice(t, 2*n, 4), make([]float32, 2*n), make([]float32, 2*n), 0.3},
			}
			for step := range 3 {
				o.update(step+1, clip, params)
			}
			for i, p := range params {
				all[fmt.Sprint(o.name, " clip ", clip, " parameter ", i)] = slices.Concat(p.Param, p.First, p.Second)
			}
		}
	}
	return all
}

func TestOptimizersSameBitsForAnyThreadCount(t *testing.T) {
	eachPath(t, testOptimizersSameBitsForAnyThreadCount)
}

func testOptimizersSameBitsForAnyThreadCount(t *testing.T) {
	sameForAnyThreadCount(t, "Update", func() [][]float32 {
		var all [][]float32
		results := optimizerResults(t, fewestElements+11)
		for _, o := range optimizers {
			for _, clip := range []float64{0, 0.5} {
				for i := range 2 {
					all = append(all, results[fmt.Sprint(o.name, " clip ", clip, " parameter ", i)])
				}
			}
		}
		return all
	})
}

// Every optimizer must show a gradient that is no number in the parameter.
func TestOptimizersCarryNaN(t *testing.T) { eachPath(t, testOptimizersCarryNaN) }

func testOptimizersCarryNaN(t *testing.T) {
	for _, o := range optimizers {
		for _, decay := range []float64{0, 0.5} {
			p := []Parameter{{[]float32{1, 1}, []float32{float32(math.NaN()), 1}, make([]float32, 2), make([]float32, 2), decay}}
			o.update(1, 0, p)
			if p[0].Param[0] == p[0].Param[0] || !(p[0].Param[1] < 1) {
				t.Errorf("%s: gradients of NaN and 1 give %v", o.name, p[0].Param)
			}
		}
	}
}
