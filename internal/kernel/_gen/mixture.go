package main

import (
	"math"

	"github.com/mmcloughlin/avo/reg"
)

// The kernels of likelihoods of levels. The parameters of a mixture lie in planes: one array for
// each parameter, an element for each pixel.

func mixtureKernels() []elementwise {
	return []elementwise{
		logistic(),
		rising(),
		clippedMean(),
		{
			name: "maximum", arrays: []string{"most", "x"},
			doc: []string{"sets most[j] to the greater of most[j] and x[j] for j in [0, n), x[j] where either is NaN."},
			body: func(e *emitter, at registers) {
				e.store(e.max(e.load(at["most"]), e.load(at["x"])), at["most"])
			},
		},
		{
			name: "expSum", arrays: []string{"y", "sum", "x", "most"},
			doc: []string{"sets y[j] = exp(x[j] - most[j]) for j in [0, n), and adds it to sum[j]. x[j] is at most most[j]."},
			body: func(e *emitter, at registers) {
				y := e.exp(e.sub(e.load(at["x"]), e.load(at["most"])))
				e.store(y, at["y"])
				e.store(e.add(y, e.load(at["sum"])), at["sum"])
			},
		},
		{
			name: "logSum", arrays: []string{"most", "sum"},
			doc: []string{"adds log sum[j] to most[j], and makes sum[j] its inverse, for j in [0, n)."},
			body: func(e *emitter, at registers) {
				sum, most := e.load(at["sum"]), e.load(at["most"])
				// sum - sum is 0, or NaN, which log2 does not know.
				log := e.add(e.mul(e.log2(sum), number(math.Ln2)), e.sub(sum, sum))
				e.store(e.add(most, log), at["most"])
				e.store(e.div(e.set(1), sum), at["sum"])
			},
		},
		{
			name: "weigh", arrays: []string{"y", "w"},
			doc: []string{"multiplies y[j] by w[j] for j in [0, n)."},
			body: func(e *emitter, at registers) {
				e.store(e.mul(e.load(at["y"]), e.load(at["w"])), at["y"])
			},
		},
		{
			name: "addProduct", arrays: []string{"y", "a", "b"},
			doc: []string{"adds a[j] b[j] to y[j] for j in [0, n)."},
			body: func(e *emitter, at registers) {
				e.store(e.madd(e.load(at["a"]), e.load(at["b"]), e.load(at["y"])), at["y"])
			},
		},
		{
			name: "tanhProduct", arrays: []string{"dt", "t", "dy", "x"},
			doc: []string{"sets dt[j] = dy[j] x[j] (1 - t[j] t[j]) for j in [0, n)."},
			body: func(e *emitter, at registers) {
				t := e.load(at["t"])
				e.store(e.mul(e.mul(e.load(at["dy"]), e.load(at["x"])), e.nmadd(t, t, e.set(1))), at["dt"])
			},
		},
	}
}

