package main

import (
	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

const attractionLanes = 16 // neighbors at a time

// attraction emits the kernel of t-SNE's attractive forces. There are sixteen sums of each
// coordinate on either path, which are added up in the same order.
func attraction(s isa) {
	name := "attraction" + s.name
	TEXT(name, 4, "func(sum, point, places *float32, other *int32, weight *float32, n int)")
	Doc(name + " is attractionPortable of n neighbors, n a multiple of 16 and not 0.")
	Pragma("noescape")
	e := &emitter{isa: s}
	sum, point, places, other, weight, n, j := GP64(), GP64(), GP64(), GP64(), GP64(), GP64(), GP64()
	Load(Param("sum"), sum)
	Load(Param("point"), point)
	Load(Param("places"), places)
	Load(Param("other"), other)
	Load(Param("weight"), weight)
	Load(Param("n"), n)
	x, y, one := e.every(point, 0), e.every(point, 4), e.set(1)
	var fx, fy []reg.VecVirtual
	for range attractionLanes / s.lanes {
		fx, fy = append(fx, e.zeroVector()), append(fy, e.zeroVector())
	}
	XORQ(j, j)
	Label("vector")
	for part := range fx {
		at := func(base reg.Register) Mem { return Mem{Base: base, Index: j, Scale: 4, Disp: s.bytes() * part} }
		index := e.indices(at(other))
		dx, dy := e.sub(x, e.gather(places, 0, index)), e.sub(y, e.gather(places, 4, index))
		square := e.madd(dx, dx, e.madd(dy, dy, one))
		p := e.vec()
		VMOVUPS(at(weight), p)
		w := e.div(p, square)
		VFMADD231PS(w, dx, fx[part])
		VFMADD231PS(w, dy, fy[part])
	}
	ADDQ(Imm(attractionLanes), j)
	CMPQ(j, n)
	JLT(LabelRef("vector"))
	e.storeTotals(fx, fy, sum)
	VZEROUPPER()
	RET()
}

// every is the number at a distance from base in every lane.
func (e *emitter) every(base reg.Register, distance int) reg.VecVirtual {
	v := e.vec()
	VBROADCASTSS(Mem{Base: base, Disp: distance}, v)
	return v
}

// indices are a vector of int32.
func (e *emitter) indices(at Mem) reg.VecVirtual {
	v := e.vec()
	if e.wide {
		VMOVDQU32(at, v)
	} else {
		VMOVDQU(at, v)
	}
	return v
}

// gather loads the number at a distance from base for each index of pairs.
func (e *emitter) gather(base reg.Register, distance int, index reg.VecVirtual) reg.VecVirtual {
	v, at := e.vec(), Mem{Base: base, Disp: distance, Index: index, Scale: 8}
	if e.wide {
		k := K()
		KXNORW(k, k, k)
		VGATHERDPS(at, k, v)
		return v
	}
	all := e.vec()
	VPCMPEQD(all, all, all)
	VGATHERDPS(all, at, v)
	return v
}

// storeTotals stores the totals of two sets of sixteen sums.
func (e *emitter) storeTotals(x, y []reg.VecVirtual, to reg.Register) {
	both := XMM()
	VHADDPS(e.four(y), e.four(x), both)
	VHADDPS(both, both, both)
	VMOVLPS(both, Mem{Base: to})
}

// four adds up sixteen sums to four: 0, 8, 4 and 12 in that order, and so on.
func (e *emitter) four(sums []reg.VecVirtual) reg.VecVirtual {
	eight, low, high, four := YMM(), XMM(), XMM(), XMM()
	if e.wide {
		half := YMM()
		VEXTRACTF32X8(Imm(1), sums[0], half)
		VEXTRACTF32X8(Imm(0), sums[0], eight)
		VADDPS(half, eight, eight)
	} else {
		VADDPS(sums[1], sums[0], eight)
	}
	VEXTRACTF128(Imm(0), eight, low)
	VEXTRACTF128(Imm(1), eight, high)
	VADDPS(high, low, four)
	return four
}
