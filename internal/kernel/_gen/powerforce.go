package main

import (
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// powerForce emits the kernel of UMAP's forces, with sixteen sums of each coordinate as the
// kernel of attraction has.
func powerForce(s isa) {
	name := "powerForce" + s.name
	TEXT(name, 4, "func(sum, point, places *float32, other *int32, n int, force *float32)")
	Doc(name+" is powerForcePortable of n neighbors, n a multiple of 16 and not 0. force is", "the PowerForce.")
	Pragma("noescape")
	e := &emitter{isa: s}
	sum, point, places, other, n, force, j := GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	Load(Param("sum"), sum)
	Load(Param("point"), point)
	Load(Param("places"), places)
	Load(Param("other"), other)
	Load(Param("n"), n)
	Load(Param("force"), force)
	var fx, fy []reg.VecVirtual
	for range attractionLanes / s.lanes {
		fx, fy = append(fx, e.zeroVector()), append(fy, e.zeroVector())
	}
	XORQ(j, j)
	Label("vector")
	for part := range fx {
		index := e.indices(Mem{Base: other, Index: j, Scale: 4, Disp: s.bytes() * part})
		dx := e.sub(e.every(point, 0), e.gather(places, 0, index))
		dy := e.sub(e.every(point, 4), e.gather(places, 4, index))
		c := e.powerFactor(e.madd(dx, dx, e.mul(dy, dy)), force)
		VADDPS(e.clipTo(e.mul(c, dx), force), fx[part], fx[part])
		VADDPS(e.clipTo(e.mul(c, dy), force), fy[part], fy[part])
	}
	ADDQ(Imm(attractionLanes), j)
	CMPQ(j, n)
	JLT(LabelRef("vector"))
	e.storeTotals(fx, fy, sum)
	VZEROUPPER()
	RET()
}

// The places of a PowerForce's numbers.
const (
	forceA = 4 * iota
	forceB
	forceConstant
	forceFactor
	forceLeast
	forceMost
)

// powerFactor is (constant + factor p) / ((least + square) (1 + a p)) with p = square^b.
func (e *emitter) powerFactor(square reg.VecVirtual, force reg.Register) reg.VecVirtual {
	square = e.max(square, number(leastSquare))
	p := e.exp2(e.mul(e.log2(square), e.every(force, forceB)))
	above := e.madd(e.every(force, forceFactor), p, e.every(force, forceConstant))
	below := e.mul(e.add(square, e.every(force, forceLeast)), e.madd(e.every(force, forceA), p, e.set(1)))
	return e.div(above, below)
}

const leastSquare = 1e-30

// clipTo keeps v within -most and most.
func (e *emitter) clipTo(v reg.VecVirtual, force reg.Register) reg.VecVirtual {
	most := e.every(force, forceMost)
	return e.max(e.min(v, most), e.xor(most, bits(signBit)))
}

// log2 of positive normal x = 2^n (1 + t), sqrt(1/2) <= 1 + t < sqrt(2), is n + t q(t), q a
// Chebyshev fit that leaves an error of 2e-7.
func (e *emitter) log2(x reg.VecVirtual) reg.VecVirtual {
	n, mantissa, r := e.vec(), e.vec(), e.vec()
	VPSUBD(bits(math.Float32bits(math.Sqrt2/2)), x, n)
	VPSRAD(Imm(23), n, n)
	VPSLLD(Imm(23), n, mantissa)
	VPSUBD(mantissa, x, mantissa)
	t := e.sub(mantissa, number(1))
	q := e.polynomial(t, 1.44269496, -0.721352759, 0.480924039, -0.360241986, 0.287075611, -0.248821806, 0.234209851, -0.146203534)
	VCVTDQ2PS(n, r)
	return e.madd(t, q, r)
}

// exp2 is 2^x, x taken to be within -126 and 126: 2^n 2^f, f of at most 1/2 by a Chebyshev
// fit that leaves a part of 3e-7.
func (e *emitter) exp2(x reg.VecVirtual) reg.VecVirtual {
	x = e.min(e.max(x, number(-126)), number(126))
	n := e.round(x)
	p := e.polynomial(e.sub(x, n), 1.00000008, 0.693147207, 0.240221074, 0.0555032721, 0.0096760371, 0.00134004322)
	return e.mul(p, e.powerOfTwo(n))
}
