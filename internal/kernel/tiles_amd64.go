package kernel

import "unsafe"

// tiling is what the tile kernels are told beside their operands; _gen/tiles.go knows the
// order of its fields. Steps are in bytes.
type tiling struct {
	cStep, aStep, aDepth, bDepth int
	depth, segments              int
	aJump, bJump                 int // from the end of a segment to the next
	rows, tiles                  int
	aTile, cSkip                 int // from a tile to the next, and from behind its last row
	vectors, lanes               int
	accumulate                   int // 0 or 1
	ahead, aheadStep             int // what to bring nearer meanwhile, an address
}

// height and lanes are of the tallest tile, and of a vector.
func (p path) height() int {
	if p == avx512 {
		return 14
	}
	return 6
}

func (p path) lanes() int {
	if p == avx512 {
		return 16
	}
	return 8
}

// tiles runs the kernel of a path and moves what is ahead on.
func (p path) tiles(c, a, b *float32, t *tiling) {
	if t.aheadStep == 0 {
		t.ahead = int(uintptr(unsafe.Pointer(b))) // which does no harm
	}
	if p == avx512 {
		tilesAVX512(c, a, b, t.fields())
	} else {
		tilesAVX2(c, a, b, t.fields())
	}
	t.ahead += t.tiles * p.looks(t.segments, t.depth) * t.aheadStep
}

// transpose runs the kernel of a path, which writes rows, as many as a vector has lanes or fewer,
// side by side.
func (p path) transpose(dst, src *float32, dstStep, srcStep, depth, lanes int) {
	if p == avx512 {
		transposeAVX512(dst, src, dstStep, srcStep, depth, lanes)
		return
	}
	transposeAVX2(dst, src, dstStep, srcStep, depth, lanes)
}

// copyTile computes the first of the tiles, and packs the panel of B that it reads.
func (p path) copyTile(c, a, b, packed *float32, t *tiling) {
	if p == avx512 {
		copyTileAVX512(c, a, b, packed, t.fields())
		return
	}
	copyTileAVX2(c, a, b, packed, t.fields())
}

func (t *tiling) fields() *[unsafe.Sizeof(tiling{}) / unsafe.Sizeof(0)]int {
	return (*[unsafe.Sizeof(tiling{}) / unsafe.Sizeof(0)]int)(unsafe.Pointer(t))
}

// looks is how often a tile asks for what is ahead.
func (p path) looks(segments, depth int) int {
	if p == avx512 {
		return segments * depth
	}
	return segments
}

// lookAhead spreads what is to be brought nearer over the steps of a product in tiles.
func (t *tiling) lookAhead(ahead []float32, steps int) {
	if len(ahead) > 0 {
		t.ahead, t.aheadStep = int(uintptr(unsafe.Pointer(&ahead[0]))), ceilDiv(4*len(ahead), steps)
	}
}

func multiplyTiles(t *Tiles, c, a, b []float32) {
	if current.inGo() {
		multiplyTilesPortable(t, c, a, b)
		return
	}
	isa := current
	lanes := isa.lanes()
	k := tiling{
		cStep: 4 * t.CRow, aStep: 4 * t.ARow, aDepth: 4 * t.ADepth, bDepth: 4 * t.BDepth,
		depth: t.Depth, segments: t.Segments,
		aJump: 4 * (t.ASegment - t.Depth*t.ADepth), bJump: 4 * (t.BSegment - t.Depth*t.BDepth),
	}
	if t.Accumulate {
		k.accumulate = 1
	}
	k.lookAhead(t.Ahead, ceilDiv(t.Rows, isa.height())*t.Count*isa.looks(t.Segments, t.Depth)*ceilDiv(t.Columns, 2*lanes))
	for j := 0; j < t.Columns; j += 2 * lanes {
		columns := min(2*lanes, t.Columns-j)
		k.vectors = ceilDiv(columns, lanes)
		k.lanes = columns - (k.vectors-1)*lanes
		t.blocks(isa, &k, c[j:], a, b[j:])
	}
}

// blocks computes one vector or two of columns: block by block, or all blocks at once
// where each is a tile.
func (t *Tiles) blocks(isa path, k *tiling, c, a, b []float32) {
	count := ceilDiv(t.Rows, isa.height())
	if count == 1 {
		k.rows, k.tiles, k.aTile, k.cSkip = t.Rows, t.Count, 4*t.ABlock, 4*(t.CBlock-t.Rows*t.CRow)
		isa.tiles(&c[0], &a[0], &b[0], k)
		return
	}
	height, taller := t.Rows/count, t.Rows%count
	k.cSkip = 0
	for q := range t.Count {
		ci, ai := q*t.CBlock, q*t.ABlock
		if taller > 0 {
			k.rows, k.tiles, k.aTile = height+1, taller, (height+1)*k.aStep
			isa.tiles(&c[ci], &a[ai], &b[0], k)
			ci += taller * (height + 1) * t.CRow
			ai += taller * (height + 1) * t.ARow
		}
		k.rows, k.tiles, k.aTile = height, count-taller, height*k.aStep
		isa.tiles(&c[ci], &a[ai], &b[0], k)
	}
}

func interleave(dst, src []float32, dstStep, srcStep, depth, rows int) {
	if current.inGo() || srcStep > longestRow {
		interleavePortable(dst, src, dstStep, srcStep, depth, rows)
		return
	}
	lanes := current.lanes()
	for j := 0; j < rows; j += lanes {
		current.transpose(&dst[j], &src[j*srcStep], 4*dstStep, 4*srcStep, depth, min(lanes, rows-j))
	}
}

func overlap(dst, src []float32, offsets []int, count, dstStep, srcStep int) {
	if current.inGo() || len(offsets) > mostTerms {
		overlapPortable(dst, src, offsets, count, dstStep, srcStep)
		return
	}
	var bytes [mostTerms]int
	for i, o := range offsets {
		bytes[i] = 4 * o
	}
	overlapAdd(&dst[0], &src[0], &bytes[0], len(offsets), count, 4*dstStep, 4*srcStep)
}
