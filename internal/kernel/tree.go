package kernel

import "sync"

const (
	// treePiece is how many numbers of each summand are added at once: of eight they stay in the nearest cache.
	treePiece = 512
	// treeShare is how many are worth a goroutine of their own.
	treeShare = 1 << 14
	// MostSummands bounds what AddTree adds at once.
	MostSummands = 8
)

// half is memory for sums under way, one of each level of a tree.
type half [2][treePiece]float32

var halves = sync.Pool{New: func() any { return new(half) }}

// AddTree lets x[0] be the sum of all of x, as a balanced binary tree: (x0+x1)+(x2+x3) of four. They are a power of two of
// equal length, up to MostSummands.
func AddTree(x ...[]float32) {
	n := len(x[0])
	for _, v := range x {
		check("AddTree", len(v) == n && len(x) <= MostSummands && len(x)&(len(x)-1) == 0, len(x), n)
	}
	if len(x) == 1 {
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
