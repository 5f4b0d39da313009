package main

import (
	"fmt"

	. "github.com/mmcloughlin/avo/build"
	. "github.com/mmcloughlin/avo/operand"
)

// copyTile emits the micro-kernels that pack what they read of B for the tiles below.
// They are those of high tiles of two whole vectors.
func copyTile(s isa) {
	least := s.rows * 2 / 3
	name := "copyTile" + s.name
	TEXT(name, 4, fmt.Sprintf("func(c, a, b, packed *float32, t *[%d]int)", len(tilingFields)))
	Doc(name+fmt.Sprintf(" computes the first of the tiles of tiles%s, and packs the panel of B:", s.name), "",
		fmt.Sprintf("\tfor p in [0, depth), j in [0, %d): packed[p*%d + j] = b[p*bDepth + j]", 2*s.lanes, 2*s.lanes), "",
		fmt.Sprintf("%d <= rows <= %d, vectors = 2, lanes = %d, segments = 1.", least, s.rows, s.lanes))
	restore := startTiles(s)
	MOVQ(field("rows"), scratch)
	chooseRows(s.rows, least, 2)
	for rows := least; rows <= s.rows; rows++ {
		tile{s, rows, 2}.emitCopying()
	}
	endTiles(restore)
}

// emitCopying emits a single tile that packs B. The pointer to the tile in A is no longer
// needed once the walk has begun, and becomes that to the packed panel.
func (t tile) emitCopying() {
	packed, ahead := aTile, uint8(8)
	Label(t.label("panel"))
	t.start()
	Label(t.label("segments"))
	Load(Param("packed"), packed)
	Label(t.label("depth"))
	t.step()
	for v := range t.vectors {
		VMOVUPS(t.spare(v), Mem{Base: packed, Disp: v * t.bytes()})
	}
	for at := 0; at < t.vectors*t.bytes(); at += 64 {
		PREFETCHT0(Mem{Base: bWalk, Index: bDepth, Scale: ahead, Disp: at})
	}
	ADDQ(Imm(uint64(t.vectors*t.bytes())), packed)
	t.advance(aDepth, bDepth)
	DECQ(counter)
	JNE(LabelRef(t.label("depth")))
	t.store()
	JMP(LabelRef("done"))
}
