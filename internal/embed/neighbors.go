package embed

import (
	"context"
	"fmt"
	"math"

	"vae/internal/knn"
)

// near are the neighbors of row i of a graph.
func near(g *knn.Graph, i int) (index []int32, distance []float32) {
	return g.Index[i*g.K : (i+1)*g.K], g.Distance[i*g.K : (i+1)*g.K]
}

// exactNeighbors is up to how many rows the nearest are found without fail: their time grows
// with the square of the number.
var exactNeighbors = 200_000

// findNeighbors has m keep the k nearest other rows of each row of x [N, l].
func (m *Map) findNeighbors(ctx context.Context, x []float32, l, k int, seed uint64, progress func(done, of int)) (err error) {
	n := len(x) / l
	if n <= exactNeighbors {
		m.graph, err = knn.Self(ctx, x, l, k, progress)
	} else {
		m.Notes = append(m.Notes, fmt.Sprintf("of %d rows, more than %d, nearly all nearest neighbors were found, not all", n, exactNeighbors))
		m.graph, err = knn.Approximate(ctx, x, l, k, seed, progress)
	}
	if err != nil {
		return err
	}
	return checkDistances(m.graph)
}

// checkDistances refuses rows of which float32 has no distance: no weight of a neighbor is made of
// those.
func checkDistances(g *knn.Graph) error {
	for i, d := range g.Distance {
		if d > math.MaxFloat32 {
			return fmt.Errorf("row %d is farther than %.2g from row %d: divide all rows by a number", i/g.K, math.MaxFloat32, g.Index[i])
		}
	}
	return nil
}

// nearestOnly has the k nearest of the neighbors.
func nearestOnly(g *knn.Graph, k int) *knn.Graph {
	if k == g.K {
		return g
	}
	n := len(g.Index) / g.K
	few := &knn.Graph{K: k, Index: make([]int32, 0, n*k), Distance: make([]float32, 0, n*k)}
	for i := range n {
		index, distance := near(g, i)
		few.Index = append(few.Index, index[:k]...)
		few.Distance = append(few.Distance, distance[:k]...)
	}
	return few
}

// nearestOf finds the k nearest other rows of some of the rows x [N, l].
func nearestOf(ctx context.Context, rows []int, x []float32, l, k int) (*knn.Graph, error) {
	g := &knn.Graph{K: k, Index: make([]int32, len(rows)*k), Distance: make([]float32, len(rows)*k)}
	const block = 256
	query := make([]float32, 0, block*l)
	for from := 0; from < len(rows); from += block {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		part := rows[from:min(from+block, len(rows))]
		query = query[:0]
		for _, i := range part {
			query = append(query, x[i*l:(i+1)*l]...)
		}
		index, distance, err := knn.Nearest(ctx, query, x, l, k+1)
		if err != nil {
			return nil, err
		}
		for i, row := range part {
			others(g, from+i, row, index[i*(k+1):(i+1)*(k+1)], distance[i*(k+1):])
		}
	}
	return g, nil
}

// others writes to a place of g those of a row's k+1 nearest that are not the row.
func others(g *knn.Graph, place, row int, index []int, distance []float64) {
	at := place * g.K
	for j, other := range index {
		if other != row && at < (place+1)*g.K {
			g.Index[at], g.Distance[at] = int32(other), float32(distance[j])
			at++
		}
	}
}
