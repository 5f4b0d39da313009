package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// isa describes one instruction set: the width of its vectors and what differs
// in the instructions for it.
type isa struct {
	name      string
	lanes     int // float32 in a vector
	rows      int // most rows of a tile of two vectors
	registers []reg.VecPhysical
	wide      bool // AVX-512: mask registers, broadcasts inside of an instruction
}

func avx512() isa {
	return isa{name: "AVX512", lanes: 16, rows: 14, wide: true, registers: []reg.VecPhysical{
		reg.Z0, reg.Z1, reg.Z2, reg.Z3, reg.Z4, reg.Z5, reg.Z6, reg.Z7,
		reg.Z8, reg.Z9, reg.Z10, reg.Z11, reg.Z12, reg.Z13, reg.Z14, reg.Z15,
		reg.Z16, reg.Z17, reg.Z18, reg.Z19, reg.Z20, reg.Z21, reg.Z22, reg.Z23,
		reg.Z24, reg.Z25, reg.Z26, reg.Z27, reg.Z28, reg.Z29, reg.Z30, reg.Z31,
	}}
}

func avx2() isa {
	return isa{name: "AVX2", lanes: 8, rows: 6, registers: []reg.VecPhysical{
		reg.Y0, reg.Y1, reg.Y2, reg.Y3, reg.Y4, reg.Y5, reg.Y6, reg.Y7,
		reg.Y8, reg.Y9, reg.Y10, reg.Y11, reg.Y12, reg.Y13, reg.Y14, reg.Y15,
	}}
}

// bytes of one vector.
func (s isa) bytes() int { return 4 * s.lanes }

func (s isa) zero(r reg.VecPhysical) {
	if s.wide {
		VPXORQ(r, r, r)
		return
	}
	VXORPS(r, r, r)
}

// mask holds the mask of the last vector of a row: a mask register, or for AVX2
// a vector whose lanes to be touched have their highest bit set.
type mask struct {
	k reg.Register
	v reg.VecPhysical
}

// loadMask makes the mask of the first lanes lanes. It destroys temp, and
// lanes too.
func (s isa) loadMask(m mask, lanes, temp reg.GPPhysical) {
	if s.wide {
		MOVQ(U64(0xffff), temp)
		BZHIQ(lanes, temp, temp)
		KMOVW(temp.As32(), m.k)
		return
	}
	LEAQ(laneMasks(), temp)
	NEGQ(lanes)
	VMOVUPS(Mem{Base: temp, Disp: 32, Index: lanes, Scale: 4}, m.v)
}

var laneMaskTable *Mem

// laneMasks is eight lanes of all ones followed by eight of zeros.
func laneMasks() Mem {
	if laneMaskTable == nil {
		m := GLOBL("laneMasks", 8|16) // RODATA | NOPTR
		for i := range 8 {
			DATA(4*i, U32(0xffffffff))
		}
		for i := 8; i < 16; i++ {
			DATA(4*i, U32(0))
		}
		laneMaskTable = &m
	}
	return *laneMaskTable
}

func (s isa) loadMasked(from Mem, m mask, to reg.VecPhysical) {
	if s.wide {
		VMOVUPS_Z(from, m.k, to)
		return
	}
	VMASKMOVPS(from, m.v, to)
}

func (s isa) storeMasked(from reg.VecPhysical, m mask, to Mem) {
	if s.wide {
		VMOVUPS(from, m.k, to)
		return
	}
	VMASKMOVPS(from, m.v, to)
}

// param is the place of an argument on the stack.
func param(name string) Op {
	b, err := Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	return b.Addr
}

// flushDenormals makes the processor take and give zero for numbers below 2^-126
// until restore is emitted: on many processors each of them costs a hundred
// times what another number does, and a moment of Adam that decays ends there.
// It destroys temp.
func flushDenormals(temp reg.GPPhysical) (restore func()) {
	const flushToZeroAndDenormalsAreZero = 0x8040
	old, set := AllocLocal(8), AllocLocal(8)
	STMXCSR(old)
	MOVL(old, temp.As32())
	ORL(U32(flushToZeroAndDenormalsAreZero), temp.As32())
	MOVL(temp.As32(), set)
	LDMXCSR(set)
	return func() { LDMXCSR(old) }
}
