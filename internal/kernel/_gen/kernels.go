package main

import (
	"math"

	"github.com/mmcloughlin/avo/reg"
)

type registers = map[string]reg.Register

type activation struct {
	name       string
	apply      func(e *emitter, x reg.VecVirtual) reg.VecVirtual
	derivative func(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual
	doc        string
	docGrad    string
	ofInput    bool
}

// activations are emitted as the function, applied to y + bias row by row, and
// as its derivative in terms of the output; those ofInput as the function alone too, and
// as its derivative in terms of the input; and all within a normalization.
var activations = []activation{
	{"Linear", func(_ *emitter, x reg.VecVirtual) reg.VecVirtual { return x }, nil, "x", "", false},
	{"ReLU", relu, reluDerivative, "0 where x < 0, else x", "0 where y <= 0, else dy", false},
	{"LeakyReLU", leakyReLU, leakyReLUDerivative, "0.01 x where x < 0, else x", "0.01 dy where y <= 0, else dy", false},
	{"Tanh", (*emitter).tanh, tanhDerivative, "tanh x", "dy (1 - y y)", false},
	{"Sigmoid", sigmoid, sigmoidDerivative, "1 / (1 + exp(-x))", "dy y (1 - y)", false},
	{"Softplus", (*emitter).softplus, softplusDerivative, "log(1 + exp x)", "-dy (exp(-y) - 1)", false},
	{"ELU", elu, eluDerivative, "exp x - 1 where x < 0, else x", "dy (y + 1) where y <= 0, else dy", false},
	{"SiLU", silu, siluDerivative, "x / (1 + exp(-x))", "dy s (1 + x (1 - s)), s = 1 / (1 + exp(-x))", true},
	{"GELU", gelu, geluDerivative, "x Phi(x), Phi the standard normal distribution", "dy (Phi(x) + x phi(x)), phi the standard normal density", true},
}

// relu keeps NaN and the sign of zero out of the way: max gives x for NaN.
func relu(e *emitter, x reg.VecVirtual) reg.VecVirtual { return e.max(e.set(0), x) }

func reluDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual { return e.above(y, dy) }

func leakyReLU(e *emitter, x reg.VecVirtual) reg.VecVirtual {
	return e.choose(x, x, e.mul(x, number(0.01)))
}

func leakyReLUDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual {
	small := e.mul(dy, number(0.01))
	return e.choosePositive(y, dy, small)
}

func tanhDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual {
	return e.mul(dy, e.nmadd(y, y, e.set(1)))
}

func sigmoid(e *emitter, x reg.VecVirtual) reg.VecVirtual {
	p, _ := e.sigmoid(x)
	return p
}

func sigmoidDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual {
	return e.mul(e.mul(dy, y), e.sub(e.set(1), y))
}

func softplusDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual {
	return e.mul(e.expMinus1(e.xor(y, bits(signBit))), e.xor(dy, bits(signBit)))
}

func elu(e *emitter, x reg.VecVirtual) reg.VecVirtual {
	zero := e.set(0)
	return e.choose(x, x, e.expMinus1(e.min(zero, x)))
}

func eluDerivative(e *emitter, dy, y reg.VecVirtual) reg.VecVirtual {
	return e.choosePositive(y, dy, e.mul(dy, e.add(y, number(1))))
}

func silu(e *emitter, x reg.VecVirtual) reg.VecVirtual { return e.mul(sigmoid(e, x), x) }

func siluDerivative(e *emitter, dy, x reg.VecVirtual) reg.VecVirtual {
	s := sigmoid(e, x)
	rest := e.mul(x, e.sub(e.set(1), s))
	return e.mul(e.mul(dy, s), e.add(rest, number(1)))
}

func gelu(e *emitter, x reg.VecVirtual) reg.VecVirtual {
	cdf, _ := e.normal(x)
	return e.mul(cdf, x)
}

func geluDerivative(e *emitter, dy, x reg.VecVirtual) reg.VecVirtual {
	cdf, bell := e.normal(x)
	slope := e.madd(e.mul(bell, number(1/math.Sqrt(2*math.Pi))), x, cdf)
	return e.mul(dy, slope)
}

func elementwiseKernels() []elementwise {
	var all []elementwise
	for _, a := range activations {
		all = append(all, elementwise{
			name: "bias" + a.name, arrays: []string{"y", "bias"}, rows: true, steps: []string{"y"},
			doc: []string{"replaces the elements of each row y [n] by act(y + bias), where act x is " + a.doc + ".", "The step from row to row is in bytes."},
			body: func(e *emitter, at registers) {
				e.store(a.apply(e, e.add(e.load(at["y"]), e.load(at["bias"]))), at["y"])
			},
		})
		if a.derivative == nil {
			continue
		}
		v, what := "y", "the output y"
		if a.ofInput {
			v, what = "x", "the input x"
			all = append(all, elementwise{
				name: "apply" + a.name, arrays: []string{"y", "x"},
				doc:  []string{"sets y [n] to act x, which is " + a.doc + "."},
				body: func(e *emitter, at registers) { e.store(a.apply(e, e.load(at["x"])), at["y"]) },
			})
		}
		all = append(all, elementwise{
			name: "gradient" + a.name, arrays: []string{"dz", "dy", v},
			doc: []string{"computes dz [n] from dy [n] and " + what + " [n] of the activation: " + a.docGrad + "."},
			body: func(e *emitter, at registers) {
				e.store(a.derivative(e, e.load(at["dy"]), e.load(at[v])), at["dz"])
			},
		})
	}
	all = append(all, bernoulli(), gaussian(), scale(), adam(), kl(), sigmoidKernel(), addRows())
	return append(all, optimizerKernels()...)
}

func bernoulli() elementwise {
	return elementwise{
		name: "bernoulli", arrays: []string{"residual", "logits", "x"}, sums: 1,
		doc: []string{"adds up, for j in [0, n),", "", "\tsoftplus(logits[j]) - x[j] logits[j]", "",
			"in eight sums, that of j % 8 in rising order, and sets residual[j] = sigmoid(logits[j]) - x[j]."},
		body: func(e *emitter, at registers) {
			l, x := e.load(at["logits"]), e.load(at["x"])
			p, small := e.sigmoid(l)
			e.store(e.sub(p, x), at["residual"])
			// max(l, 0) - x l is |l| times 1-x or x, which cancels nothing.
			weight := e.choose(l, e.sub(e.set(1), x), x)
			e.accumulate(e.madd(e.abs(l), weight, e.log1p(small)))
		},
	}
}

func gaussian() elementwise {
	var precision reg.VecVirtual
	return elementwise{
		name: "gaussian", arrays: []string{"residual", "mean", "x"}, scalars: []string{"precision"}, sums: 1,
		doc:     []string{"adds up (mean[j] - x[j])^2 for j in [0, n) in eight sums, that of j % 8 in", "rising order, and sets residual[j] = precision (mean[j] - x[j])."},
		prepare: func(e *emitter) { precision = e.broadcast("precision") },
		body: func(e *emitter, at registers) {
			d := e.sub(e.load(at["mean"]), e.load(at["x"]))
			e.store(e.mul(d, precision), at["residual"])
			e.accumulate(e.mul(d, d))
		},
	}
}

func scale() elementwise {
	var factor reg.VecVirtual
	return elementwise{
		name: "scale", arrays: []string{"dst", "src"}, flush: true, scalars: []string{"factor"},
		doc:     []string{"sets dst[j] = factor src[j] for j in [0, n), denormal numbers taken for zero."},
		prepare: func(e *emitter) { factor = e.broadcast("factor") },
		body:    func(e *emitter, at registers) { e.store(e.mul(e.load(at["src"]), factor), at["dst"]) },
	}
}

func sigmoidKernel() elementwise {
	return elementwise{
		name: "sigmoid", arrays: []string{"y", "x"},
		doc:  []string{"sets y[j] = 1 / (1 + exp(-x[j])) for j in [0, n)."},
		body: func(e *emitter, at registers) { e.store(sigmoid(e, e.load(at["x"])), at["y"]) },
	}
}

func kl() elementwise {
	return elementwise{
		name: "standardNormalKL", arrays: []string{"dmu", "dlogvar", "mu", "logvar"}, sums: 1,
		doc: []string{"adds up, for j in [0, n),", "", "\tmu[j]^2 + exp(logvar[j]) - 1 - logvar[j]", "",
			"in eight sums, that of j % 8 in rising order, and sets dmu[j] = mu[j] and", "dlogvar[j] = (exp(logvar[j]) - 1) / 2. logvar is at most 88."},
		body: func(e *emitter, at registers) {
			mu, logvar := e.load(at["mu"]), e.load(at["logvar"])
			e.store(mu, at["dmu"])
			excess := e.expMinus1(logvar)
			e.store(e.mul(excess, number(0.5)), at["dlogvar"])
			e.accumulate(e.madd(mu, mu, e.sub(excess, logvar)))
		},
	}
}

func addRows() elementwise {
	return elementwise{
		name: "addRows", arrays: []string{"sum", "row"}, rows: true, steps: []string{"row"},
		doc:  []string{"adds rows of n elements to sum [n], one after the other. The step from row", "to row is in bytes."},
		body: func(e *emitter, at registers) { e.store(e.add(e.load(at["sum"]), e.load(at["row"])), at["sum"]) },
	}
}
