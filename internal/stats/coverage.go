package stats

import "fmt"

// ManifoldCoverage is the improved precision and recall of Kynkäänniemi et al.
// 2019, in the feature space of the rows given. The manifold of a set is the
// union of a ball around each of its rows, up to its k-th nearest other row (3
// in the paper). Precision is the part of fake [M, d] within the manifold of
// real [N, d], recall the part of real within that of fake. Membership is
// decided in float64. Memory grows with N + M, not with their product. Errors:
// sizes that do not fit, k not in 1..N-1 and 1..M-1, numbers that are not
// finite.
func ManifoldCoverage(real, fake []float32, d, k int) (precision, recall float64, err error) {
	n, err := checkRows("precision and recall: real rows", real, d)
	if err != nil {
		return 0, 0, err
	}
	m, err := checkRows("precision and recall: generated rows", fake, d)
	if err != nil {
		return 0, 0, err
	}
	if k < 1 || k >= min(n, m) || max(n, m) > maxNeighbors/k {
		return 0, 0, fmt.Errorf("precision and recall: neighbor %d of %d real and %d generated rows: it must be in 1..%d", k, n, m, min(n, m)-1)
	}
	return covered(fake, real, d, k), covered(real, fake, d, k), nil
}

// covered is the part of query [Q, d] in the manifold of among [N, d].
func covered(query, among []float32, d, k int) float64 {
	_, squared := newGram(among, among, d).neighbors(k, true)
	g := newGram(query, among, d)
	radius := make([]float64, len(g.amongNorm)) // squared
	limit := make([]float64, len(radius))
	for i := range radius {
		radius[i] = squared[(i+1)*k-1]
		limit[i] = g.amongNorm[i] - radius[i]
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
			if g.squaredDistance(q, first+i) <= radius[first+i] {
				inside[q] = true
				return
			}
		}
	})
	return part(inside)
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
