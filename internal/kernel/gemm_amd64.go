package kernel

import "sync"

// The AVX2 and AVX-512 product. C is cut into blocks, the units of the worker pool: one
// panel of columns (two vectors, or what is left at the edge) by some rows. The
// micro-kernel (_gen/tiles.go) walks down the rows of a block. Which operands it reads in
// place, and which are packed before, is decided in gemm_pack_amd64.go.
const (
	// longestStep bounds the part of k that is worked on at once, so that what a block
	// reads of A stays in the second-level cache. Longer is better for what fits.
	longestStep = 800
	// fewRowsStep is the same where B is transposed for at most fewRows rows, which is
	// a good part of the work: then both the panel and its source should stay in the
	// first-level cache.
	fewRowsStep = 128
	fewRows     = 48
	// blockRows is about how many rows a block has. More rows make packing
	// cheaper, fewer leave more of A in the cache.
	blockRows = 168
	// fewestBlocks is how many blocks a product should have, so that two or four
	// threads are busy to its end; fewestPacked the same where each block of rows packs
	// all of B anew: by transposing it, or because it has columns that fill no vector.
	fewestBlocks = 8
	fewestPacked = 4
	// lastBlocks is the number of blocks that the last panel of columns is cut into
	// where the others are not cut, and two threads could not share them evenly.
	lastBlocks = 4
	// mostOfA is how much of A should lie in the second-level cache, 768 KiB.
	mostOfA = 3 << 16
	// leastRows is the least height of a block that is cut for that reason.
	leastRows = 28
	// smallProduct is the number of multiply-adds below which waking another
	// thread costs more than it brings.
	smallProduct = 1 << 18
)

// product is one call of MatMul, a task of the worker pool.
type product struct {
	c                       []float32
	a, b                    operand
	m, n, k                 int
	accumulate              bool
	epilogue                epilogue
	isa                     path
	lanes, height           int // of a vector, of the tallest tile
	rowBlocks, columnBlocks int
	lastBlocks              int // of rows, in the last panel of columns where rowBlocks is 1
	depthStep               int // the part of k that is worked on at once

	packing          packing
	part             part
	preparing        bool  // the task is to pack the part, not to multiply it
	packedA, packedB panel // of the part; they stay when the product is done
}

var products = sync.Pool{New: func() any { return new(product) }}

func gemm(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) {
	if current.inGo() || k > longestRow {
		gemmPortable(c, a, b, m, n, k, accumulate)
		end.whole(c, m, n)
		return
	}
	p := newProduct(c, a, b, m, n, k, accumulate, end)
	p.packing = p.choosePacking()
	p.compute()
	p.c, p.a.data, p.b.data, p.epilogue.bias = nil, nil, nil, nil
	products.Put(p)
}

func newProduct(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) *product {
	p := products.Get().(*product)
	*p = product{
		c: c, a: a, b: b, m: m, n: n, k: k, accumulate: accumulate, epilogue: end,
		isa: current, lanes: current.lanes(), height: current.height(), packedA: p.packedA, packedB: p.packedB,
	}
	p.cut()
	return p
}

// cut chooses the height and depth of the blocks. It looks at the shape alone.
func (p *product) cut() {
	step, blocks := longestStep, fewestBlocks
	if p.b.rowStep != 1 || p.n < 2*p.lanes {
		blocks = fewestPacked
	}
	if p.b.rowStep != 1 && p.m <= fewRows {
		step = fewRowsStep
	}
	p.depthStep = evenStep(p.k, step)
	p.columnBlocks = ceilDiv(p.n, 2*p.lanes)
	p.rowBlocks = max(ceilDiv(p.m, blockRows), ceilDiv(blocks, p.columnBlocks))
	p.rowBlocks = min(p.rowBlocks, ceilDiv(p.m, leastRows))
	p.lastBlocks = 1
	if p.small() {
		p.rowBlocks = 1
	} else if p.rowBlocks == 1 && p.columnBlocks > 1 && p.n%(4*p.lanes) != 0 {
		p.lastBlocks = min(lastBlocks, ceilDiv(p.m, leastRows))
	}
}

func (p *product) small() bool { return p.m*p.n*p.k <= smallProduct }

// evenStep cuts k into nearly equal steps of about most, in whole cache lines.
func evenStep(k, most int) int {
	const line = 16
	return ceilDiv(ceilDiv(k, ceilDiv(k, most)), line) * line
}

// span is a range of rows, columns or depths, or of blocks of them.
type span struct{ from, to int }

func (s span) len() int { return s.to - s.from }

// part is what is computed in one parallel region: blocks of rows, panels of columns, and
// the depths for them. Only what is packed as a whole has more than one.
type part struct{ rows, columns, depth span }

func (p *product) compute() {
	if p.packing == whole {
		p.parts()
		return
	}
	p.part = part{span{0, p.rowBlocks}, span{0, p.columnBlocks}, span{0, p.k}}
	p.multiply()
}

