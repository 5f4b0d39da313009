package kernel

import "sync"

// Kernels of maps: images of a batch whose channels lie side by side.

// The sums of a bias gradient. A matrix [m,n] of few columns is seen as one of fewer rows and
// more columns, so that vectors are full; pieces of it fit the nearest cache, a run of pieces
// has sums of its own, and these are added from top to bottom. All of that depends on m and n
// alone.
const (
	biasColumns = 128     // at least half as many where there are enough rows
	biasPiece   = 1 << 12 // elements of a piece
	biasRun     = 1 << 15 // and of a run
)

// folded is how many rows are seen as one, a power of two, and how many rows of that kind a
// run has.
func folded(m, n int) (fold, rows int) {
	fold = 1
	for 2*fold*n <= biasColumns && m%(2*fold) == 0 && m > 0 {
		fold *= 2
	}
	return fold, max(1, biasRun/max(fold*n, 1))
}

// BiasGradientScratch is how many numbers BiasGradient needs beside its results.
func BiasGradientScratch(m, n int) int {
	fold, rows := folded(m, n)
	return (ceilDiv(m/fold, rows) + 1) * fold * n
}

// BiasGradient writes to db [n] the sum over the rows of dz [m,n], the gradient before an
// activation, which it makes as ActivationGradient does of dy and v. For a linear one dz
// is dy, and v is of no use. scratch has the length that BiasGradientScratch gives.
func BiasGradient(dz, db, dy, v, scratch []float32, m, n int, act Activation) {
	check("BiasGradient", len(dz) == m*n && len(db) == n && len(dy) == m*n && len(v) == m*n && len(scratch) == BiasGradientScratch(m, n), m, n)
	fold, rows := folded(m, n)
	width := fold * n
	if m == 0 || n == 0 {
		clear(db)
		return
	}
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.d, e.n, e.sumRows, e.act, e.units = dz, dy, v, scratch, width, rows, act, ceilDiv(m/fold, rows)
	runs := e.units
	e.work = biasRuns
	e.inParts(rows * width)
	total := scratch[runs*width:]
	clear(total)
	addRows(total, scratch[:runs*width], runs, width)
	clear(db)
	addRows(db, total, fold, n)
}

// biasRuns treats runs of rows of e.n elements, e.sumRows to a run.
func biasRuns(e *elements, from, to int) {
	for i := from; i < to; i++ {
		sums := e.d[i*e.n:][:e.n]
		clear(sums)
		end := min((i+1)*e.sumRows*e.n, len(e.a))
		piece := max(1, biasPiece/e.n) * e.n
		for at := i * e.sumRows * e.n; at < end; at += piece {
			stop := min(at+piece, end)
			if e.act != Linear {
				activationGradient(e.a[at:stop], e.b[at:stop], e.c[at:stop], e.act)
			}
			addRows(sums, e.a[at:stop], (stop-at)/e.n, e.n)
		}
	}
}

// transposeColumns are the columns that are transposed together.
const transposeColumns = 64

// Transpose writes to dst, as [columns,rows], each of count matrices [rows,columns] in src.
func Transpose(dst, src []float32, count, rows, columns int) {
	check("Transpose", count >= 0 && len(dst) == count*rows*columns && len(src) == len(dst), rows, columns)
	if len(src) == 0 {
		return
	}
	blocks := ceilDiv(columns, transposeColumns)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.n, e.sumRows, e.samples, e.units = dst, src, columns, rows, blocks, count*blocks
	e.work = func(e *elements, from, to int) {
		size := e.n * e.sumRows
		for i := from; i < to; i++ {
			first := i % e.samples * transposeColumns
			transpose(e.a[i/e.samples*size:][first*e.sumRows:size], e.b[i/e.samples*size:][:size], e.sumRows, e.n, first, min(first+transposeColumns, e.n))
		}
	}
	e.inParts(rows * min(columns, transposeColumns))
}

// transposePortable writes the columns first to last-1 of a matrix side by side, of its rows
// those from the given one on.
func transposePortable(dst, src []float32, row, rows, columns, first, last int) {
	const block = 8 // rows that write to the same lines
	for top := row; top < rows; top += block {
		bottom := min(top+block, rows)
		for j := first; j < last; j++ {
			out := dst[(j-first)*rows:][top:bottom]
			for i := range out {
				out[i] = src[(top+i)*columns+j]
			}
		}
	}
}

// Add writes a + b to y, all of the same length; y may be a.
func Add(y, a, b []float32) {
	check("Add", len(a) == len(y) && len(b) == len(y), len(y), 1)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.units = y, a, b, len(y)
	e.work = func(e *elements, from, to int) {
		const piece = 1 << 10 // stays in the nearest cache
		for ; from < to; from += piece {
			y := e.a[from:min(from+piece, to)]
			copy(y, e.b[from:])
			addRows(y, e.c[from:], 1, len(y))
		}
	}
	e.inParts(1)
}

// Multiply writes a times b to y, all of the same length; y may be one of them.
func Multiply(y, a, b []float32) {
	check("Multiply", len(a) == len(y) && len(b) == len(y), len(y), 1)
	e := elementTasks.Get().(*elements)
	e.a, e.b, e.c, e.units = y, a, b, len(y)
	e.work = func(e *elements, from, to int) {
		y := e.a[from:to]
		a, b := e.b[from:to][:len(y)], e.c[from:to][:len(y)]
		for i := range y {
			y[i] = a[i] * b[i]
		}
	}
	e.inParts(1)
}

const (
	// treePiece is how many numbers of each summand are added at once: of eight they stay in the nearest cache.
	treePiece = 512
	// treeShare is how many are worth a goroutine of their own.
	treeShare = 1 << 14
	// MostSummands bounds what AddTree adds in one pass.
	MostSummands = 8
)

// half is memory for sums under way, one of each level of a tree.
type half [2][treePiece]float32

var halves = sync.Pool{New: func() any { return new(half) }}

// AddTree lets x[0] be the sum of all of x, as a balanced binary tree: (x0+x1)+(x2+x3) of four. They are a power of two of
// equal length; beyond MostSummands the others come to hold sums of some.
func AddTree(x ...[]float32) {
	n := len(x[0])
	for _, v := range x {
		check("AddTree", len(v) == n && len(x)&(len(x)-1) == 0, len(x), n)
	}
	if len(x) == 1 {
		return
	}
	if len(x) > MostSummands {
		var sums [][]float32
		for ; len(x) > 0; x = x[MostSummands:] {
			AddTree(x[:MostSummands]...)
			sums = append(sums, x[0])
		}
		AddTree(sums...)
		return
	}
	Parallel((n+treeShare-1)/treeShare, func(i int) {
		h := halves.Get().(*half)
		for from, end := i*treeShare, min((i+1)*treeShare, n); from < end; from += treePiece {
			h.add(x[0][from:min(from+treePiece, end)], x, from, 0)
		}
		halves.Put(h)
	})
}

// add writes a piece of the sum of x, which begins at from, to dst; that may be the piece of x[0].
func (h *half) add(dst []float32, x [][]float32, from, level int) {
	if len(x) == 2 {
		copy(dst, x[0][from:])
		addRows(dst, x[1][from:], 1, len(dst))
		return
	}
	right := h[level][:len(dst)]
	h.add(dst, x[:len(x)/2], from, level+1)
	h.add(right, x[len(x)/2:], from, level+1)
	addRows(dst, right, 1, len(dst))
}
