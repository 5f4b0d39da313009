package stats

import (
	"context"
	"math"

	"vae/internal/knn"
)

// KNNAccuracy is the part of the rows of test [M, l] that the majority of their
// k nearest rows of train [N, l] gives the right label. Where classes have
// equally many votes, the one whose nearest row is nearest wins. Rows of either
// set with label -1 are left out. Memory grows with N + M, not with their
// product. Errors: sizes that do not fit, k not in 1..the number of labeled rows
// of train, numbers that are not finite, no labels.
func KNNAccuracy(train []float32, trainLabels []int, test []float32, testLabels []int, l, k int) (float64, error) {
	train, trainLabels, err := labeled("nearest neighbors: training rows", train, trainLabels, l)
	if err != nil {
		return 0, err
	}
	test, testLabels, err = labeled("nearest neighbors: test rows", test, testLabels, l)
	if err != nil {
		return 0, err
	}
	indices, _, err := knn.Nearest(context.Background(), test, train, l, k)
	if err != nil {
		return 0, err
	}
	right := 0
	for i, c := range testLabels {
		if majority(indices[i*k:(i+1)*k], trainLabels) == c {
			right++
		}
	}
	return float64(right) / float64(len(testLabels)), nil
}

// labeled checks rows and labels and leaves out those without a label.
func labeled(what string, x []float32, labels []int, l int) ([]float32, []int, error) {
	n, err := knn.CheckRows(what, x, l)
	if err != nil {
		return nil, nil, err
	}
	count, err := checkLabels(what, labels, n, math.MaxInt)
	if err != nil {
		return nil, nil, err
	}
	if count < n {
		x, labels = labeledRows(x, labels, l)
	}
	return x, labels, nil
}

// majority is the class with the most votes of the neighbors, which are in
// order of distance; among equals the one that comes first.
func majority(neighbors, labels []int) int {
	votes := make(map[int]int, 8)
	most := 0
	for _, i := range neighbors {
		votes[labels[i]]++
		most = max(most, votes[labels[i]])
	}
	for _, i := range neighbors {
		if votes[labels[i]] == most {
			return labels[i]
		}
	}
	return -1
}
