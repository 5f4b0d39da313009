package main

import (
	"fmt"
	"math"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The elementwise kernels. Each is written once, as straight-line code over
// vectors; both instruction sets execute the same operations in the same order
// and so give the same bits. avo allocates the registers.

// emitter writes the body of a kernel for one instruction set.
type emitter struct {
	isa
	// index counts bytes from the start of each array.
	index reg.GPVirtual
	// masked is set while the last, incomplete vector is worked on.
	masked bool
	k      reg.Register // its mask in AVX-512
	m      reg.VecVirtual
	sums   []reg.VecVirtual
}

func (e *emitter) vec() reg.VecVirtual {
	if e.wide {
		return ZMM()
	}
	return YMM()
}

// constants are kept in memory, one whole AVX-512 vector each, since AVX2 has too few
// registers for them.
var constants = map[uint32]Mem{}

func bits(b uint32) Mem {
	m, ok := constants[b]
	if !ok {
		m = GLOBL(fmt.Sprintf("constant%08x", b), 8|16) // RODATA | NOPTR
		for i := range 16 {
			DATA(4*i, U32(b))
		}
		constants[b] = m
	}
	return m
}

func number(x float64) Mem { return bits(math.Float32bits(float32(x))) }

// load reads the vector of array base at the index. Lanes beyond its end are 0.
func (e *emitter) load(base reg.Register) reg.VecVirtual {
	v, at := e.vec(), Mem{Base: base, Index: e.index, Scale: 1}
	switch {
	case !e.masked:
		VMOVUPS(at, v)
	case e.wide:
		VMOVUPS_Z(at, e.k, v)
	default:
		VMASKMOVPS(at, e.m, v)
	}
	return v
}

func (e *emitter) store(v reg.VecVirtual, base reg.Register) {
	at := Mem{Base: base, Index: e.index, Scale: 1}
	switch {
	case !e.masked:
		VMOVUPS(v, at)
	case e.wide:
		VMOVUPS(v, e.k, at)
	default:
		VMASKMOVPS(v, e.m, at)
	}
}

// clip zeroes lanes beyond the end of the arrays.
func (e *emitter) clip(v reg.VecVirtual) reg.VecVirtual {
	if !e.masked {
		return v
	}
	r := e.vec()
	if e.wide {
		VMOVAPS_Z(v, e.k, r)
	} else {
		VANDPS(e.m, v, r)
	}
	return r
}

// set returns a vector with every lane x.
func (e *emitter) set(x float64) reg.VecVirtual {
	v := e.vec()
	VMOVUPS(number(x), v)
	return v
}

// broadcast returns a vector with every lane the scalar argument.
func (e *emitter) broadcast(name string) reg.VecVirtual {
	v := e.vec()
	VBROADCASTSS(param(name).(Mem), v)
	return v
}

func (e *emitter) copy(v reg.VecVirtual) reg.VecVirtual {
	r := e.vec()
	VMOVAPS(v, r)
	return r
}

// Binary operations take a vector and a vector or a place in memory.

func (e *emitter) add(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VADDPS(b, a, r); return r }
func (e *emitter) mul(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VMULPS(b, a, r); return r }

// sub is a - b.
func (e *emitter) sub(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VSUBPS(b, a, r); return r }

// div is a / b.
func (e *emitter) div(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VDIVPS(b, a, r); return r }

// max and min give b where either is NaN.
func (e *emitter) max(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VMAXPS(b, a, r); return r }
func (e *emitter) min(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VMINPS(b, a, r); return r }

func (e *emitter) sqrt(a reg.VecVirtual) reg.VecVirtual { r := e.vec(); VSQRTPS(a, r); return r }

func (e *emitter) and(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VANDPS(b, a, r); return r }
func (e *emitter) or(a reg.VecVirtual, b Op) reg.VecVirtual  { r := e.vec(); VORPS(b, a, r); return r }
func (e *emitter) xor(a reg.VecVirtual, b Op) reg.VecVirtual { r := e.vec(); VXORPS(b, a, r); return r }

// madd is a*b + c in a register that held a.
func (e *emitter) madd(a, b reg.VecVirtual, c Op) reg.VecVirtual {
	r := e.copy(a)
	VFMADD213PS(c, b, r)
	return r
}

// nmadd is c - a*b, c in a register.
func (e *emitter) nmadd(a reg.VecVirtual, b Op, c reg.VecVirtual) reg.VecVirtual {
	r := e.copy(c)
	VFNMADD231PS(b, a, r)
	return r
}

// round rounds to the nearest whole number.
func (e *emitter) round(a reg.VecVirtual) reg.VecVirtual {
	r := e.vec()
	if e.wide {
		VRNDSCALEPS(Imm(0), a, r)
	} else {
		VROUNDPS(Imm(0), a, r)
	}
	return r
}

// powerOfTwo is 2^n for whole n from -126 to 127.
func (e *emitter) powerOfTwo(n reg.VecVirtual) reg.VecVirtual {
	r := e.vec()
	VCVTPS2DQ(n, r)
	VPADDD(bits(127), r, r)
	VPSLLD(Imm(23), r, r)
	return r
}

// choose gives a in the lanes where the sign bit of s is clear and b where it is
// set.
func (e *emitter) choose(s, a, b reg.VecVirtual) reg.VecVirtual {
	r := e.vec()
	if e.wide {
		k := K()
		VPMOVD2M(s, k)
		VBLENDMPS(b, a, k, r)
		return r
	}
	VBLENDVPS(s, b, a, r)
	return r
}

const signBit = 0x80000000

func (e *emitter) abs(x reg.VecVirtual) reg.VecVirtual { return e.and(x, bits(^uint32(signBit))) }

// negativeAbs is -|x|.
func (e *emitter) negativeAbs(x reg.VecVirtual) reg.VecVirtual { return e.or(x, bits(signBit)) }

// polynomial evaluates c[0] + c[1] x + ... by Horner's rule.
func (e *emitter) polynomial(x reg.VecVirtual, c ...float64) reg.VecVirtual {
	r := e.set(c[len(c)-1])
	for i := len(c) - 2; i >= 0; i-- {
		VFMADD213PS(number(c[i]), x, r)
	}
	return r
}

// above gives v in the lanes where x > 0 or x is NaN, and 0 elsewhere.
func (e *emitter) above(x, v reg.VecVirtual) reg.VecVirtual {
	r, zero := e.vec(), e.zeroVector()
	if e.wide {
		k := K()
		VCMPPS(Imm(notLessEqual), zero, x, k)
		VMOVAPS_Z(v, k, r)
		return r
	}
	VCMPPS(Imm(notLessEqual), zero, x, r)
	VANDPS(v, r, r)
	return r
}

// notLessEqual is the comparison that holds for greater and for NaN.
const notLessEqual = 22

func (e *emitter) zeroVector() reg.VecVirtual {
	v := e.vec()
	if e.wide {
		VPXORQ(v, v, v)
	} else {
		VXORPS(v, v, v)
	}
	return v
}

// choosePositive gives a in the lanes where x > 0 or x is NaN, and b elsewhere.
func (e *emitter) choosePositive(x, a, b reg.VecVirtual) reg.VecVirtual {
	r, zero := e.vec(), e.zeroVector()
	if e.wide {
		k := K()
		VCMPPS(Imm(notLessEqual), zero, x, k)
		VBLENDMPS(a, b, k, r)
		return r
	}
	c := e.vec()
	VCMPPS(Imm(notLessEqual), zero, x, c)
	VBLENDVPS(c, a, b, r)
	return r
}
