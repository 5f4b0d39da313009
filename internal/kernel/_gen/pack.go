package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The registers of the packing kernels.
var (
	dst      = reg.RDI
	dstStep  = reg.R8
	src      = reg.RSI
	srcStep  = reg.R9
	srcStep3 = reg.R10
	depth    = reg.RCX
	lanes    = reg.RDX
)

// copyRows emits the kernel that packs an operand whose rows already run along
// the lanes.
func copyRows(s isa) {
	name := "copyRows" + s.name
	TEXT(name, 4, "func(dst, src *float32, dstStep, srcStep, depth, lanes int)")
	Doc(name+fmt.Sprintf(" packs columns of a matrix, %d or fewer:", s.lanes), "",
		"\tfor p in [0, depth), j in [0, lanes): dst[p*dstStep + j] = src[p*srcStep + j]", "",
		fmt.Sprintf("and sets the other lanes of the %d to zero. Steps are in bytes.", s.lanes),
		"1 <= depth, 1 <= lanes.")
	Pragma("noescape")
	loadPackParams(false)
	m := mask{reg.K1, s.registers[1]}
	s.loadMask(m, lanes, scratch)
	Label("depth")
	s.loadMasked(Mem{Base: src}, m, s.registers[0])
	VMOVUPS(s.registers[0], Mem{Base: dst})
	ADDQ(srcStep, src)
	ADDQ(dstStep, dst)
	DECQ(depth)
	JNE(LabelRef("depth"))
	VZEROUPPER()
	RET()
}

func loadPackParams(steps bool) {
	Load(Param("dst"), dst)
	Load(Param("src"), src)
	Load(Param("dstStep"), dstStep)
	Load(Param("srcStep"), srcStep)
	Load(Param("depth"), depth)
	Load(Param("lanes"), lanes)
	if steps {
		LEAQ(Mem{Base: srcStep, Index: srcStep, Scale: 2}, srcStep3)
	}
}

// transpose emits the kernel that packs an operand whose rows run along the
// depth. It works on blocks of all lanes and lanes/2 depths, which it loads in
// halves of vectors, and gathers the depths that are left over.
func transpose(s isa) {
	name := "transpose" + s.name
	block := s.lanes / 2
	TEXT(name, 4, "func(dst, src *float32, dstStep, srcStep, depth, lanes int)")
	Doc(name+fmt.Sprintf(" packs rows of a matrix, %d or fewer, side by side:", s.lanes), "",
		"\tfor p in [0, depth), j in [0, lanes): dst[p*dstStep + j] = src[j*srcStep + p]", "",
		fmt.Sprintf("and leaves anything in the other lanes of the %d. Steps are in bytes,", s.lanes),
		"1 <= lanes, lanes*srcStep < 1<<31.")
	Pragma("noescape")
	loadPackParams(true)
	for i := range rowGroups(s) {
		if i > 0 {
			LEAQ(Mem{Base: rowGroup[i-1], Index: srcStep, Scale: 4}, rowGroup[i])
		} else {
			MOVQ(src, rowGroup[0])
		}
	}
	for _, whole := range []bool{true, false} {
		b := transposition{s, whole}
		if whole {
			CMPQ(lanes, Imm(uint64(s.lanes)))
			JNE(LabelRef("some"))
		} else {
			Label("some")
		}
		Label(b.label("blocks"))
		CMPQ(depth, Imm(uint64(block)))
		JL(LabelRef("rest"))
		b.load()
		b.shuffle()
		for i := range rowGroups(s) {
			ADDQ(Imm(uint64(4*block)), rowGroup[i])
		}
		SUBQ(Imm(uint64(block)), depth)
		JMP(LabelRef(b.label("blocks")))
	}
	Label("rest")
	gatherRest(s)
	VZEROUPPER()
	RET()
}

// rowGroup point at every fourth row.
var rowGroup = [4]reg.GPPhysical{reg.RSI, reg.R11, reg.R12, reg.R13}

func rowGroups(s isa) int { return s.lanes / 4 }

type transposition struct {
	isa
	whole bool // all lanes exist
}

func (t transposition) label(part string) string {
	if t.whole {
		return "all" + part
	}
	return part
}

