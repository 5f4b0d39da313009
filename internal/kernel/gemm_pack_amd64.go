package kernel

import (
	"sync"
	"unsafe"
)

// packing is which operands of a product are copied before they are multiplied, into the
// order in which the tiles read them. It changes no bit, and is decided by the shape alone,
// by what all caches have in common: lines of 64 bytes; a first level of 64 sets, so that
// lines a multiple of 4 KiB apart compete for 8 to 12 places; some 64 translations of
// pages of 4 KiB that are at hand; a second level in which depths a multiple of 2 KiB or
// 4 KiB apart meet in a few sets, too.
type packing uint8

const (
	// inPlace reads both operands where they are. Rows of B run along the columns (NN
	// and TN).
	inPlace packing = iota
	// byTile does so in the first tile of a block, which stores what it reads of B, and
	// the tiles below read that. The stores cost next to nothing beside the multiply-adds;
	// a panel in place is a new page every few depths, and a line more where its rows do
	// not begin with one.
	byTile
	// transposed packs the panel of B for each block: its rows run along the depth (NT).
	transposed
	// whole packs all of A and B once a product, in a parallel region of its own.
	whole
)

const (
	// fewestTiles is the least number of tiles of a block for which its first packs the
	// panel. Of three, each has at least the height that copyTile must be given.
	fewestTiles = 3
	// nearPanel is the number of bytes over which a panel may spread (16 pages) without
	// being packed.
	nearPanel = 1 << 16
	// wholeLeast is the least number of rows and of columns of what is packed as a
	// whole: an element of A is used once for each panel of columns, one of B once for
	// each tile, and packing takes some 3 % of that.
	wholeLeast = 256
	// deepColumns is how far a tile may go down columns of A, each depth another page,
	// and aliasedColumns the same where these meet in a few sets.
	deepColumns    = 256
	aliasedColumns = 128
	// associativity is the number of lines that a set of the first-level cache holds at
	// least.
	associativity = 8
	// mostPacked bounds what is packed at once of each operand, 8 MiB.
	mostPacked = 1 << 21
)

func (p *product) choosePacking() packing {
	switch {
	case p.m >= wholeLeast && p.n >= wholeLeast && p.scattered():
		return whole
	case p.b.rowStep != 1:
		return transposed
	case 4*p.n*p.k > nearPanel:
		return byTile
	default:
		return inPlace
	}
}

// scattered says whether a tile in place reads lines that drive each other out.
func (p *product) scattered() bool {
	if p.a.rowStep == 1 {
		return p.k > deepColumns || p.k >= aliasedColumns && aliased(4*p.m, 2<<10)
	}
	return p.height > associativity && aliased(4*p.k, 4<<10) || p.b.rowStep == 1 && aliased(4*p.n, 4<<10)
}

// aliased says whether lines so many bytes apart are in the same set, or nearly so.
func aliased(step, period int) bool {
	d := step % period
	return min(d, period-d) <= 8
}

// parts computes a product part by part, each packed before.
func (p *product) parts() {
	p.lastBlocks = 1
	rows := max(1, mostPacked/(p.blockTiles()*p.tileSize()))
	columns := max(1, mostPacked/p.panelSize())
	for from := 0; from < p.k; from += p.depthStep {
		p.part.depth = span{from, min(from+p.depthStep, p.k)}
		for row := 0; row < p.rowBlocks; row += rows {
			p.part.rows = span{row, min(row+rows, p.rowBlocks)}
			for column := 0; column < p.columnBlocks; column += columns {
				p.part.columns = span{column, min(column+columns, p.columnBlocks)}
				p.pack()
				p.multiply()
			}
		}
	}
}

// tileSize is the room of a packed tile of A, for each depth one vector; blockTiles is how
// many tiles a block has at most; panelSize is the room of a packed panel of B.
func (p *product) tileSize() int   { return p.lanes * p.depthStep }
func (p *product) blockTiles() int { return ceilDiv(ceilDiv(p.m, p.rowBlocks), p.height) }
func (p *product) panelSize() int  { return 2 * p.lanes * p.depthStep }

