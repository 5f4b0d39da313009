package embed

import (
	"cmp"
	"context"
	"slices"

	"vae/internal/knn"
)

// edges are a graph with weights. Those of a row stand by rising index of the other end.
type edges struct {
	from, to []int     // [N] places of a row's edges, [from, to)
	other    []int32   // [E or more] the rows at the other ends
	weight   []float32 // beside them
}

// of are the edges of a row.
func (e *edges) of(i int) (other []int32, weight []float32) {
	return e.other[e.from[i]:e.to[i]], e.weight[e.from[i]:e.to[i]]
}

// edge is one end of an edge and its weight.
type edge struct {
	other  int32
	weight float32
}

// symmetric makes a graph of neighbors one that has every edge in both directions. weight is
// that of each neighbor, [N, K]; join makes one of the weights of both directions, 0 for one
// that there is not, and does not mind their order.
func symmetric(ctx context.Context, g *knn.Graph, weight []float32, join func(a, b float32) float32) (*edges, error) {
	e, err := reversed(ctx, g, weight)
	if err != nil {
		return nil, err
	}
	err = eachRows(ctx, len(e.from), func(from, to int) {
		own := make([]edge, g.K)
		for i := from; i < to; i++ {
			index, _ := near(g, i)
			for j, other := range index {
				own[j] = edge{other, weight[i*g.K+j]}
			}
			slices.SortFunc(own, func(a, b edge) int { return cmp.Compare(a.other, b.other) })
			e.merge(i, own, join)
		}
	})
	return e, err
}

// reversed has in the places of each row, behind K that are free, the edges from those that
// have it for a neighbor, by rising index.
func reversed(ctx context.Context, g *knn.Graph, weight []float32) (*edges, error) {
	n := len(g.Index) / g.K
	e := &edges{from: make([]int, n), to: make([]int, n), other: make([]int32, 2*n*g.K), weight: make([]float32, 2*n*g.K)}
	for _, j := range g.Index {
		e.to[j]++
	}
	at := 0
	for i, incoming := range e.to {
		e.from[i], e.to[i] = at, at+g.K
		at += g.K + incoming
	}
	for i := range n {
		index, _ := near(g, i)
		for c, j := range index {
			e.other[e.to[j]], e.weight[e.to[j]] = int32(i), weight[i*g.K+c]
			e.to[j]++
		}
		if i%rowsOfTask == 0 && ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return e, nil
}

// merge joins the edges that come to row i with its own. What is written never overtakes
// what is still to be read, as there are no more of its own than there are free places.
func (e *edges) merge(i int, own []edge, join func(a, b float32) float32) {
	at, read, end := e.from[i], e.from[i]+len(own), e.to[i]
	for len(own) > 0 || read < end {
		var next edge
		switch {
		case read == end || len(own) > 0 && own[0].other < e.other[read]:
			next = edge{own[0].other, join(own[0].weight, 0)}
			own = own[1:]
		case len(own) == 0 || e.other[read] < own[0].other:
			next = edge{e.other[read], join(0, e.weight[read])}
			read++
		default:
			next = edge{own[0].other, join(own[0].weight, e.weight[read])}
			own = own[1:]
			read++
		}
		e.other[at], e.weight[at] = next.other, next.weight
		at++
	}
	e.to[i] = at
}