// half is the lower half of a register.
func (t transposition) half(i int) reg.VecPhysical {
	if t.wide {
		return t.registers[i].AsY().(reg.VecPhysical)
	}
	return t.registers[i].AsX().(reg.VecPhysical)
}

// load reads half a vector of each row: row i lies in the lower half of a
// register, row i+4 in its upper half.
func (t transposition) load() {
	for row := range t.lanes {
		if !t.whole && row > 0 {
			CMPQ(lanes, Imm(uint64(row)))
			JE(LabelRef("shuffle"))
		}
		at := Mem{Base: rowGroup[row/4]}
		switch row % 4 {
		case 1, 2:
			at.Index, at.Scale = srcStep, uint8(row%4)
		case 3:
			at.Index, at.Scale = srcStep3, 1
		}
		r := row/8*4 + row%4
		switch {
		case row%8 < 4:
			VMOVUPS(at, t.half(r))
		case t.wide:
			VINSERTF64X4(Imm(1), at, t.registers[r], t.registers[r])
		default:
			VINSERTF128(Imm(1), at, t.registers[r], t.registers[r])
		}
	}
	if !t.whole {
		Label("shuffle")
	}
}

// shuffle transposes what was loaded and stores it, one depth after the other.
func (t transposition) shuffle() {
	r := t.registers
	if !t.wide {
		t.transpose4(r[0:4], r[4:8])
		return
	}
	for i := range 4 {
		VSHUFF32X4(Imm(0x88), r[4+i], r[i], r[8+i])  // depths 0..3 of rows i, i+4, i+8, i+12
		VSHUFF32X4(Imm(0xdd), r[4+i], r[i], r[12+i]) // depths 4..7
	}
	t.transpose4(r[8:12], r[16:20])
	t.transpose4(r[12:16], r[20:24])
}

// transpose4 transposes the 4x4 blocks in four registers and stores the four
// depths.
func (t transposition) transpose4(in, temp []reg.VecPhysical) {
	VUNPCKLPS(in[1], in[0], temp[0])
	VUNPCKHPS(in[1], in[0], temp[1])
	VUNPCKLPS(in[3], in[2], temp[2])
	VUNPCKHPS(in[3], in[2], temp[3])
	VUNPCKLPD(temp[2], temp[0], in[0])
	VUNPCKHPD(temp[2], temp[0], in[1])
	VUNPCKLPD(temp[3], temp[1], in[2])
	VUNPCKHPD(temp[3], temp[1], in[3])
	for i := range 4 {
		VMOVUPS(in[i], Mem{Base: dst})
		ADDQ(dstStep, dst)
	}
}

// gatherRest packs the depths that fill no block, one by one.
func gatherRest(s isa) {
	index, all, m, sum := s.registers[0], s.registers[1], s.registers[2], s.registers[3]
	TESTQ(depth, depth)
	JE(LabelRef("end"))
	s.loadMask(mask{reg.K1, all}, lanes, scratch)
	broadcast := srcStep.As32()
	VMOVD(broadcast, index.AsX())
	VPBROADCASTD(index.AsX(), index)
	VPMULLD(laneNumbers(), index, index)
	Label("gather")
	at := Mem{Base: rowGroup[0], Index: index, Scale: 1}
	s.zero(sum)
	if s.wide {
		KMOVW(reg.K1, reg.K2)
		VGATHERDPS(at, reg.K2, sum)
	} else {
		VMOVAPS(all, m)
		VGATHERDPS(m, at, sum)
	}
	VMOVUPS(sum, Mem{Base: dst})
	ADDQ(dstStep, dst)
	ADDQ(Imm(4), rowGroup[0])
	DECQ(depth)
	JNE(LabelRef("gather"))
	Label("end")
}

var laneNumberTable *Mem

// laneNumbers is 0, 1, 2 ... 15.
func laneNumbers() Mem {
	if laneNumberTable == nil {
		m := GLOBL("laneNumbers", 8|16)
		for i := range 16 {
			DATA(4*i, U32(i))
		}
		laneNumberTable = &m
	}
	return *laneNumberTable
}
