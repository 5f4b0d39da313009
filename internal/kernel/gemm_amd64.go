package kernel

import (
	"sync"
	"unsafe"
)

// The AVX2 and AVX-512 product. C is cut into blocks, the units of the worker
// pool: one panel of columns (two vectors, or what is left at the edge) by some
// rows. The micro-kernel (_gen/tiles.go) walks down the rows of a block. It reads
// A in place, element by element, and B in place too where its rows run along n
// (NN and TN). For NT, and for the last columns that fill no vector, the panel of
// B is first packed into a buffer in which one depth lies behind the other.
const (
	// placedDepth bounds the part of k that is worked on at once, so that what
	// a block reads of A stays in the second-level cache. Longer is better for
	// what fits.
	placedDepth = 800
	// packedDepth is the same where B is packed for at most fewRows rows, and
	// packing is a good part of the work: then both the packed panel and its
	// source should stay in the first-level cache.
	packedDepth = 128
	fewRows     = 48
	// blockRows is about how many rows a block has. More rows make packing
	// cheaper, fewer leave more of A in the cache.
	blockRows = 168
	// placedBlocks is how many blocks a product should have, so that two or
	// four threads are busy to its end; packedBlocks the same where each block
	// of rows packs B anew.
	placedBlocks = 8
	packedBlocks = 4
	// leastRows is the least height of a block that is cut for that reason.
	leastRows = 28
	// smallProduct is the number of multiply-adds below which waking another
	// thread costs more than it brings.
	smallProduct = 1 << 18
	// longestRow bounds the step of the gather instruction.
	longestRow = 1 << 24
)

// product is one call of MatMul, a task of the worker pool.
type product struct {
	c             []float32
	a, b          operand
	m, n, k       int
	accumulate    bool
	epilogue      epilogue
	isa           path
	rowBlocks     int
	depthStep     int // the part of k that is worked on at once
	lanes, height int // of a vector, of the tallest tile
}

var products = sync.Pool{New: func() any { return new(product) }}

func gemm(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) {
	if current == portable || k > longestRow {
		gemmPortable(c, a, b, m, n, k, accumulate)
		end.whole(c, m, n)
		return
	}
	p := products.Get().(*product)
	*p = product{c: c, a: a, b: b, m: m, n: n, k: k, accumulate: accumulate, epilogue: end, isa: current}
	p.lanes, p.height = p.isa.lanes(), p.isa.height()
	p.cut()
	columnBlocks := ceilDiv(n, 2*p.lanes)
	if m*n*k <= smallProduct {
		p.rowBlocks = 1
		for i := range columnBlocks {
			p.run(i)
		}
	} else {
		parallel(columnBlocks*p.rowBlocks, p)
	}
	*p = product{}
	products.Put(p)
}

// cut chooses the height and depth of the blocks. It looks at the shape alone.
func (p *product) cut() {
	depth, blocks := placedDepth, placedBlocks
	if p.b.rowStep != 1 {
		blocks = packedBlocks
		if p.m <= fewRows {
			depth = packedDepth
		}
	}
	p.depthStep = evenStep(p.k, depth)
	p.rowBlocks = max(ceilDiv(p.m, blockRows), ceilDiv(blocks, ceilDiv(p.n, 2*p.lanes)))
	p.rowBlocks = min(p.rowBlocks, ceilDiv(p.m, leastRows))
}

// part is the i-th of parts nearly equal parts of n.
func part(n, parts, i int) (from, to int) { return i * n / parts, (i + 1) * n / parts }

// evenStep cuts k into nearly equal steps of about most, in whole cache lines.
func evenStep(k, most int) int {
	const line = 16
	return ceilDiv(ceilDiv(k, ceilDiv(k, most)), line) * line
}

// panel is a packed part of B.
type panel struct {
	buffer  []float32
	aligned []float32 // the part of buffer that starts at a cache line
}

