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
// finite.
func Nearest(query, among []float32, l, k int) (indices []int, distances []float64, err error) {
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
	indices, distances = newGram(query, among, l).neighbors(k, false)
	for i, v := range distances {
		distances[i] = math.Sqrt(v)
	}
	return indices, distances, nil
}

// Graph is the k nearest other rows of each of N rows, by rising distance.
type Graph struct {
	K        int
	Index    []int32   // [N, K]
	Distance []float32 // [N, K]
}

// Self finds for each row of x [N, l] the k other rows at the smallest Euclidean
// distance, equal ones by rising index. progress, which may be nil, is told how
// many rows are done. Errors: sizes that do not fit, k not in 1..N-1, numbers that
// are not finite, and that of the context.
func Self(ctx context.Context, x []float32, l, k int, progress func(done, of int)) (*Graph, error) {
	n, err := CheckRows("neighbors", x, l)
	if err != nil {
		return nil, err
	}
	if k < 1 || k >= n || n > most/k {
		return nil, fmt.Errorf("neighbors: %d other rows next to each of %d: there can be 1 to %d", k, n, min(n-1, most/n))
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	index, squared := newGram(x, x, l).neighbors(k, true)
	g := &Graph{K: k, Index: make([]int32, len(index)), Distance: make([]float32, len(index))}
	for i, v := range index {
		g.Index[i], g.Distance[i] = int32(v), float32(math.Sqrt(squared[i]))
	}
	if progress != nil {
		progress(n, n)
	}
	return g, nil
}

// Radii are the squared distances of each row of x [N, l] to its k-th nearest other
// row, [N], for k in 1..N-1. Errors as of Self.
func Radii(x []float32, l, k int) ([]float64, error) {
	n, err := CheckRows("neighbors", x, l)
	if err != nil {
		return nil, err
	}
	if k < 1 || k >= n || n > most/k {
		return nil, fmt.Errorf("neighbors: %d other rows next to each of %d: there can be 1 to %d", k, n, min(n-1, most/n))
	}
	_, squared := newGram(x, x, l).neighbors(k, true)
	radii := make([]float64, n)
	for i := range radii {
		radii[i] = squared[(i+1)*k-1]
	}
	return radii, nil
}

// Within says for each row of query [Q, l], all finite, whether it lies within the ball
// around some row of among [N, l], whose squared radii are given, [N].
func Within(query, among []float32, l int, radii []float64) []bool {
	g := newGram(query, among, l)
	limit := make([]float64, len(radii))
	for i, r := range radii {
		limit[i] = g.amongNorm[i] - r
	}
	inside := make([]bool, len(g.queryNorm))
	g.each(func(q, first int, dots []float32, bound float64) {
		if inside[q] {
			return
		}
		norm := g.queryNorm[q] - bound
		for i, dot := range dots {
			if norm+limit[first+i]-2*float64(dot) > 0 {
				continue
			}
			if g.squaredDistance(q, first+i) <= radii[first+i] {
				inside[q] = true
				return
			}
		}
	})
	return inside
}