// rising is log (x)_k = log Gamma(x+k) - log Gamma(x) and its derivative by x. With four factors P(x) = x (x+1) (x+2) (x+3) and
// y = x + 4, z = y + k it is, by Stirling's series S beyond its main terms,
//
//	log(P(x) / P(x+k)) + (y - 1/2) log(1 + k/y) + k (log z - 1) + S(z) - S(y)
//
// of which k (log n - 1) is left out, so that it stays small.
func rising() elementwise {
	return elementwise{
		name: "rising", arrays: []string{"value", "derivative", "x", "k"}, scalars: []string{"inverse"},
		doc: []string{"sets value[j], for j in [0, n), to", "", "	log Gamma(x[j]+k[j]) - log Gamma(x[j]) + k[j] (1 + log inverse)", "",
			"and derivative[j] to its derivative by x[j] times x[j], for x[j] > 0 and k[j] >= 0, both below 2^20."},
		body: func(e *emitter, at registers) {
			shifted := func() (y, z reg.VecVirtual) {
				y = e.add(e.load(at["x"]), number(4))
				return y, e.add(y, e.load(at["k"]))
			}
			// the shift
			p, slope := e.factors(e.load(at["x"]))
			q, other := e.factors(e.add(e.load(at["x"]), e.load(at["k"])))
			e.store(e.sub(e.div(slope, p), e.div(other, q)), at["derivative"])
			e.store(e.mul(e.log2(e.div(p, q)), number(math.Ln2)), at["value"])
			// log(1 + u) of u = k/y: log w u/(w - 1) with w = 1 + u, which takes the rounding of w out; u where w is 1
			y, _ := shifted()
			u := e.div(e.load(at["k"]), y)
			w := e.add(u, number(1))
			off := e.sub(w, number(1))
			ratio := e.div(e.mul(e.mul(e.log2(w), number(math.Ln2)), u), off)
			log := e.choosePositive(off, ratio, u)
			y, _ = shifted()
			e.store(e.add(e.load(at["derivative"]), log), at["derivative"])
			e.store(e.add(e.load(at["value"]), e.mul(e.add(y, number(-0.5)), log)), at["value"])
			_, z := shifted()
			log = e.mul(e.mul(e.log2(e.mul(z, e.broadcast("inverse"))), number(math.Ln2)), e.load(at["k"]))
			e.store(e.add(e.load(at["value"]), log), at["value"])
			_, z = shifted()
			series, dseries := e.stirling(z)
			e.store(e.add(e.load(at["value"]), series), at["value"])
			e.store(e.add(e.load(at["derivative"]), dseries), at["derivative"])
			y, _ = shifted()
			series, dseries = e.stirling(y)
			e.store(e.sub(e.load(at["value"]), series), at["value"])
			e.store(e.mul(e.sub(e.load(at["derivative"]), dseries), e.load(at["x"])), at["derivative"])
		},
	}
}

// clippedMean is that of logistic distributions, as logistic has them: the integral of the probability to be above, from 0 to top, over top,
// (softplus(mean rate) - softplus((mean - top) rate)) / (rate top).
func clippedMean() elementwise {
	return elementwise{
		name: "clippedMean", arrays: []string{"y", "mean", "scale"}, scalars: []string{"top", "factor", "shift", "offset", "least", "most"},
		doc: []string{"sets y[j], for j in [0, n), to the mean of a logistic distribution clipped to 0 and top,", "as a part of top. Its mean is mean[j] factor + shift, the logarithm of its scale",
			"min(max(scale[j], least), most) + offset."},
		body: func(e *emitter, at registers) {
			mean := func() reg.VecVirtual { return e.madd(e.load(at["mean"]), e.broadcast("factor"), e.broadcast("shift")) }
			rate := e.rate(at["scale"])
			high := e.softplus(e.mul(mean(), rate))
			low := e.softplus(e.mul(e.sub(mean(), e.broadcast("top")), rate))
			e.store(e.div(e.sub(high, low), e.mul(rate, e.broadcast("top"))), at["y"])
		},
	}
}

// factors are x (x+1) (x+2) (x+3) = t (t + 2) with t = x (x+3), and its derivative (2 x + 3) (2 t + 2).
func (e *emitter) factors(x reg.VecVirtual) (p, slope reg.VecVirtual) {
	t := e.mul(x, e.add(x, number(3)))
	more := e.add(t, number(2))
	return e.mul(t, more), e.mul(e.add(e.add(x, x), number(3)), e.add(t, more))
}

// stirling is what log Gamma(x) has besides (x - 1/2) log x - x + log(2 pi)/2, for x >= 4, and what its derivative has besides log x.
func (e *emitter) stirling(x reg.VecVirtual) (log, derivative reg.VecVirtual) {
	r := e.div(e.set(1), x)
	s := e.mul(r, r)
	log = e.mul(e.polynomial(s, 1./12, -1./360, 1./1260, -1./1680, 1./1188), r)
	derivative = e.mul(e.polynomial(s, -1./12, 1./120, -1./252, 1./240), s)
	return log, e.nmadd(r, number(0.5), derivative)
}

