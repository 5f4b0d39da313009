package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The registers of the tile kernels.
var (
	cRow    = reg.RDI // first row of the tile in C, walks over its rows
	cStep   = reg.R8
	aTile   = reg.RSI // first row of the tile in A
	aStep   = reg.R9
	aStep3  = reg.R10
	aDepth  = reg.R11
	bDepth  = reg.R12
	bWalk   = reg.RDX
	counter = reg.RCX
	fields  = reg.R13 // the tiling
	scratch = reg.RAX // what is brought nearer, while the depth is walked
	// aWalk point at rows 0, 5 and 10 of the tile in A at the current depth.
	aWalk = [3]reg.GPPhysical{reg.RBX, reg.R15, reg.R14}
)

// tilingFields are those of type tiling, in their order, each of type int.
var tilingFields = []string{
	"cStep", "aStep", "aDepth", "bDepth", "depth", "segments", "aJump", "bJump",
	"rows", "tiles", "aTile", "cSkip", "vectors", "lanes", "accumulate",
	"ahead", "aheadStep",
}

// field is the place of a field of the tiling.
func field(name string) Mem {
	for i, f := range tilingFields {
		if f == name {
			return Mem{Base: fields, Disp: 8 * i}
		}
	}
	panic("no field " + name)
}

// tiles emits the micro-kernels of one instruction set as one function.
func tiles(s isa) {
	name := "tiles" + s.name
	TEXT(name, 4, fmt.Sprintf("func(c, a, b *float32, t *[%d]int)", len(tilingFields)))
	Doc(name+" computes tiles of a product as a tiling t says: t.tiles of t.rows rows and",
		fmt.Sprintf("t.vectors vectors of %d columns, the last with only its first t.lanes lanes. For each:", s.lanes),
		"",
		"\tfor i in [0, rows), j in the columns:",
		"\t\tsum = c[i*cStep + j] if accumulate, else 0",
		"\t\tfor s in [0, segments), p in [0, depth):",
		"\t\t\tq = s*depth + p",
		"\t\t\tsum = fma(a[i*aStep + q*aDepth + s*aJump], b[q*bDepth + s*bJump + j], sum)",
		"\t\tc[i*cStep + j] = sum",
		"\tc += rows*cStep + cSkip; a += aTile",
		"",
		fmt.Sprintf("Steps are in bytes. 1 <= rows <= %d, 1 <= vectors <= 2, 1 <= lanes <= %d,", s.rows, s.lanes),
		"tiles, segments and depth are at least 1. All lanes of b are read. Denormal",
		"numbers are taken for zero. What lies at ahead is brought into the second-level",
		fmt.Sprintf("cache meanwhile, %d lines and then aheadStep bytes further for each %s.", s.ahead(), map[bool]string{true: "depth", false: "segment"}[s.wide]))
	restore := startTiles(s)
	left := locals{AllocLocal(8), AllocLocal(8), AllocLocal(8)}
	MOVQ(field("tiles"), scratch)
	MOVQ(scratch, left.tiles)
	MOVQ(field("ahead"), scratch)
	MOVQ(scratch, left.ahead)
	MOVQ(field("rows"), scratch)
	CMPQ(field("vectors"), Imm(1))
	JE(LabelRef("vectors1"))
	for _, vectors := range []int{2, 1} {
		Label(fmt.Sprintf("vectors%d", vectors))
		chooseRows(s.rows, 1, vectors)
		for rows := 1; rows <= s.rows; rows++ {
			tile{s, rows, vectors}.emit(left)
		}
	}
	endTiles(restore)
}

// startTiles loads what all micro-kernels need.
func startTiles(s isa) (restore func()) {
	Pragma("noescape")
	restore = flushDenormals(scratch)
	Load(Param("t"), fields)
	Load(Param("c"), cRow)
	Load(Param("a"), aTile)
	MOVQ(field("cStep"), cStep)
	MOVQ(field("aStep"), aStep)
	MOVQ(field("aDepth"), aDepth)
	MOVQ(field("bDepth"), bDepth)
	LEAQ(Mem{Base: aStep, Index: aStep, Scale: 2}, aStep3)
	if s.wide {
		MOVQ(field("lanes"), scratch)
		s.loadMask(mask{k: reg.K1}, scratch, counter)
	}
	return restore
}

// chooseRows jumps to the tile of the height in scratch, or goes on to the lowest.
func chooseRows(most, least, vectors int) {
	for rows := most; rows > least; rows-- {
		CMPQ(scratch, Imm(uint64(rows)))
		JE(LabelRef(tileLabel(rows, vectors, "panel")))
	}
}

func endTiles(restore func()) {
	Label("done")
	restore()
	VZEROUPPER()
	RET()
}

// tile is the micro-kernel for one size of tile.
type tile struct {
	isa
	rows, vectors int
}

// locals count the tiles and the segments of one that are left, and keep the place of what
// is brought nearer from one tile to the next.
type locals struct{ tiles, segments, ahead Mem }

func tileLabel(rows, vectors int, part string) string {
	return fmt.Sprintf("tile%dx%d%s", rows, vectors, part)
}

func (t tile) label(part string) string { return tileLabel(t.rows, t.vectors, part) }

// sum is the accumulator of one row and vector of the tile.
func (t tile) sum(row, vector int) reg.VecPhysical { return t.registers[row*t.vectors+vector] }

// spare is one of the registers that hold no sum, counted from the last.
func (t tile) spare(i int) reg.VecPhysical { return t.registers[len(t.registers)-1-i] }

