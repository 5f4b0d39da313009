package knn

import (
	"cmp"
	"context"
	"maps"
	"slices"

	"vae/internal/kernel"
)

// sizes of an approximation, in rows.
type sizes struct {
	exact    int // up to which nothing is approximated: there is little to gain
	cell     int // of a cell, in the mean
	lookedAt int // that each row is compared with
}

var usualSizes = sizes{exact: 100_000, cell: 128, lookedAt: 32_768}

// votes is how many of the nearest centers each row names as places to look at.
const votes = 16

// Approximate is Self for very many rows, of which it finds nearly all of the k nearest, those
// at their exact distance. The rows are shared out among cells around centers, and each is
// compared with the rows of the cells that those of its own cell are next to: an inverted file
// (Jegou, Douze and Schmid 2011, section IV) with one list of cells for all rows of a cell, so
// that matrix products do the work. The same seed gives the same graph. progress, which may be
// nil, is told how much is done, in a unit of its own. It takes the memory of x once
// more, or three times where rows are far from 0.
// Errors as of Self.
func Approximate(ctx context.Context, x []float32, l, k int, seed uint64, progress func(done, of int)) (*Graph, error) {
	return approximate(ctx, x, l, k, seed, progress, usualSizes)
}

func approximate(ctx context.Context, x []float32, l, k int, seed uint64, progress func(done, of int), s sizes) (*Graph, error) {
	n, err := checkSelf(x, l, k)
	if err != nil {
		return nil, err
	}
	if n <= s.exact || k > s.lookedAt/8 {
		return Self(ctx, x, l, k, progress)
	}
	a := &approximation{sizes: s, given: newRows(x, l, centerOf(x, l)), meter: &meter{report: progress, of: 2 * n}}
	if err := a.share(ctx, seed); err != nil {
		return nil, err
	}
	return a.graph(ctx, k)
}

// approximation is a search at work.
type approximation struct {
	sizes
	given   *rows
	meter   *meter
	named   []int32 // [N, votes], the centers nearest to each row, the nearest first
	order   []int32 // [N], rows in the order of their cells
	ordered *rows   // the same rows
	cells   []span  // of ordered
}

// share makes the cells.
func (a *approximation) share(ctx context.Context, seed uint64) error {
	centers, err := learnCenters(ctx, a.given, max(votes, a.given.count()/a.cell), seed)
	if err != nil {
		return err
	}
	a.named = make([]int32, a.given.count()*votes)
	err = newSearch(a.given, centers, false, votes).run(ctx, a.meter, func(q int, nearest []candidate) {
		for j, c := range nearest {
			a.named[q*votes+j] = int32(c.index)
		}
	})
	if err != nil {
		return err
	}
	a.sort(centers.count())
	return nil
}

// sort puts the rows into the order of their cells, and within a cell leaves them in theirs.
func (a *approximation) sort(cells int) {
	n, l := a.given.count(), a.given.l
	next := make([]int, cells)
	for i := range n {
		next[a.named[i*votes]]++
	}
	a.cells = make([]span, cells)
	for c, at := 0, 0; c < cells; c++ {
		a.cells[c] = span{at, at + next[c]}
		next[c], at = at, at+next[c]
	}
	a.order = make([]int32, n)
	x := make([]float32, n*l)
	for i := range n {
		at := &next[a.named[i*votes]]
		a.order[*at] = int32(i)
		copy(x[*at*l:(*at+1)*l], a.given.row(i))
		*at++
	}
	a.ordered = newRows(x, l, a.given.center)
}

// graph looks for the neighbors of all rows, cell by cell.
func (a *approximation) graph(ctx context.Context, k int) (*Graph, error) {
	g := newGraph(a.given.count(), k)
	s := newSearch(a.ordered, a.ordered, true, k)
	s.sample = nil // the own cell tells more
	found := func(q int, nearest []candidate) {
		for j, c := range nearest {
			nearest[j].index = int(a.order[c.index])
		}
		g.set(int(a.order[q]), nearest)
	}
	tiles := a.tiles(s.tile())
	kernel.Parallel(len(tiles), func(t int) {
		w := s.workers.Get().(*worker)
		defer s.workers.Put(w)
		queries := tiles[t].queries
		if w.find(ctx, queries.list(), a.spans(tiles[t], k), found) {
			a.meter.add(queries.to - queries.from)
		}
	})
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return g, nil
}

// tile is rows of one cell.
type tile struct {
	cell    int
	queries span // of ordered
}

// tiles are all rows, in parts of one cell and at most a number of rows.
func (a *approximation) tiles(most int) []tile {
	var all []tile
	for c, cell := range a.cells {
		n := cell.to - cell.from
		parts := (n + most - 1) / most
		for i := range parts {
			all = append(all, tile{c, span{cell.from + i*n/parts, cell.from + (i+1)*n/parts}})
		}
	}
	return all
}

// spans are what a tile is compared with: its cell, or the part of it around the tile where it is
// one of very many equal rows, and those of the near cells until there are enough.
func (a *approximation) spans(t tile, k int) []span {
	own, left := a.cells[t.cell], a.lookedAt
	if own.to-own.from > left {
		own.from = max(own.from, min(t.queries.from-left/2, own.to-left))
		own.to = own.from + left
	}
	all := []span{own}
	left -= own.to - own.from
	take := func(cells []int) {
		for _, c := range cells {
			part := a.cells[c]
			part.to = min(part.to, part.from+left)
			left -= part.to - part.from
			if part.to > part.from {
				all = append(all, part)
			}
		}
	}
	take(a.near(t))
	if a.lookedAt-left <= k { // few rows, and far from all others
		take(a.others(all))
	}
	return all
}

// near are the other cells that rows of a tile name, by falling number of votes.
func (a *approximation) near(t tile) []int {
	count := map[int]int{}
	for _, i := range a.order[t.queries.from:t.queries.to] {
		for _, c := range a.named[int(i)*votes : (int(i)+1)*votes] {
			count[int(c)]++
		}
	}
	delete(count, t.cell)
	return slices.SortedFunc(maps.Keys(count), func(a, b int) int {
		return cmp.Or(cmp.Compare(count[b], count[a]), cmp.Compare(a, b))
	})
}

// others are the cells of which no part is among those taken.
func (a *approximation) others(taken []span) []int {
	var others []int
	for c, cell := range a.cells {
		if !slices.ContainsFunc(taken, func(s span) bool { return s.from < cell.to && cell.from < s.to }) {
			others = append(others, c)
		}
	}
	return others
}
