package main

import (
	"strings"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A kernel works on arrays of the same length, or on matrices row by row.
type elementwise struct {
	name    string
	arrays  []string // pointers to float32; those named in steps walk from row to row
	steps   []string // arrays that have a row step, an argument NAMEStep in bytes
	rows    bool     // the kernel has a number of rows
	scalars []string // float32 arguments
	doc     []string
	// prepare is emitted once, body for every vector.
	prepare func(e *emitter)
	body    func(e *emitter, at map[string]reg.Register)
	sums    int  // the body adds to so many times eight float64 sums, stored at the end
	flush   bool // denormal numbers are zero
}

func (k elementwise) emit(s isa) {
	name := k.name + s.name
	TEXT(name, 4, k.signature())
	Doc(append([]string{name + " " + k.doc[0]}, k.doc[1:]...)...)
	Pragma("noescape")
	restore := func() {}
	if k.flush {
		restore = flushDenormals(reg.RAX)
	}
	e := &emitter{isa: s, index: GP64()}
	at := map[string]reg.Register{}
	for _, a := range k.arrays {
		r := GP64()
		Load(Param(a), r)
		at[a] = r
	}
	n, left := GP64(), GP64()
	Load(Param("n"), n)
	e.makeMask(n)
	e.zeroSums(k.sums)
	if k.prepare != nil {
		k.prepare(e)
	}
	if k.rows {
		Label("row")
	}
	XORQ(e.index, e.index)
	MOVQ(n, left)
	SUBQ(Imm(uint64(s.lanes)), left)
	JL(LabelRef("tail"))
	Label("vector")
	k.body(e, at)
	ADDQ(Imm(uint64(s.bytes())), e.index)
	SUBQ(Imm(uint64(s.lanes)), left)
	JGE(LabelRef("vector"))
	Label("tail")
	ADDQ(Imm(uint64(s.lanes)), left)
	JE(LabelRef("end"))
	e.masked = true
	k.body(e, at)
	e.masked = false
	Label("end")
	if k.rows {
		for _, a := range k.steps {
			ADDQ(param(a+"Step").(Mem), at[a])
		}
		DECQ(param("rows").(Mem))
		JNE(LabelRef("row"))
	}
	if k.sums > 0 {
		e.storeSums()
	}
	restore()
	VZEROUPPER()
	RET()
}

func (k elementwise) signature() string {
	args := []string{strings.Join(k.arrays, ", ") + " *float32"}
	if k.rows {
		args = append(args, "rows int")
	}
	args = append(args, "n int")
	for _, s := range k.steps {
		args = append(args, s+"Step int")
	}
	if len(k.scalars) > 0 {
		args = append(args, strings.Join(k.scalars, ", ")+" float32")
	}
	if k.sums > 0 {
		args = append(args, "sums *float64")
	}
	return "func(" + strings.Join(args, ", ") + ")"
}

// makeMask makes the mask of the n % lanes elements of the last vector.
func (e *emitter) makeMask(n reg.GPVirtual) {
	rest, temp := GP64(), GP64()
	MOVQ(n, rest)
	ANDQ(Imm(uint64(e.lanes-1)), rest)
	if e.wide {
		e.k = K()
		MOVQ(U64(0xffff), temp)
		BZHIQ(rest, temp, temp)
		KMOVW(temp.As32(), e.k)
		return
	}
	e.m = YMM()
	LEAQ(laneMasks(), temp)
	NEGQ(rest)
	VMOVUPS(Mem{Base: temp, Disp: 32, Index: rest, Scale: 4}, e.m)
}

// zeroSums starts sets of eight float64 sums. Element i of an array belongs to sum
// i % 8, and joins it in rising order.
func (e *emitter) zeroSums(sets int) {
	for range sets * e.sumVectors() {
		v := e.vec()
		if e.wide {
			VPXORQ(v, v, v)
		} else {
			VXORPS(v, v, v)
		}
		e.sums = append(e.sums, v)
	}
}

// sumVectors is how many vectors hold eight sums.
func (e *emitter) sumVectors() int { return 16 / e.lanes }

// accumulate adds a vector to the sums; lanes beyond the end count nothing.
func (e *emitter) accumulate(v reg.VecVirtual) {
	e.eachHalf(e.clip(v), func(half, sum reg.VecVirtual) { VADDPD(half, sum, sum) }, 0)
}

// accumulateSquares adds the squares of a vector, which float64 holds exactly, to
// one set of sums.
func (e *emitter) accumulateSquares(v reg.VecVirtual, set int) {
	e.eachHalf(e.clip(v), func(half, sum reg.VecVirtual) { VFMADD231PD(half, half, sum) }, set)
}

// eachHalf gives the halves of a vector in float64, each with the sums that it
// belongs to.
func (e *emitter) eachHalf(v reg.VecVirtual, add func(half, sum reg.VecVirtual), set int) {
	sums := e.sums[set*e.sumVectors():]
	if e.wide {
		half, low, high := YMM(), ZMM(), ZMM()
		VCVTPS2PD(v.(interface{ AsY() reg.Register }).AsY(), low)
		add(low, sums[0])
		VEXTRACTF32X8(Imm(1), v, half)
		VCVTPS2PD(half, high)
		add(high, sums[0])
		return
	}
	half, low, high := XMM(), YMM(), YMM()
	VCVTPS2PD(v.(interface{ AsX() reg.Register }).AsX(), low)
	add(low, sums[0])
	VEXTRACTF128(Imm(1), v, half)
	VCVTPS2PD(half, high)
	add(high, sums[1])
}

func (e *emitter) storeSums() {
	to := GP64()
	Load(Param("sums"), to)
	for i, v := range e.sums {
		VMOVUPD(v, Mem{Base: to, Disp: e.bytes() * i})
	}
}
