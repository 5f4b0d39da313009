package knn

import (
	"context"
	"slices"

	"vae/internal/rng"
)

const (
	// learnedFrom is how many rows a center is the mean of, in the mean.
	learnedFrom = 16
	// rounds is how often centers are moved.
	rounds = 4
)

// learnCenters finds centers of the rows by Lloyd's algorithm on a sample.
func learnCenters(ctx context.Context, of *rows, count int, seed uint64) (*rows, error) {
	n, l := of.count(), of.l
	places := make([]int, n)
	rng.Permutation(places, rng.Stream(seed, "centers of neighbors"))
	places = places[:min(n, count*learnedFrom)]
	x := make([]float32, 0, len(places)*l)
	for _, i := range places {
		x = append(x, of.row(i)...)
	}
	sample, centers := newRows(x, l, of.center), newRows(slices.Clone(x[:count*l]), l, of.center)
	member := make([]int, len(places))
	for range rounds {
		s := newSearch(sample, centers, false, 1)
		err := s.run(ctx, &meter{}, func(q int, nearest []candidate) { member[q] = nearest[0].index })
		if err != nil {
			return nil, err
		}
		centers = means(sample, member, centers)
	}
	return centers, nil
}

// means are those of the members of each center; one without any keeps its place.
func means(of *rows, member []int, centers *rows) *rows {
	l := of.l
	sum, count := make([]float64, len(centers.given)), make([]float64, centers.count())
	for i, c := range member {
		count[c]++
		for j, v := range of.row(i) {
			sum[c*l+j] += float64(v)
		}
	}
	x := slices.Clone(centers.given)
	for i, v := range sum {
		if n := count[i/l]; n > 0 {
			x[i] = float32(v / n)
		}
	}
	return newRows(x, l, of.center)
}