var panels = sync.Pool{New: func() any { return new(panel) }}

func (s *panel) size(n int) []float32 {
	const line = 64
	if len(s.aligned) < n {
		s.buffer = make([]float32, n+line/4)
		skip := -uintptr(unsafe.Pointer(&s.buffer[0])) % line / 4
		s.aligned = s.buffer[skip:][:n]
	}
	return s.aligned
}

// run computes one block of C.
func (p *product) run(i int) {
	column := i / p.rowBlocks * 2 * p.lanes
	columns := min(2*p.lanes, p.n-column)
	row, end := part(p.m, p.rowBlocks, i%p.rowBlocks)
	buffer := panels.Get().(*panel)
	for from := 0; from < p.k; from += p.depthStep {
		to := min(from+p.depthStep, p.k)
		b, bDepth := p.packed(buffer, column, columns, from, to)
		p.rows(row, end, column, columns, from, to, b, bDepth)
	}
	p.epilogue.apply(p.c[row*p.n+column:], column, end-row, columns, p.n)
	panels.Put(buffer)
}

// packed returns the first element of a panel of B and the number of elements
// from one depth to the next. Missing columns of the last vector exist there.
func (p *product) packed(buffer *panel, column, columns, from, to int) (*float32, int) {
	vectors := ceilDiv(columns, p.lanes)
	if p.b.rowStep == 1 && columns == vectors*p.lanes {
		return &p.b.data[from*p.b.depthStep+column], p.b.depthStep
	}
	width := vectors * p.lanes
	dst := buffer.size(width * (to - from))
	for v := range vectors {
		j := column + v*p.lanes
		lanes := min(p.lanes, p.n-j)
		src := p.b.data[j*p.b.rowStep+from*p.b.depthStep:]
		p.pack(&dst[v*p.lanes], &src[0], width, to-from, lanes)
	}
	return &dst[0], width
}

// pack packs one vector of columns.
func (p *product) pack(dst, src *float32, width, depth, lanes int) {
	switch {
	case p.b.rowStep == 1 && p.isa == avx512:
		copyRowsAVX512(dst, src, 4*width, 4*p.b.depthStep, depth, lanes)
	case p.b.rowStep == 1:
		copyRowsAVX2(dst, src, 4*width, 4*p.b.depthStep, depth, lanes)
	case p.isa == avx512:
		transposeAVX512(dst, src, 4*width, 4*p.b.rowStep, depth, lanes)
	default:
		transposeAVX2(dst, src, 4*width, 4*p.b.rowStep, depth, lanes)
	}
}

// rows computes one block of C over one block of depth, in tiles of two heights
// that differ by one.
func (p *product) rows(row, end, column, columns, from, to int, b *float32, bDepth int) {
	count := ceilDiv(end-row, p.height)
	height, taller := (end-row)/count, (end-row)%count
	if taller > 0 {
		p.tiles(row, column, columns, from, to, b, bDepth, height+1, taller)
		row += taller * (height + 1)
	}
	p.tiles(row, column, columns, from, to, b, bDepth, height, count-taller)
}

// tiles computes count tiles of the same height below each other.
func (p *product) tiles(row, column, columns, from, to int, b *float32, bDepth, height, count int) {
	c := &p.c[row*p.n+column]
	a := &p.a.data[row*p.a.rowStep+from*p.a.depthStep]
	t := tiling{
		cStep: 4 * p.n, aStep: 4 * p.a.rowStep, aDepth: 4 * p.a.depthStep, bDepth: 4 * bDepth,
		depth: to - from, segments: 1, rows: height, tiles: count, aTile: 4 * height * p.a.rowStep,
		vectors: ceilDiv(columns, p.lanes),
	}
	t.lanes = columns - (t.vectors-1)*p.lanes
	if p.accumulate || from > 0 {
		t.accumulate = 1
	}
	p.isa.tiles(c, a, b, &t)
}
