package embed

import (
	"context"
	"fmt"

	"vae/internal/knn"
)

// graph holds the K nearest other rows of each row.
type graph struct {
	k        int
	index    []int32   // [N, K]
	distance []float32 // [N, K], rising
}

// of are the neighbors of row i.
func (g *graph) of(i int) (index []int32, distance []float32) {
	return g.index[i*g.k : (i+1)*g.k], g.distance[i*g.k : (i+1)*g.k]
}

// mostEdges bounds the neighbors of all rows together: 4 GiB of indices.
const mostEdges = 1 << 30

// nearest finds the k nearest other rows of each of n rows.
func nearest(ctx context.Context, x []float32, l, k int, _ func(done, of int)) (*graph, error) {
	n := len(x) / l
	if n > mostEdges/k {
		return nil, fmt.Errorf("neighbors: %d of each of %d rows: there may be %d in all", k, n, mostEdges)
	}
	g := &graph{k: k, index: make([]int32, n*k), distance: make([]float32, n*k)}
	const block = 4096
	for from := 0; from < n; from += block {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		to := min(from+block, n)
		index, distance, err := knn.Nearest(x[from*l:to*l], x, l, k+1)
		if err != nil {
			return nil, err
		}
		eachRows(to-from, func(a, b int) {
			for i := a; i < b; i++ {
				g.keep(from+i, from+i, index[i*(k+1):(i+1)*(k+1)], distance[i*(k+1):])
			}
		})
	}
	return g, nil
}

// keep writes to place at those of a row's k+1 nearest that are not the row.
func (g *graph) keep(place, row int, index []int, distance []float64) {
	at := place * g.k
	for j, other := range index {
		if other != row && at < (place+1)*g.k {
			g.index[at], g.distance[at] = int32(other), float32(distance[j])
			at++
		}
	}
}

// nearestOf finds the k nearest other rows of some of the rows.
func nearestOf(ctx context.Context, rows []int, x []float32, l, k int) (*graph, error) {
	g := &graph{k: k, index: make([]int32, len(rows)*k), distance: make([]float32, len(rows)*k)}
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
		index, distance, err := knn.Nearest(query, x, l, k+1)
		if err != nil {
			return nil, err
		}
		for i, row := range part {
			g.keep(from+i, row, index[i*(k+1):(i+1)*(k+1)], distance[i*(k+1):])
		}
	}
	return g, nil
}