// logistic is that of discretized logistic distributions. With rate = exp(-scale), bin k between
// a = (k + 1/2 - mean) rate and b = (k - 1/2 - mean) rate,
//
//	log P = log(1 - exp(-rate)) - softplus(-a) - softplus(b)
//
// of which nothing cancels; the lowest bin lacks b, the highest a, and both the first term.
func logistic() elementwise {
	return elementwise{
		name: "logistic", arrays: []string{"term", "dmean", "dscale", "mean", "scale", "x"}, scalars: []string{"top", "factor", "shift", "offset", "least", "most"},
		doc: []string{"adds to term[j], for j in [0, n), the logarithm of the mass of a logistic",
			"distribution in the bin k = round(x[j] top), between k - 1/2 and k + 1/2, of which the bins", "0 and top are open. Its mean is mean[j] factor + shift, the logarithm of its scale",
			"min(max(scale[j], least), most) + offset. dmean[j] and dscale[j] are the derivatives of what is", "taken from term[j] with respect to mean[j] and scale[j], of which the last is 0 below least", "and above most."},
		body: func(e *emitter, at registers) {
			rate := e.rate(at["scale"])
			minusA := e.xor(e.mul(e.add(e.fromMean(at), number(0.5)), rate), bits(signBit))
			p, nll := e.sigmoidAndSoftplus(minusA, func() reg.VecVirtual { return e.belowTop(at["x"]) })
			e.store(p, at["dmean"])
			e.store(e.xor(e.mul(minusA, p), bits(signBit)), at["dscale"])
			e.store(e.sub(e.load(at["term"]), nll), at["term"])
			b := e.mul(e.add(e.fromMean(at), number(-0.5)), rate)
			p, nll = e.sigmoidAndSoftplus(b, func() reg.VecVirtual { return e.level(at["x"]) })
			e.store(e.mul(e.mul(e.sub(e.load(at["dmean"]), p), rate), e.broadcast("factor")), at["dmean"])
			dscale := e.nmadd(b, p, e.load(at["dscale"]))
			e.store(e.sub(e.load(at["term"]), nll), at["term"])
			width := e.xor(e.expMinus1(e.xor(rate, bits(signBit))), bits(signBit)) // 1 - exp(-rate)
			inner := e.div(e.mul(rate, e.sub(e.set(1), width)), width)
			dscale = e.add(dscale, e.inside(at["x"], inner))
			dscale = e.notLess(e.load(at["scale"]), e.broadcast("least"), dscale)
			e.store(e.notLess(e.broadcast("most"), e.load(at["scale"]), dscale), at["dscale"])
			inner = e.inside(at["x"], e.mul(e.log2(width), number(math.Ln2)))
			e.store(e.add(e.load(at["term"]), inner), at["term"])
		},
	}
}

// level is the bin of x, computed anew where it is needed: AVX2 has too few registers to keep it.
func (e *emitter) level(x reg.Register) reg.VecVirtual {
	return e.round(e.mul(e.load(x), e.broadcast("top")))
}

// belowTop is how many bins there are above that of x.
func (e *emitter) belowTop(x reg.Register) reg.VecVirtual {
	return e.sub(e.broadcast("top"), e.level(x))
}

// inside gives v where the bin of x is not open.
func (e *emitter) inside(x reg.Register, v reg.VecVirtual) reg.VecVirtual {
	return e.above(e.level(x), e.above(e.belowTop(x), v))
}

// fromMean is the distance of the bin of x from the mean, rounded once where the shift is exact.
func (e *emitter) fromMean(at registers) reg.VecVirtual {
	return e.nmadd(e.load(at["mean"]), e.broadcast("factor"), e.sub(e.level(at["x"]), e.broadcast("shift")))
}

// rate is the inverse of a scale whose logarithm is bounded and shifted.
func (e *emitter) rate(scale reg.Register) reg.VecVirtual {
	log := e.add(e.min(e.broadcast("most"), e.max(e.broadcast("least"), e.load(scale))), e.broadcast("offset"))
	return e.exp(e.xor(log, bits(signBit)))
}

// sigmoidAndSoftplus are both where s > 0 or s is NaN, and 0 elsewhere.
func (e *emitter) sigmoidAndSoftplus(x reg.VecVirtual, s func() reg.VecVirtual) (p, plus reg.VecVirtual) {
	p, small := e.sigmoid(x)
	plus = e.add(e.log1p(small), e.max(e.zeroVector(), x))
	where := s()
	return e.above(where, p), e.above(where, plus)
}