// multiply computes the part, all blocks below each other before those beside them, or the
// other way round. The first gets each panel of B from afar but once, the second each block
// of A; it is taken where the second-level cache cannot hold all of A beside a panel.
func (p *product) multiply() {
	count := p.part.rows.len()*p.part.columns.len() + p.lastBlocks - 1
	if !p.small() {
		parallel(count, p)
		return
	}
	for i := range count {
		p.run(i)
	}
}

func (p *product) run(i int) {
	if p.preparing {
		p.prepare(i)
		return
	}
	b := p.blockAt(i)
	buffer := panels.Get().(*panel)
	for from := p.part.depth.from; from < p.part.depth.to; from += p.depthStep {
		b.depth = span{from, min(from+p.depthStep, p.part.depth.to)}
		b.compute(buffer)
	}
	panels.Put(buffer)
	if p.part.depth.to == p.k {
		p.epilogue.apply(p.c[b.rows.from*p.n+b.columns.from:], b.columns.from, b.rows.len(), b.columns.len(), p.n)
	}
}

// block is one block of C over one step of the depth.
type block struct {
	p                    *product
	number               int // among the blocks of rows
	rows, columns, depth span
}

// blockAt is the i-th block of the part.
func (p *product) blockAt(i int) block {
	rows, columns := p.part.rows.len(), p.part.columns.len()
	if last := i - (columns - 1); p.lastBlocks > 1 && last >= 0 {
		b := p.block(0, p.columnBlocks-1)
		b.rows = share(p.m, p.lastBlocks, last)
		return b
	}
	row, column := i%rows, i/rows
	if p.m*p.part.depth.len() > mostOfA {
		row, column = i/columns, i%columns
	}
	return p.block(p.part.rows.from+row, p.part.columns.from+column)
}

func (p *product) block(row, column int) block {
	from := column * 2 * p.lanes
	return block{p: p, number: row, rows: p.rowsOf(row), columns: span{from, min(from+2*p.lanes, p.n)}}
}

// rowsOf are the rows of a block.
func (p *product) rowsOf(block int) span { return share(p.m, p.rowBlocks, block) }

// share is the i-th of parts nearly equal parts of n.
func share(n, parts, i int) span { return span{i * n / parts, (i + 1) * n / parts} }

// tilesOf cuts rows into tiles: the first ones, taller of them, have a row more than the
// others.
func (p *product) tilesOf(rows span) (count, height, taller int) {
	count = ceilDiv(rows.len(), p.height)
	return count, rows.len() / count, rows.len() % count
}

// compute computes the block, tile by tile.
func (b *block) compute(buffer *panel) {
	count, height, taller := b.p.tilesOf(b.rows)
	w := walk{block: b, row: b.rows.from}
	w.start(buffer)
	if b.p.packing == byTile && count >= fewestTiles && b.columns.len() == 2*b.p.lanes {
		first := height
		if taller > 0 {
			first++
			taller--
		}
		w.copying(first, buffer)
		count--
	}
	w.tiles(height+1, taller)
	w.tiles(height, count-taller)
}

// walk goes down the rows of a block.
type walk struct {
	block  *block
	row    int // of C
	tile   int // of the block
	b      *float32
	tiling tiling
}

// start says all that the tiles of a block have in common.
func (w *walk) start(buffer *panel) {
	b, p := w.block, w.block.p
	t := &w.tiling
	t.cStep, t.aStep, t.aDepth = 4*p.n, 4*p.a.rowStep, 4*p.a.depthStep
	if p.packing == whole {
		t.aStep, t.aDepth = 4, 4*p.lanes
	}
	t.depth, t.segments = b.depth.len(), 1
	t.vectors = ceilDiv(b.columns.len(), p.lanes)
	t.lanes = b.columns.len() - (t.vectors-1)*p.lanes
	if p.accumulate || b.depth.from > 0 {
		t.accumulate = 1
	}
	w.b, t.bDepth = b.placeB(buffer)
}

// at returns the elements of C and A at which the next tile begins.
func (w *walk) at() (c, a *float32) {
	p := w.block.p
	c = &p.c[w.row*p.n+w.block.columns.from]
	if p.packing == whole {
		return c, &p.packedA.aligned[p.tileAt(w.block.number, w.tile)]
	}
	return c, &p.a.data[w.row*p.a.rowStep+w.block.depth.from*p.a.depthStep]
}

// tiles computes count tiles of the same height.
func (w *walk) tiles(height, count int) {
	if count == 0 {
		return
	}
	t := &w.tiling
	t.rows, t.tiles, t.aTile = height, count, height*t.aStep
	if w.block.p.packing == whole {
		t.aTile = 4 * w.block.p.tileSize()
	}
	c, a := w.at()
	w.block.p.isa.tiles(c, a, w.b, t)
	w.row += height * count
	w.tile += count
}

// copying computes one tile, which leaves the panel of B packed for those below.
func (w *walk) copying(height int, buffer *panel) {
	p, t := w.block.p, &w.tiling
	packed := &buffer.size(2 * p.lanes * t.depth)[0]
	t.rows, t.tiles = height, 1
	c, a := w.at()
	p.isa.copyTile(c, a, w.b, packed, t)
	w.row += height
	w.b, t.bDepth = packed, 4*2*p.lanes
}
