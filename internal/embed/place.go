package embed

import (
	"context"
	"fmt"
	"math"
	"sort"

	"vae/internal/knn"
)

// placeNeighbors is how many rows of a map have a say in where a new one comes to lie.
const placeNeighbors = 10

// Place finds places [Q, 2] for the rows of query [Q, l] on the map of rows [N, l]. On a map
// that PCA or LDA made they are projected as its rows were. On another it is the weighted
// median of where the ten nearest rows lie, each with the inverse of its distance for a
// weight, in either coordinate. A median is near most of them where a mean would be in the
// empty middle between two clusters. A row that is on the map lies where it is.
func (m *Map) Place(ctx context.Context, rows []float32, l int, query []float32) ([]float32, error) {
	n, err := checkRows("places on a map: rows of the map", rows, l)
	if err != nil {
		return nil, err
	}
	if _, err := checkRows("places on a map: new rows", query, l); err != nil {
		return nil, err
	}
	if len(m.Places) != 2*n {
		return nil, fmt.Errorf("places on a map: %d numbers of places for %d rows", len(m.Places), n)
	}
	if m.axes == nil {
		return m.among(ctx, rows, l, query)
	}
	if len(m.axes.mean) != l {
		return nil, fmt.Errorf("places on a map: rows of %d columns on a map of %d", l, len(m.axes.mean))
	}
	return m.axes.project(ctx, query)
}

// among places rows of query between those of the map.
func (m *Map) among(ctx context.Context, rows []float32, l int, query []float32) ([]float32, error) {
	q, k := len(query)/l, min(placeNeighbors, len(rows)/l)
	index, distance, err := knn.Nearest(ctx, query, rows, l, k)
	if err != nil {
		return nil, fmt.Errorf("places on a map: %w", err)
	}
	out := make([]float32, 2*q)
	err = eachRows(ctx, q, func(from, to int) {
		for i := from; i < to; i++ {
			placeOne(out[2*i:2*i+2], m.Places, index[i*k:(i+1)*k], distance[i*k:(i+1)*k])
		}
	})
	return out, err
}

// placeOne writes one place, of the neighbors at these distances, rising.
func placeOne(out, places []float32, index []int, distance []float64) {
	weight := make([]float64, len(index))
	value := make([]float32, len(index))
	for i, d := range distance {
		switch {
		case distance[0] > 0:
			weight[i] = distance[0] / d
		case d == 0:
			weight[i] = 1
		}
	}
	for c := range out {
		for i, j := range index {
			value[i] = places[2*j+c]
		}
		out[c] = weightedMedian(value, weight)
	}
}

// weightedMedian is the least value that half of the weight does not exceed, or the middle
// between two values that part the weight in halves.
func weightedMedian(value []float32, weight []float64) float32 {
	order := make([]int, len(value))
	total := 0.0
	for i := range order {
		order[i] = i
		total += weight[i]
	}
	sort.SliceStable(order, func(a, b int) bool { return value[order[a]] < value[order[b]] })
	below := 0.0
	for at, i := range order {
		below += weight[i]
		switch rest := below - total/2; {
		case math.Abs(rest) <= 1e-12*total && at+1 < len(order) && weight[order[at+1]] > 0:
			return (value[i] + value[order[at+1]]) / 2
		case rest > 0 || at == len(order)-1:
			return value[i]
		}
	}
	return 0 // there is no value
}

// Move moves a row z [l] so that it lies at a place of a map that PCA or LDA made, by the least
// change of the row; false on another map, whose places belong to no direction.
func (m *Map) Move(z []float32, x, y float64) bool {
	a := m.axes
	if a == nil || len(z) != len(a.mean) {
		return false
	}
	want := [2]float64{x, y}
	var gram [2][2]float64
	var off [2]float64
	for c, axis := range a.directions {
		off[c] = want[c]
		for j, v := range z {
			off[c] -= (float64(v) - a.mean[j]) * axis[j]
		}
		for d, other := range a.directions {
			for j := range axis {
				gram[c][d] += axis[j] * other[j]
			}
		}
	}
	var along [2]float64 // with which A' A along = off
	switch det := gram[0][0]*gram[1][1] - gram[0][1]*gram[1][0]; {
	case det > 0:
		along[0] = (off[0]*gram[1][1] - off[1]*gram[0][1]) / det
		along[1] = (off[1]*gram[0][0] - off[0]*gram[1][0]) / det
	case gram[0][0] > 0:
		along[0] = off[0] / gram[0][0]
	}
	for c, axis := range a.directions {
		for j := range z {
			z[j] += float32(along[c] * axis[j])
		}
	}
	return true
}

// Directions are what PCA or LDA projected on: the row that lies at 0 [l] and each direction [l]; nil of another map.
func (m *Map) Directions() (mean []float64, directions [][]float64) {
	if m.axes == nil {
		return nil, nil
	}
	return m.axes.mean, m.axes.directions
}
