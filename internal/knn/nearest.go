package knn

import (
	"context"
	"fmt"
	"math"
)

// most bounds the size of a table of neighbors.
const most = 1 << 28

// Nearest finds for each row of query [Q, l] the k rows of among [N, l] at the
// smallest Euclidean distance: indices and distances, both [Q, k], by rising
// distance, equal ones by rising index. Distances are exact to float64's
// rounding. Errors: sizes that do not fit, k not in 1..N, numbers that are not
// finite, and that of the context.
func Nearest(ctx context.Context, query, among []float32, l, k int) (indices []int, distances []float64, err error) {
	q, err := CheckRows("neighbors: queries", query, l)
	if err != nil {
		return nil, nil, err
	}
	n, err := CheckRows("neighbors: rows to search", among, l)
	if err != nil {
		return nil, nil, err
	}
	if k < 1 || k > n || q > most/k {
		return nil, nil, fmt.Errorf("neighbors: %d neighbors of each of %d rows among %d: there can be 1 to %d", k, q, n, min(n, most/q))
	}
	indices, distances = make([]int, q*k), make([]float64, q*k)
	center := centerOf(among, l)
	s := newSearch(newRows(query, l, center), newRows(among, l, center), false, k)
	err = s.run(ctx, &meter{}, func(q int, nearest []candidate) {
		for j, c := range nearest {
			indices[q*k+j], distances[q*k+j] = c.index, math.Sqrt(c.squared)
		}
	})
	if err != nil {
		return nil, nil, err
	}
	return indices, distances, nil
}

// Graph is the k nearest other rows of each of N rows, by rising distance.
type Graph struct {
	K        int
	Index    []int32   // [N, K]
	Distance []float32 // [N, K]
}

func newGraph(n, k int) *Graph {
	return &Graph{K: k, Index: make([]int32, n*k), Distance: make([]float32, n*k)}
}

// set takes the neighbors of a row.
func (g *Graph) set(row int, nearest []candidate) {
	for j, c := range nearest {
		g.Index[row*g.K+j], g.Distance[row*g.K+j] = int32(c.index), float32(math.Sqrt(c.squared))
	}
}

// Self finds for each row of x [N, l] the k other rows at the smallest Euclidean
// distance, equal ones by rising index. progress, which may be nil, is told at most
// 50 times a second how many rows are done, by one goroutine at a time. Errors: sizes
// that do not fit, k not in 1..N-1, numbers that are not finite, and that of the context.
func Self(ctx context.Context, x []float32, l, k int, progress func(done, of int)) (*Graph, error) {
	n, err := checkSelf(x, l, k)
	if err != nil {
		return nil, err
	}
	g, all := newGraph(n, k), newRows(x, l, centerOf(x, l))
	if err := newSearch(all, all, true, k).run(ctx, &meter{report: progress, of: n}, g.set); err != nil {
		return nil, err
	}
	return g, nil
}

// checkSelf reports what is wrong with a search of k other rows, or returns N.
func checkSelf(x []float32, l, k int) (n int, err error) {
	if n, err = CheckRows("neighbors", x, l); err != nil {
		return 0, err
	}
	if n == 1 {
		return 0, fmt.Errorf("neighbors: one row has no other next to it: at least two rows are needed")
	}
	if k < 1 || k >= n || n > most/k {
		return 0, fmt.Errorf("neighbors: %d other rows next to each of %d: there can be 1 to %d", k, n, min(n-1, most/n))
	}
	return n, nil
}

// Radii are the squared distances of each row of x [N, l] to its k-th nearest other
// row, [N], for k in 1..N-1. Errors as of Self.
func Radii(x []float32, l, k int) ([]float64, error) {
	n, err := checkSelf(x, l, k)
	if err != nil {
		return nil, err
	}
	radii := make([]float64, n)
	all := newRows(x, l, centerOf(x, l))
	err = newSearch(all, all, true, k).run(context.Background(), &meter{}, func(q int, nearest []candidate) {
		radii[q] = nearest[k-1].squared
	})
	return radii, err
}
