// Package embed lays rows of numbers out in a plane: maps by principal components, by
// linear discriminants, by t-SNE and by UMAP, measures of how much of the neighborhoods a
// map keeps, and places on it for rows that it was not made of. It knows nothing of where
// the rows come from.
//
// Matrices are row-major []float32. Shapes in comments: N rows, L columns, K neighbors, E
// edges of a graph. A map has the same bits for any number of threads.
package embed

import (
	"fmt"
	"math"

	"vae/internal/knn"
)

// Version numbers what the methods make of the same rows: another one where any of them makes another map, for maps
// that were kept not to be taken for it.
const Version = 1

// Map is a place in the plane for each of N rows.
type Map struct {
	Places []float32 // [N, 2]
	Axes   [2]string // what each axis is, "" where it is nothing by itself
	KL     float64   // what t-SNE minimizes, in nats, where it ended; NaN for other methods
	Notes  []string  // what was done otherwise than asked, one sentence each

	graph *knn.Graph // the nearest rows of each, where the method had to find them
	axes  *axes      // what the rows were projected on, where they were
}

// Progress hears how far a map has come: done of so many steps of a stage. It may be nil.
// Calls come one at a time, the last of a stage with done equal to of.
type Progress func(stage string, done, of int)

func (p Progress) tell(stage string, done, of int) {
	if p != nil {
		p(stage, done, of)
	}
}

// part is the share of a caller that wants to know how far one stage has come.
func (p Progress) part(stage string) func(done, of int) {
	return func(done, of int) { p.tell(stage, done, of) }
}

// mostRows is how many rows a map may have: places and neighbors are counted in 32 bits.
const mostRows = 1 << 28

// checkRows reports what is wrong with x as a matrix of rows of l columns. Otherwise it
// returns the number of rows, at least 1.
func checkRows(what string, x []float32, l int) (n int, err error) {
	n, err = knn.CheckRows(what, x, l)
	if n > mostRows {
		return 0, fmt.Errorf("%s: %d rows: there may be %d", what, n, mostRows)
	}
	return n, err
}

// alike reports whether all rows are the same.
func alike(x []float32, l int) bool {
	for i := l; i < len(x); i++ {
		if x[i] != x[i-l] {
			return false
		}
	}
	return true
}

// onePlace is the map of n rows that are all alike: no method can tell them apart.
func onePlace(n int) *Map {
	m := &Map{Places: make([]float32, 2*n), KL: math.NaN()}
	if n > 1 {
		m.Notes = []string{"all rows are alike, so that they share one place"}
	}
	return m
}
