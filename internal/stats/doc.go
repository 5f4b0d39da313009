// Package stats holds the statistics that measure data and latent spaces:
// principal components, Gaussian fits, classifiers on codes, angles between
// subspaces, the aggregate posterior, and precision and recall.
//
// Matrices are row-major []float32. Shapes in comments: N rows, D columns where
// they are pixels or features, L columns where they are latents, C classes,
// K neighbors or components. Results have the same bits for any number of
// threads. Covariances divide by N.
package stats

import "fmt"

// checkLabels reports what is wrong with labels as indices of classes, -1 for
// rows without one. Otherwise it returns the number of rows that have one, at
// least 1.
func checkLabels(what string, labels []int, n, classes int) (labeled int, err error) {
	if len(labels) != n {
		return 0, fmt.Errorf("%s: %d labels for %d rows", what, len(labels), n)
	}
	for i, c := range labels {
		if c < -1 || c >= classes {
			return 0, fmt.Errorf("%s: label %d of row %d: it must be below %d, or -1 for none", what, c, i, classes)
		}
		if c >= 0 {
			labeled++
		}
	}
	if labeled == 0 {
		return 0, fmt.Errorf("%s: no row has a label", what)
	}
	return labeled, nil
}
