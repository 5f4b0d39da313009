package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The functions of which activations and likelihoods are made, over vectors.

// exponent reduces x to 2^n and p = exp(x - n ln 2) - 1, so that
// exp x = 2^n + 2^n p and exp x - 1 = 2^n p + (2^n - 1), each without
// cancellation. It serves positive x too, up to 88. Below ln 2^-126, where exp x
// has no normal float32, 2^n is 0, and NaN stays NaN.
func (e *emitter) exponent(x reg.VecVirtual) (scale, p reg.VecVirtual) {
	bounded := e.vec()
	low := e.set(leastExponent)
	VMAXPS(x, low, bounded) // the second operand, x, where it is NaN
	n := e.round(e.mul(bounded, number(1/math.Ln2)))
	r := e.nmadd(n, number(ln2High), bounded)
	r = e.nmadd(n, number(math.Ln2-ln2High), r)
	// exp r - 1 = r + r^2 (1/2 + r/6 + ...), |r| <= ln 2 / 2: the Taylor terms up to
	// r^7 leave an error below 2^-27 of the whole.
	q := e.polynomial(r, 1./2, 1./6, 1./24, 1./120, 1./720, 1./5040)
	p = e.madd(e.mul(r, r), q, r)
	return e.notLess(x, low, e.powerOfTwo(n)), p
}

// leastExponent is ln 2^-126, rounded towards 0.
const leastExponent = -87.33654

// notLess gives v in the lanes where x >= y, and 0 elsewhere.
func (e *emitter) notLess(x, y, v reg.VecVirtual) reg.VecVirtual {
	const greaterOrEqual = 29
	r := e.vec()
	if e.wide {
		k := K()
		VCMPPS(Imm(greaterOrEqual), y, x, k)
		VMOVAPS_Z(v, k, r)
		return r
	}
	VCMPPS(Imm(greaterOrEqual), y, x, r)
	VANDPS(v, r, r)
	return r
}

// ln2High is ln 2 in so few bits that its product with a whole number up to 128
// is exact.
const ln2High = 0.693145751953125

func (e *emitter) exp(x reg.VecVirtual) reg.VecVirtual {
	scale, p := e.exponent(x)
	return e.madd(scale, p, scale)
}

// expMinus1 is exp x - 1 for x <= 0.
func (e *emitter) expMinus1(x reg.VecVirtual) reg.VecVirtual {
	scale, p := e.exponent(x)
	return e.madd(scale, p, e.sub(scale, number(1)))
}

// log1p is log(1 + y) for 0 <= y <= 1, as 2 artanh(s) with s = y / (2 + y).
func (e *emitter) log1p(y reg.VecVirtual) reg.VecVirtual {
	s := e.div(y, e.add(y, number(2)))
	z := e.mul(s, s)
	// s <= 1/3: the terms up to z^7 leave an error below 2^-27 of the whole.
	q := e.polynomial(z, 2./3, 2./5, 2./7, 2./9, 2./11, 2./13, 2./15)
	return e.madd(e.mul(s, z), q, e.add(s, s))
}

// sigmoid is 1/(1+e) or e/(1+e) with e = exp(-|x|), which it returns too.
func (e *emitter) sigmoid(x reg.VecVirtual) (p, small reg.VecVirtual) {
	small = e.exp(e.negativeAbs(x))
	one := e.set(1)
	return e.div(e.choose(x, one, small), e.add(one, small)), small
}

// softplus is max(x, 0) + log(1 + exp(-|x|)); NaN stays NaN.
func (e *emitter) softplus(x reg.VecVirtual) reg.VecVirtual {
	tail := e.log1p(e.exp(e.negativeAbs(x)))
	zero := e.set(0)
	return e.add(tail, e.max(zero, x))
}

// tanh is -t / (2 + t) with t = exp(-2|x|) - 1, and the sign of x.
func (e *emitter) tanh(x reg.VecVirtual) reg.VecVirtual {
	minus := e.negativeAbs(x)
	t := e.expMinus1(e.add(minus, minus))
	size := e.div(t, e.add(t, number(2))) // negative or zero
	return e.or(e.and(x, bits(signBit)), e.abs(size))
}

// normal is the standard normal distribution function Phi(x), and exp(-x^2/2).
// Phi is 1 - h or, on the left, h, with h = t (a1 + a2 t + ... + a5 t^4) exp(-x^2/2) / 2
// and t = 1 / (1 + p |x| / sqrt 2): Abramowitz and Stegun 1964, formula 7.1.26, with an
// error of 0.75e-7 before rounding.
func (e *emitter) normal(x reg.VecVirtual) (cdf, bell reg.VecVirtual) {
	bell = e.exp(e.mul(e.mul(x, number(-0.5)), x))
	size := e.mul(e.abs(x), number(0.3275911/math.Sqrt2))
	t := e.div(e.set(1), e.add(size, number(1)))
	sum := e.polynomial(t, 0.254829592/2, -0.284496736/2, 1.421413741/2, -1.453152027/2, 1.061405429/2)
	h := e.mul(e.mul(sum, t), bell)
	return e.choose(x, e.sub(e.set(1), h), h), bell
}