// emit emits the loop over tiles.
func (t tile) emit(left locals) {
	Label(t.label("panel"))
	t.start()
	Label(t.label("segments"))
	MOVQ(field("segments"), scratch)
	MOVQ(scratch, left.segments)
	MOVQ(left.ahead, scratch)
	Label(t.label("depth"))
	t.step()
	if t.wide {
		t.lookAhead()
	}
	t.advance(aDepth, bDepth)
	DECQ(counter)
	JNE(LabelRef(t.label("depth")))
	if !t.wide {
		t.lookAhead()
	}
	t.advance(field("aJump"), field("bJump"))
	MOVQ(field("depth"), counter)
	DECQ(left.segments)
	JNE(LabelRef(t.label("depth")))
	MOVQ(scratch, left.ahead)
	t.store()
	ADDQ(field("aTile"), aTile)
	ADDQ(field("cSkip"), cRow)
	DECQ(left.tiles)
	JNE(LabelRef(t.label("panel")))
	JMP(LabelRef("done"))
}

// ahead is how many lines are asked for at a time: with six rows of AVX2 some processors
// are busy enough at each depth.
func (s isa) ahead() int {
	if s.wide {
		return 1
	}
	return 6
}

// lookAhead asks for what is next.
func (t tile) lookAhead() {
	for line := range t.ahead() {
		PREFETCHT1(Mem{Base: scratch, Disp: 64 * line})
	}
	ADDQ(field("aheadStep"), scratch)
}

// advance moves the walking pointers on.
func (t tile) advance(a, b Op) {
	for i := 0; 5*i < t.rows; i++ {
		ADDQ(a, aWalk[i])
	}
	ADDQ(b, bWalk)
}

// start sets the walking pointers, and the sums to zero or to what stands in C.
func (t tile) start() {
	MOVQ(aTile, aWalk[0])
	LEAQ(Mem{Base: aStep, Index: aStep, Scale: 4}, scratch)
	for i := 1; 5*i < t.rows; i++ {
		LEAQ(Mem{Base: aWalk[i-1], Index: scratch, Scale: 1}, aWalk[i])
	}
	m := t.lastMask()
	Load(Param("b"), bWalk)
	MOVQ(field("depth"), counter)
	MOVQ(cRow, scratch)
	CMPQ(field("accumulate"), Imm(0))
	JE(LabelRef(t.label("zero")))
	t.eachSum(scratch, func(sum reg.VecPhysical, at Mem, last bool) {
		if last {
			t.loadMasked(at, m, sum)
		} else {
			VMOVUPS(at, sum)
		}
	})
	JMP(LabelRef(t.label("segments")))
	Label(t.label("zero"))
	t.eachSum(scratch, func(sum reg.VecPhysical, at Mem, last bool) {
		PREFETCHT0(at)
		t.zero(sum)
	})
}

// eachSum calls f for each sum and its place in C, walking down with row.
func (t tile) eachSum(row reg.GPPhysical, f func(sum reg.VecPhysical, at Mem, last bool)) {
	for i := range t.rows {
		for v := range t.vectors {
			f(t.sum(i, v), Mem{Base: row, Disp: v * t.bytes()}, v == t.vectors-1)
		}
		ADDQ(cStep, row)
	}
}

// lastMask is the mask of the last vector. AVX2 has no register to keep it in
// while the depth is walked, so it is made anew where it is needed, with two
// registers that are free there.
func (t tile) lastMask() mask {
	if t.wide {
		return mask{k: reg.K1}
	}
	m := mask{v: t.spare(0)}
	MOVQ(field("lanes"), counter)
	t.loadMask(m, counter, bWalk)
	return m
}

// step adds one depth to all sums.
func (t tile) step() {
	for v := range t.vectors {
		VMOVUPS(Mem{Base: bWalk, Disp: v * t.bytes()}, t.spare(v))
	}
	for i := range t.rows {
		at := t.aRow(i)
		if t.wide && t.vectors == 1 {
			VFMADD231PS_BCST(at, t.spare(0), t.sum(i, 0))
			continue
		}
		broadcast := t.spare(2 + i%2)
		VBROADCASTSS(at, broadcast)
		for v := range t.vectors {
			VFMADD231PS(broadcast, t.spare(v), t.sum(i, v))
		}
	}
}

// aRow is the place of one row of the tile in A at the current depth.
func (t tile) aRow(row int) Mem {
	at := Mem{Base: aWalk[row/5]}
	switch row % 5 {
	case 1, 2, 4:
		at.Index, at.Scale = aStep, uint8(row%5)
	case 3:
		at.Index, at.Scale = aStep3, 1
	}
	return at
}

// store writes the sums to C and leaves cRow at the next tile. Masked stores of
// AVX2 are slow on some processors and used only where they are needed.
func (t tile) store() {
	if !t.wide {
		CMPQ(field("lanes"), Imm(uint64(t.lanes)))
		JE(LabelRef(t.label("whole")))
	}
	m := t.lastMask()
	t.eachSum(cRow, func(sum reg.VecPhysical, at Mem, last bool) {
		if last {
			t.storeMasked(sum, m, at)
		} else {
			VMOVUPS(sum, at)
		}
	})
	if t.wide {
		return
	}
	JMP(LabelRef(t.label("next")))
	Label(t.label("whole"))
	t.eachSum(cRow, func(sum reg.VecPhysical, at Mem, _ bool) { VMOVUPS(sum, at) })
	Label(t.label("next"))
}
