package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// bytes emits the kernel that turns pixels into numbers.
func bytes(s isa) {
	name := "bytesToFloats" + s.name
	TEXT(name, 4, "func(dst *float32, src *uint8, n int, divisor float32)")
	Doc(name+" sets dst[j] = src[j] / divisor for j in [0, n).",
		fmt.Sprintf("n is a multiple of %d and not 0.", s.lanes))
	Pragma("noescape")
	to, from, n, j := GP64(), GP64(), GP64(), GP64()
	Load(Param("dst"), to)
	Load(Param("src"), from)
	Load(Param("n"), n)
	e := &emitter{isa: s}
	divisor := e.broadcast("divisor")
	XORQ(j, j)
	Label("vector")
	v := e.vec()
	VPMOVZXBD(Mem{Base: from, Index: j, Scale: 1}, v)
	VCVTDQ2PS(v, v)
	VDIVPS(divisor, v, v)
	VMOVUPS(v, Mem{Base: to, Index: j, Scale: 4})
	ADDQ(Imm(uint64(s.lanes)), j)
	CMPQ(j, n)
	JLT(LabelRef("vector"))
	VZEROUPPER()
	RET()
}

// prefetch emits the hint that bytes will be read soon.
func prefetch() {
	TEXT("prefetchLines", 4, "func(p *uint8, lines int)")
	Doc("prefetchLines asks for cache lines of 64 bytes, lines of them and at least one.")
	Pragma("noescape")
	p, lines := GP64(), GP64()
	Load(Param("p"), p)
	Load(Param("lines"), lines)
	Label("line")
	PREFETCHT0(Mem{Base: p})
	ADDQ(Imm(64), p)
	DECQ(lines)
	JNE(LabelRef("line"))
	RET()
}

// binarize emits the kernel that draws black and white pixels from grey ones.
func binarize(s isa) {
	name := "binarize" + s.name
	TEXT(name, 4, "func(dst *float32, src *uint8, random *uint16, n int)")
	Doc(name+" sets dst[j] = 1 where 255 random[j] < 65536 src[j], else 0, for j in [0, n).",
		fmt.Sprintf("n is a multiple of %d and not 0.", s.lanes))
	Pragma("noescape")
	to, from, draws, n, j := GP64(), GP64(), GP64(), GP64(), GP64()
	Load(Param("dst"), to)
	Load(Param("src"), from)
	Load(Param("random"), draws)
	Load(Param("n"), n)
	e := &emitter{isa: s}
	one := e.set(1)
	XORQ(j, j)
	Label("vector")
	pixel, draw, shifted := e.vec(), e.vec(), e.vec()
	VPMOVZXBD(Mem{Base: from, Index: j, Scale: 1}, pixel)
	VPSLLD(Imm(16), pixel, pixel)
	VPMOVZXWD(Mem{Base: draws, Index: j, Scale: 2}, draw)
	VPSLLD(Imm(8), draw, shifted)
	VPSUBD(draw, shifted, draw) // 255 times the draw
	if s.wide {
		white := K()
		VPCMPGTD(draw, pixel, white)
		VMOVAPS_Z(one, white, draw)
	} else {
		VPCMPGTD(draw, pixel, draw)
		VANDPS(one, draw, draw)
	}
	VMOVUPS(draw, Mem{Base: to, Index: j, Scale: 4})
	ADDQ(Imm(uint64(s.lanes)), j)
	CMPQ(j, n)
	JLT(LabelRef("vector"))
	VZEROUPPER()
	RET()
}
