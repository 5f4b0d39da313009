package kernel

import (
	"sync"

	"vae/internal/lane"
)

// The portable micro-kernel computes a tile of tileRows x tileColumns outputs.
const (
	tileRows    = 4
	tileColumns = 4
	// depthBlock bounds the part of k that is worked on at once, so that one
	// panel of each operand stays in the first-level cache.
	depthBlock = 1024
	// rowPanelsPerTask and columnPanelsPerTask cut the output into the units
	// that the worker pool hands out. They depend on nothing but the shape.
	rowPanelsPerTask    = 8
	columnPanelsPerTask = 16
)

// portableProduct is one call of MatMul, a task of the worker pool in two
// phases: first packing, then the tiles.
type portableProduct struct {
	c                       []float32
	a, b                    operand
	m, n, k                 int
	accumulate              bool
	packedA, packedB        []float32
	rowPanels, columnPanels int
	packing                 bool
	fused                   bool // multiply and add, as the paths with assembly do: that is exact
}

var portableProducts = sync.Pool{New: func() any { return new(portableProduct) }}

// gemmPortable packs both operands into panels and computes the output tile by
// tile. Every output element is the sum over k in rising order, whatever the
// number of threads and wherever the element lies in its tile.
func gemmPortable(c []float32, a, b operand, m, n, k int, accumulate bool) {
	p := portableProducts.Get().(*portableProduct)
	*p = portableProduct{c: c, a: a, b: b, m: m, n: n, k: k, accumulate: accumulate,
		packedA: p.packedA, packedB: p.packedB, fused: current == exact && k <= longestRow,
		rowPanels: ceilDiv(m, tileRows), columnPanels: ceilDiv(n, tileColumns)}
	p.packedA = grow(p.packedA, p.rowPanels*tileRows*k)
	p.packedB = grow(p.packedB, p.columnPanels*tileColumns*k)
	p.packing = true
	parallel(p.rowPanels+p.columnPanels, p)
	p.packing = false
	parallel(ceilDiv(p.rowPanels, rowPanelsPerTask)*ceilDiv(p.columnPanels, columnPanelsPerTask), p)
	p.c, p.a, p.b = nil, operand{}, operand{}
	portableProducts.Put(p)
}

func (p *portableProduct) run(i int) {
	switch {
	case !p.packing:
		p.block(i)
	case i < p.rowPanels:
		p.pack(p.packedA[i*tileRows*p.k:][:tileRows*p.k], p.a, i*tileRows, p.m, tileRows)
	default:
		i -= p.rowPanels
		p.pack(p.packedB[i*tileColumns*p.k:][:tileColumns*p.k], p.b, i*tileColumns, p.n, tileColumns)
	}
}

// block computes one unit of C.
func (p *portableProduct) block(i int) {
	taskColumns := ceilDiv(p.columnPanels, columnPanelsPerTask)
	row, column := i/taskColumns*rowPanelsPerTask, i%taskColumns*columnPanelsPerTask
	for depth := 0; depth < p.k; depth += depthBlock {
		for j := column; j < min(column+columnPanelsPerTask, p.columnPanels); j++ {
			for i := row; i < min(row+rowPanelsPerTask, p.rowPanels); i++ {
				p.tile(i, j, depth)
			}
		}
	}
}

// tile computes the outputs of one row panel and one column panel over one
// block of depth, and stores those that exist.
func (p *portableProduct) tile(rowPanel, columnPanel, depth int) {
	var acc [tileRows * tileColumns]float32
	row, column := rowPanel*tileRows, columnPanel*tileColumns
	rows, columns := min(tileRows, p.m-row), min(tileColumns, p.n-column)
	if p.accumulate || depth > 0 {
		for i := range rows {
			copy(acc[i*tileColumns:][:columns], p.c[(row+i)*p.n+column:][:columns])
		}
	}
	block := min(depthBlock, p.k-depth)
	a, b := p.packedA[row*p.k+depth*tileRows:][:block*tileRows], p.packedB[column*p.k+depth*tileColumns:][:block*tileColumns]
	if p.fused {
		lane.MultiplyPanels(acc[:], a, b, tileRows)
	} else {
		multiplyPanels(&acc, a, b)
	}
	for i := range rows {
		copy(p.c[(row+i)*p.n+column:][:columns], acc[i*tileColumns:][:columns])
	}
}

// pack writes rows [row, row+width) of an operand side by side, one depth after
// the other; rows from limit on do not exist and are written as zero. What is to be
// multiplied and added at once is flushed.
func (p *portableProduct) pack(dst []float32, o operand, row, limit, width int) {
	k := p.k
	for r := range width {
		if row+r >= limit {
			for p := range k {
				dst[p*width+r] = 0
			}
			continue
		}
		src := (row + r) * o.rowStep
		for p := range k {
			dst[p*width+r] = o.data[src+p*o.depthStep]
		}
	}
	if p.fused {
		lane.FlushAll(dst)
	}
}

// multiplyPanels adds to acc the product of a [depth, tileRows] panel and a
// [depth, tileColumns] panel, one depth after the other. The conversions forbid
// the compiler to fuse multiply and add, so that the portable path gives the
// same bits on every architecture. Two rows at a time keep the accumulators in
// registers.
func multiplyPanels(acc *[tileRows * tileColumns]float32, a, b []float32) {
	for r := 0; r < tileRows; r += 2 {
		out := acc[r*tileColumns : (r+2)*tileColumns]
		s00, s01, s02, s03 := out[0], out[1], out[2], out[3]
		s10, s11, s12, s13 := out[4], out[5], out[6], out[7]
		pa, pb := a[r:], b
		for len(pa) >= 2 && len(pb) >= tileColumns {
			a0, a1 := pa[0], pa[1]
			b0, b1, b2, b3 := pb[0], pb[1], pb[2], pb[3]
			s00 += float32(a0 * b0)
			s01 += float32(a0 * b1)
			s02 += float32(a0 * b2)
			s03 += float32(a0 * b3)
			s10 += float32(a1 * b0)
			s11 += float32(a1 * b1)
			s12 += float32(a1 * b2)
			s13 += float32(a1 * b3)
			if len(pa) < tileRows {
				break
			}
			pa, pb = pa[tileRows:], pb[tileColumns:]
		}
		out[0], out[1], out[2], out[3] = s00, s01, s02, s03
		out[4], out[5], out[6], out[7] = s10, s11, s12, s13
	}
}