// tileAt and panelAt are places in packedA and packedB.
func (p *product) tileAt(block, tile int) int {
	return ((block-p.part.rows.from)*p.blockTiles() + tile) * p.tileSize()
}

func (p *product) panelAt(column int) int {
	return (column/(2*p.lanes) - p.part.columns.from) * p.panelSize()
}

// pack packs the part.
func (p *product) pack() {
	rows, columns := p.part.rows.len(), p.part.columns.len()
	p.packedA.size(rows * p.blockTiles() * p.tileSize())
	p.packedB.size(columns * p.panelSize())
	p.preparing = true
	parallel(rows+columns, p)
	p.preparing = false
}

// prepare packs a block of rows of A, or a panel of B.
func (p *product) prepare(i int) {
	if rows := p.part.rows.len(); i >= rows {
		b := p.block(0, p.part.columns.from+i-rows)
		b.depth = p.part.depth
		b.packB(p.packedB.aligned[p.panelAt(b.columns.from):])
		return
	}
	block := p.part.rows.from + i
	row := p.rowsOf(block).from
	count, height, taller := p.tilesOf(p.rowsOf(block))
	for t := range count {
		h := height
		if t < taller {
			h++
		}
		src := &p.a.data[row*p.a.rowStep+p.part.depth.from*p.a.depthStep]
		p.packVector(p.a, &p.packedA.aligned[p.tileAt(block, t)], src, p.lanes, p.part.depth.len(), h)
		row += h
	}
}

// placeB returns the first element of the block's panel of B, and the number of bytes from
// one depth to the next. Missing columns of the last vector exist there.
func (b *block) placeB(buffer *panel) (*float32, int) {
	p, width := b.p, b.width()
	switch {
	case p.packing == whole:
		return &p.packedB.aligned[p.panelAt(b.columns.from)], 4 * width
	case p.packing != transposed && b.columns.len() == width:
		return &p.b.data[b.depth.from*p.b.depthStep+b.columns.from], 4 * p.b.depthStep
	}
	dst := buffer.size(width * b.depth.len())
	b.packB(dst)
	return &dst[0], 4 * width
}

// width is the number of columns, in whole vectors.
func (b *block) width() int { return ceilDiv(b.columns.len(), b.p.lanes) * b.p.lanes }

func (b *block) packB(dst []float32) {
	p, width := b.p, b.width()
	for j := b.columns.from; j < b.columns.to; j += p.lanes {
		src := &p.b.data[j*p.b.rowStep+b.depth.from*p.b.depthStep]
		p.packVector(p.b, &dst[j-b.columns.from], src, width, b.depth.len(), min(p.lanes, p.n-j))
	}
}

// packVector packs a vector of rows of A, or of columns of B, width elements from depth to
// depth.
func (p *product) packVector(o operand, dst, src *float32, width, depth, lanes int) {
	switch {
	case o.rowStep == 1 && p.isa == avx512:
		copyRowsAVX512(dst, src, 4*width, 4*o.depthStep, depth, lanes)
	case o.rowStep == 1:
		copyRowsAVX2(dst, src, 4*width, 4*o.depthStep, depth, lanes)
	default:
		p.isa.transpose(dst, src, 4*width, 4*o.rowStep, depth, lanes)
	}
}

// panel is memory for packed operands.
type panel struct {
	buffer  []float32
	aligned []float32 // the part of buffer that starts at a cache line
}

var panels = sync.Pool{New: func() any { return new(panel) }}

// size returns room for n elements, whose contents are undefined.
func (s *panel) size(n int) []float32 {
	const line = 64
	if len(s.aligned) < n {
		s.buffer = make([]float32, n+line/4)
		skip := -uintptr(unsafe.Pointer(&s.buffer[0])) % line / 4
		s.aligned = s.buffer[skip:][:n]
	}
	return s.aligned
}
