package stats

import (
	"fmt"

	"vae/internal/knn"
)

// ManifoldCoverage is the improved precision and recall of Kynkäänniemi et al.
// 2019, in the feature space of the rows given. The manifold of a set is the
// union of a ball around each of its rows, up to its k-th nearest other row (3
// in the paper). Precision is the part of fake [M, d] within the manifold of
// real [N, d], recall the part of real within that of fake. Membership is
// decided in float64. Memory grows with N + M, not with their product. Errors:
// sizes that do not fit, k not in 1..N-1 and 1..M-1, numbers that are not
// finite.
func ManifoldCoverage(real, fake []float32, d, k int) (precision, recall float64, err error) {
	n, err := knn.CheckRows("precision and recall: real rows", real, d)
	if err != nil {
		return 0, 0, err
	}
	m, err := knn.CheckRows("precision and recall: generated rows", fake, d)
	if err != nil {
		return 0, 0, err
	}
	if k < 1 || k >= min(n, m) {
		return 0, 0, fmt.Errorf("precision and recall: neighbor %d of %d real and %d generated rows: it must be in 1..%d", k, n, m, min(n, m)-1)
	}
	if precision, err = covered(fake, real, d, k); err != nil {
		return 0, 0, err
	}
	recall, err = covered(real, fake, d, k)
	return precision, recall, err
}

// covered is the part of query [Q, d] in the manifold of among [N, d].
func covered(query, among []float32, d, k int) (float64, error) {
	radii, err := knn.Radii(among, d, k)
	if err != nil {
		return 0, err
	}
	return part(knn.Within(query, among, d, radii)), nil
}

func part(of []bool) float64 {
	count := 0
	for _, v := range of {
		if v {
			count++
		}
	}
	return float64(count) / float64(len(of))
}
