package knn

import (
	"math"

	"vae/internal/kernel"
)

// Neighbors are found by |q-x|^2 = |q|^2 + |x|^2 - 2 q·x with products in
// float32. That is only a first look: a pair whose distance could matter, given
// the bound of the rounding error, is computed again in float64. So the results
// are those of float64 throughout.

const (
	queryBlock = 512  // rows of queries,
	amongBlock = 1024 // and of what is searched, in one product
	queryPart  = 8    // queries of one task
)

// gram is two sets of rows whose products are looked at block by block.
type gram struct {
	query, among         []float32 // [Q, L] and [N, L]
	l                    int
	queryNorm, amongNorm []float64 // squared, [Q] and [N]
}

func newGram(query, among []float32, l int) *gram {
	return &gram{query, among, l, squaredNorms(query, l), squaredNorms(among, l)}
}

func squaredNorms(x []float32, l int) []float64 {
	norms := make([]float64, len(x)/l)
	kernel.Parallel(len(norms), func(i int) {
		for _, v := range x[i*l : (i+1)*l] {
			norms[i] += float64(v) * float64(v)
		}
	})
	return norms
}

// each calls visit for each query and block of among: dots [n] are the products
// with rows first.. of among, and bound is how far |q|^2 + |x|^2 - 2 dot may be
// from the true square of the distance. Calls for one query follow each other in
// rising order of first; those for different queries may be concurrent.
func (g *gram) each(visit func(q, first int, dots []float32, bound float64)) {
	n := len(g.amongNorm)
	dots := make([]float32, queryBlock*min(amongBlock, n))
	for q := 0; q < len(g.queryNorm); q += queryBlock {
		queries := min(queryBlock, len(g.queryNorm)-q)
		for first := 0; first < n; first += amongBlock {
			rows := min(amongBlock, n-first)
			block := dots[:queries*rows]
			kernel.MatMulNT(block, g.query[q*g.l:(q+queries)*g.l], g.among[first*g.l:(first+rows)*g.l], queries, rows, g.l, false)
			norm := 0.0
			for _, v := range g.amongNorm[first : first+rows] {
				norm = max(norm, v)
			}
			kernel.Parallel((queries+queryPart-1)/queryPart, func(part int) {
				for i := part * queryPart; i < min((part+1)*queryPart, queries); i++ {
					visit(q+i, first, block[i*rows:(i+1)*rows], g.bound(g.queryNorm[q+i], norm))
				}
			})
		}
	}
}

// bound is more than the error of |q|^2 + |x|^2 - 2 q·x for rows of these
// squared norms, or smaller ones. A chain of L multiplications and additions in
// float32 is off by at most (L+1) 2^-24 |q| |x| (Higham 2002, section 3.1), and
// by 2^-126 for each product or sum that is too small; where it may overflow
// nothing is known of it.
func (g *gram) bound(query, among float64) float64 {
	product := math.Sqrt(query) * math.Sqrt(among)
	if product > 1e37 {
		return math.Inf(1)
	}
	l := float64(g.l)
	return 2.1*(l+2)*(0x1p-24*product+0x1p-125) + 1e-12*(l+2)*(query+among)
}

// squaredDistance is computed in float64, over the columns in order.
func (g *gram) squaredDistance(q, i int) float64 {
	return kernel.SquaredDistance(g.query[q*g.l:(q+1)*g.l], g.among[i*g.l:(i+1)*g.l])
}

// nearest are the rows found so far, by rising distance and then rising index.
type nearest struct {
	index   []int // [K], filled up to found
	squared []float64
	found   int
}

// worst is the squared distance that a row must be below to be taken.
func (n *nearest) worst() float64 {
	if n.found < len(n.squared) {
		return math.Inf(1)
	}
	return n.squared[n.found-1]
}

// offer takes row i where it is nearer than the worst. Rows must be offered by
// rising index.
func (n *nearest) offer(i int, squared float64) {
	if !(squared < n.worst()) {
		return
	}
	at := min(n.found, len(n.squared)-1)
	n.found = at + 1
	for ; at > 0 && n.squared[at-1] > squared; at-- {
		n.squared[at], n.index[at] = n.squared[at-1], n.index[at-1]
	}
	n.squared[at], n.index[at] = squared, i
}

// neighbors finds the k nearest rows of each query: indices and squared
// distances, [Q, k]. Where self is set query and among are one set, and a row is
// not its own neighbor.
func (g *gram) neighbors(k int, self bool) (index []int, squared []float64) {
	index, squared = make([]int, len(g.queryNorm)*k), make([]float64, len(g.queryNorm)*k)
	found := make([]nearest, len(g.queryNorm))
	for q := range found {
		found[q] = nearest{index: index[q*k : (q+1)*k], squared: squared[q*k : (q+1)*k]}
	}
	g.each(func(q, first int, dots []float32, bound float64) {
		g.look(&found[q], q, first, dots, bound, self)
	})
	return index, squared
}

// look offers the rows of a block that may be near enough, and returns how many
// distances it computed for that.
func (g *gram) look(n *nearest, q, first int, dots []float32, bound float64, self bool) (computed int) {
	limit := n.worst() - g.queryNorm[q] + bound
	for i, norm := range g.amongNorm[first : first+len(dots)] {
		if norm-2*float64(dots[i]) > limit || self && first+i == q {
			continue
		}
		n.offer(first+i, g.squaredDistance(q, first+i))
		limit = n.worst() - g.queryNorm[q] + bound
		computed++
	}
	return computed
}
