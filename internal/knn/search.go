package knn

import (
	"context"
	"math/bits"
	"slices"
	"sync"

	"vae/internal/kernel"
)

const (
	amongBlock = 512 // rows of what is searched in one product
	// Of narrow rows the queries of one product are so many that its result stays in the
	// cache, of wide ones so many that reading the rows is the lesser part.
	narrowTile, wideTile = 168, 448
	wide                 = 128 // columns
)

// span is a part of the rows.
type span struct{ from, to int }

func (s span) list() []int {
	var all []int
	for i := s.from; i < s.to; i++ {
		all = append(all, i)
	}
	return all
}

// search finds the k nearest rows of many queries, which have the center of the rows.
type search struct {
	query, among *rows
	self         bool // they are one set, and a row is not its own neighbor
	k            int
	usual        float64 // squared length, see rows.usual
	sample       *sample // nil where rows are few
	workers      sync.Pool
}

func newSearch(query, among *rows, self bool, k int) *search {
	s := &search{query: query, among: among, self: self, k: k, usual: among.usual(), sample: newSample(among, k)}
	s.workers.New = func() any { return &worker{search: s, mask: make([]uint64, amongBlock/64)} }
	return s
}

// tile is how many queries are worked on at once. Its buffers are some megabytes at most,
// and there are enough tiles for many threads.
func (s *search) tile() int {
	tile := narrowTile
	if s.query.l > wide {
		tile = wideTile
	}
	return max(1, min(tile, 1<<18/s.capacity(), (s.query.count()+63)/64))
}

// capacity is how many candidates of a query are gathered before they are narrowed.
func (s *search) capacity() int { return max(4*s.k, 256) }

// run gives the neighbors of each query to found, from several goroutines.
func (s *search) run(ctx context.Context, m *meter, found func(q int, nearest []candidate)) error {
	n, tile := s.query.count(), s.tile()
	all := []span{{0, s.among.count()}}
	kernel.Parallel((n+tile-1)/tile, func(t int) {
		queries := span{t * tile, min((t+1)*tile, n)}.list()
		w := s.workers.Get().(*worker)
		defer s.workers.Put(w)
		if w.find(ctx, queries, all, found) {
			m.add(len(queries))
		}
	})
	return ctx.Err()
}

// worker looks for the neighbors of some queries.
type worker struct {
	*search
	queries []int
	x       []float32 // [T, L], of the queries
	best    []best    // [T]
	dots    []float32
	mask    []uint64
}

// find gives the neighbors of queries among parts of the rows to found. It reports whether it
// came to the end.
func (w *worker) find(ctx context.Context, queries []int, among []span, found func(q int, nearest []candidate)) bool {
	w.begin(queries)
	if w.sample != nil {
		w.guess()
	}
	for len(w.queries) > 0 {
		if !w.look(ctx, among) {
			return false
		}
		var again []int
		for i, q := range w.queries {
			if w.best[i].finish() {
				found(q, w.best[i].found)
			} else {
				again = append(again, q)
			}
		}
		w.begin(again)
	}
	return true
}

func (w *worker) begin(queries []int) {
	w.queries, w.x = queries, w.x[:0]
	for len(w.best) < len(queries) {
		w.best = append(w.best, best{k: w.k, among: w.among, found: make([]candidate, 0, w.capacity())})
	}
	for i, q := range queries {
		w.x = append(w.x, w.query.moved(q)...)
		length := w.query.squared[q]
		w.best[i].begin(w.query.row(q), length, w.among.bound(length, w.usual))
	}
}

// look goes through parts of the rows. It reports whether it came to the end.
func (w *worker) look(ctx context.Context, among []span) bool {
	for _, part := range among {
		for first := part.from; first < part.to; first += amongBlock {
			if ctx.Err() != nil {
				return false
			}
			w.block(span{first, min(first+amongBlock, part.to)})
		}
	}
	return true
}

// block offers a block of rows to all queries.
func (w *worker) block(rows span) {
	n := rows.to - rows.from
	dots := w.products(w.among.x[rows.from*w.among.l : rows.to*w.among.l])
	longest := w.among.longest(rows)
	for i := range w.queries {
		b := &w.best[i]
		if longest <= w.usual {
			w.offer(i, rows, dots[i*n:(i+1)*n], b.near, true)
		} else {
			w.offer(i, rows, dots[i*n:(i+1)*n], b.limit(w.among.bound(b.length, longest)), false)
		}
	}
}

// products are those of all queries with rows x [n, L]: [T, n].
func (w *worker) products(x []float32) []float32 {
	m, l := len(w.queries), w.query.l
	n := len(x) / l
	w.dots = slices.Grow(w.dots[:0], m*n)[:m*n]
	kernel.MatMulNT(w.dots, w.x, x, m, n, l, false)
	return w.dots
}

// offer offers a block of rows to a query, whose products with them are given: those with a
// difference of half and product not above the limit. For precise see best.offer.
func (w *worker) offer(i int, rows span, dots []float32, limit float32, precise bool) {
	b, half, mask := &w.best[i], w.among.half[rows.from:rows.to], w.mask[:(len(dots)+63)/64]
	kernel.NotAbove(mask, half, dots, limit)
	for at, word := range mask {
		for ; word != 0; word &= word - 1 {
			j := 64*at + bits.TrailingZeros64(word)
			if w.self && rows.from+j == w.queries[i] {
				continue
			}
			b.offer(rows.from+j, b.length+2*float64(half[j]-dots[j]), precise)
		}
	}
}
