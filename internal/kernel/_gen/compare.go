package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// notGreater is the comparison that holds for less, equal and NaN.
const notGreater = 26

// markNotAbove writes the bits of one vector.
func (e *emitter) markNotAbove(limit reg.VecVirtual, a, b, to reg.Register) {
	d := e.sub(e.load(a), e.load(b))
	if !e.wide {
		VCMPPS(Imm(notGreater), limit, d, d)
		bits := GP32()
		VMOVMSKPS(e.clip(d), bits)
		MOVB(bits.As8(), Mem{Base: to})
		return
	}
	k := K()
	if e.masked {
		VCMPPS(Imm(notGreater), limit, d, e.k, k)
	} else {
		VCMPPS(Imm(notGreater), limit, d, k)
	}
	KMOVW(k, Mem{Base: to})
}

// notAbove emits the kernel that marks small differences.
func notAbove(s isa) {
	name := "notAbove" + s.name
	TEXT(name, 4, "func(mask *uint64, a, b *float32, n int, limit float32)")
	Doc(name+" sets bit j of mask where a[j] - b[j] > limit does not hold, for j in [0, n),",
		"and clears the other bits of the bytes in which it writes, whole vectors of them.")
	Pragma("noescape")
	to, a, b, n, left := GP64(), GP64(), GP64(), GP64(), GP64()
	Load(Param("mask"), to)
	Load(Param("a"), a)
	Load(Param("b"), b)
	Load(Param("n"), n)
	e := &emitter{isa: s, index: GP64()}
	limit := e.broadcast("limit")
	e.makeMask(n)
	vector := func() { e.markNotAbove(limit, a, b, to) }
	XORQ(e.index, e.index)
	MOVQ(n, left)
	SUBQ(Imm(uint64(s.lanes)), left)
	JL(LabelRef("tail"))
	Label("vector")
	vector()
	ADDQ(Imm(uint64(s.bytes())), e.index)
	ADDQ(Imm(uint64(s.lanes/8)), to)
	SUBQ(Imm(uint64(s.lanes)), left)
	JGE(LabelRef("vector"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), left)
	JE(LabelRef("end"))
	e.masked = true
	vector()
	Label("end")
	VZEROUPPER()
	RET()
}
