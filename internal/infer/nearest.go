package infer

import (
	"math"
	"slices"

	"vae/internal/kernel"
)

// Neighbor is a candidate and the Euclidean distance of its code to the query's.
type Neighbor[T any] struct {
	Item     T
	Distance float64
}

// Nearest keeps those k candidates of many whose codes are nearest to a query, in
// memory that does not grow with the candidates.
type Nearest[T any] struct {
	query []float32
	k     int
	found []Neighbor[T]
}

// NewNearest prepares to keep the k candidates nearest to the code query [L]; k is
// at least 1.
func NewNearest[T any](query []float32, k int) *Nearest[T] {
	return &Nearest[T]{query: slices.Clone(query), k: k}
}

// Distance is that of a code [L] to the query, summed in float64.
func (n *Nearest[T]) Distance(code []float32) float64 {
	return math.Sqrt(kernel.SquaredDistance(n.query, code))
}

// Takes reports whether a candidate at a distance would be kept: of equally distant
// ones those that came first are.
func (n *Nearest[T]) Takes(distance float64) bool {
	return len(n.found) < n.k || distance < n.found[len(n.found)-1].Distance
}

// Add keeps a candidate if it is among the k nearest so far.
func (n *Nearest[T]) Add(item T, distance float64) {
	if !n.Takes(distance) {
		return
	}
	if len(n.found) == n.k {
		n.found = slices.Delete(n.found, n.k-1, n.k)
	}
	at, _ := slices.BinarySearchFunc(n.found, distance, func(f Neighbor[T], d float64) int {
		if f.Distance <= d {
			return -1
		}
		return 1
	})
	n.found = slices.Insert(n.found, at, Neighbor[T]{item, distance})
}

// Found returns the nearest candidates added so far, the nearest first.
func (n *Nearest[T]) Found() []Neighbor[T] { return n.found }
