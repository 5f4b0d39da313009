package main

import (
	"github.com/mmcloughlin/avo/reg"
)

// The updates of the optimizers. Every operation is rounded by itself, and
// denormal numbers are taken for zero: a moment that decays ends there.

func optimizerKernels() []elementwise {
	return []elementwise{adamAdjusted(), adamax(), adagrad(), momentum(), sgd(), average(), squares()}
}

// scalars are the constants of a kernel, broadcast once.
type scalars map[string]reg.VecVirtual

func (c scalars) prepare(names []string) func(e *emitter) {
	return func(e *emitter) {
		for _, name := range names {
			c[name] = e.broadcast(name)
		}
	}
}

var adamScalars = []string{"beta1", "gain1", "beta2", "gain2", "rate", "scale", "epsilon"}

// adamStep moves the moments by a gradient and returns how far the parameter is
// to move.
func adamStep(e *emitter, at registers, c scalars, g reg.VecVirtual) reg.VecVirtual {
	m := e.add(e.mul(e.load(at["first"]), c["beta1"]), e.mul(g, c["gain1"]))
	e.store(m, at["first"])
	v := e.add(e.mul(e.load(at["second"]), c["beta2"]), e.mul(e.mul(g, g), c["gain2"]))
	e.store(v, at["second"])
	return e.div(e.mul(m, c["rate"]), e.add(e.mul(e.sqrt(v), c["scale"]), c["epsilon"]))
}

func adam() elementwise {
	c := scalars{}
	return elementwise{
		name: "adam", arrays: []string{"param", "gradient", "first", "second"}, flush: true, scalars: adamScalars,
		doc: []string{"does one step of Adam for j in [0, n), every operation rounded by itself and", "denormal numbers taken for zero:", "",
			"\tfirst = beta1 first + gain1 gradient", "\tsecond = beta2 second + gain2 (gradient gradient)", "\tparam = param - rate first / (scale sqrt second + epsilon)"},
		prepare: c.prepare(adamScalars),
		body: func(e *emitter, at registers) {
			step := adamStep(e, at, c, e.load(at["gradient"]))
			e.store(e.sub(e.load(at["param"]), step), at["param"])
		},
	}
}

// adjustedGradient is the gradient, clipped and with weight decay.
func adjustedGradient(e *emitter, at registers, c scalars, param reg.VecVirtual) reg.VecVirtual {
	return e.add(e.mul(e.load(at["gradient"]), c["factor"]), e.mul(param, c["decay"]))
}

func adamAdjusted() elementwise {
	c, names := scalars{}, append([]string{"factor", "decay", "keep"}, adamScalars...)
	return elementwise{
		name: "adamAdjusted", arrays: []string{"param", "gradient", "first", "second"}, flush: true, scalars: names,
		doc: []string{"does one step of Adam for j in [0, n), every operation rounded by", "itself and denormal numbers taken for zero:", "",
			"\tg = factor gradient + decay param", "\tfirst = beta1 first + gain1 g", "\tsecond = beta2 second + gain2 (g g)",
			"\tparam = keep param - rate first / (scale sqrt second + epsilon)"},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			step := adamStep(e, at, c, adjustedGradient(e, at, c, e.load(at["param"])))
			e.store(e.sub(e.mul(e.load(at["param"]), c["keep"]), step), at["param"])
		},
	}
}

func adamax() elementwise {
	c, names := scalars{}, []string{"factor", "decay", "beta1", "gain1", "beta2", "rate", "epsilon"}
	return elementwise{
		name: "adamax", arrays: []string{"param", "gradient", "first", "norm"}, flush: true, scalars: names,
		doc: []string{"does one step of Adamax for j in [0, n), every operation rounded by itself and", "denormal numbers taken for zero:", "",
			"\tg = factor gradient + decay param", "\tfirst = beta1 first + gain1 g", "\tnorm = max(beta2 norm, |g| + epsilon), of which the second where it is NaN",
			"\tparam = param - rate first / norm"},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			p := e.load(at["param"])
			g := adjustedGradient(e, at, c, p)
			m := e.add(e.mul(e.load(at["first"]), c["beta1"]), e.mul(g, c["gain1"]))
			e.store(m, at["first"])
			norm := e.max(e.mul(e.load(at["norm"]), c["beta2"]), e.add(e.abs(g), c["epsilon"]))
			e.store(norm, at["norm"])
			e.store(e.sub(p, e.div(e.mul(m, c["rate"]), norm)), at["param"])
		},
	}
}

