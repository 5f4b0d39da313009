package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The registers of overlapAdd.
var (
	blocks  = reg.R13
	taps    = reg.R12
	offsets = reg.R11
	// block point at the first tap of four neighboring blocks.
	block = [4]reg.GPPhysical{reg.RSI, reg.R8, reg.R9, reg.R10}
)

// overlapAdd emits the kernel that adds what the pixels of one map give to those of
// another. Eight lanes are enough for it, so that one is enough.
func overlapAdd() {
	TEXT("overlapAdd", 4, "func(dst, src *float32, offsets *int, taps, blocks, dstStep, srcStep int)")
	Doc("overlapAdd computes sums of taps blocks of eight elements, blocks times:", "",
		"\tfor m in [0, blocks), j in [0, 8):",
		"\t\tdst[m*dstStep + j] = src[m*srcStep + offsets[0] + j] + src[m*srcStep + offsets[1] + j] + ...", "",
		"one m after the other, so that a later block may lie over the last lanes of an earlier one.",
		"Steps and offsets are in bytes; taps is at least 1.")
	Pragma("noescape")
	restore := flushDenormals(scratch)
	Load(Param("dst"), dst)
	Load(Param("src"), block[0])
	Load(Param("offsets"), offsets)
	Load(Param("taps"), taps)
	Load(Param("blocks"), blocks)
	Load(Param("dstStep"), reg.RBX)
	Load(Param("srcStep"), reg.R15)
	for _, count := range []int{4, 1} {
		overlapBlocks(count)
	}
	restore()
	VZEROUPPER()
	RET()
}

// overlapBlocks treats count blocks at once while there are so many.
func overlapBlocks(count int) {
	name := map[int]string{4: "four", 1: "one"}[count]
	sums := avx2().registers
	Label(name)
	CMPQ(blocks, Imm(uint64(count)))
	JL(LabelRef(name + "Done"))
	MOVQ(Mem{Base: offsets}, scratch)
	for i := range count {
		if i > 0 {
			LEAQ(Mem{Base: block[i-1], Index: reg.R15, Scale: 1}, block[i])
		}
		VMOVUPS(Mem{Base: block[i], Index: scratch, Scale: 1}, sums[i])
	}
	MOVQ(U32(1), counter)
	Label(name + "Tap")
	CMPQ(counter, taps)
	JE(LabelRef(name + "Store"))
	MOVQ(Mem{Base: offsets, Index: counter, Scale: 8}, scratch)
	for i := range count {
		VADDPS(Mem{Base: block[i], Index: scratch, Scale: 1}, sums[i], sums[i])
	}
	INCQ(counter)
	JMP(LabelRef(name + "Tap"))
	Label(name + "Store")
	for i := range count {
		VMOVUPS(sums[i], Mem{Base: dst})
		ADDQ(reg.RBX, dst)
	}
	LEAQ(Mem{Base: block[count-1], Index: reg.R15, Scale: 1}, block[0])
	SUBQ(Imm(uint64(count)), blocks)
	JMP(LabelRef(name))
	Label(name + "Done")
}