func adagrad() elementwise {
	c, names := scalars{}, []string{"factor", "decay", "rate", "epsilon"}
	return elementwise{
		name: "adagrad", arrays: []string{"param", "gradient", "sum"}, flush: true, scalars: names,
		doc: []string{"does one step of Adagrad for j in [0, n), every operation rounded by itself", "and denormal numbers taken for zero:", "",
			"\tg = factor gradient + decay param", "\tsum = sum + g g", "\tparam = param - rate g / (sqrt sum + epsilon)"},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			p := e.load(at["param"])
			g := adjustedGradient(e, at, c, p)
			sum := e.add(e.load(at["sum"]), e.mul(g, g))
			e.store(sum, at["sum"])
			step := e.div(e.mul(g, c["rate"]), e.add(e.sqrt(sum), c["epsilon"]))
			e.store(e.sub(p, step), at["param"])
		},
	}
}

func momentum() elementwise {
	c, names := scalars{}, []string{"factor", "decay", "momentum", "rate"}
	return elementwise{
		name: "momentum", arrays: []string{"param", "gradient", "velocity"}, flush: true, scalars: names,
		doc: []string{"does one step of gradient descent with momentum for j in [0, n), every", "operation rounded by itself and denormal numbers taken for zero:", "",
			"\tg = factor gradient + decay param", "\tvelocity = momentum velocity + g", "\tparam = param - rate velocity"},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			p := e.load(at["param"])
			g := adjustedGradient(e, at, c, p)
			v := e.add(e.mul(e.load(at["velocity"]), c["momentum"]), g)
			e.store(v, at["velocity"])
			e.store(e.sub(p, e.mul(v, c["rate"])), at["param"])
		},
	}
}

func sgd() elementwise {
	c, names := scalars{}, []string{"factor", "decay", "rate"}
	return elementwise{
		name: "sgd", arrays: []string{"param", "gradient"}, flush: true, scalars: names,
		doc: []string{"does one step of gradient descent for j in [0, n), every operation rounded by", "itself and denormal numbers taken for zero:", "",
			"\tg = factor gradient + decay param", "\tparam = param - rate g"},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			p := e.load(at["param"])
			e.store(e.sub(p, e.mul(adjustedGradient(e, at, c, p), c["rate"])), at["param"])
		},
	}
}

func average() elementwise {
	c, names := scalars{}, []string{"keep", "gain"}
	return elementwise{
		name: "average", arrays: []string{"mean", "value"}, flush: true, scalars: names,
		doc:     []string{"does mean = keep mean + gain value for j in [0, n), every operation rounded by", "itself and denormal numbers taken for zero."},
		prepare: c.prepare(names),
		body: func(e *emitter, at registers) {
			e.store(e.add(e.mul(e.load(at["mean"]), c["keep"]), e.mul(e.load(at["value"]), c["gain"])), at["mean"])
		},
	}
}

// squares works on four arrays at once, since one sum after the other would wait for
// each addition.
func squares() elementwise {
	arrays := []string{"a", "b", "c", "d"}
	return elementwise{
		name: "squares", arrays: arrays, flush: true, sums: len(arrays),
		doc: []string{"adds up a[j]^2 in float64 for j in [0, n) in eight sums, that of j % 8 in rising", "order, then b[j]^2, c[j]^2 and d[j]^2 in eight each. Denormal numbers are taken", "for zero."},
		body: func(e *emitter, at registers) {
			for set, name := range arrays {
				e.accumulateSquares(e.load(at[name]), set)
			}
		},
	}
}
