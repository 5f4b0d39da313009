package knn

import "vae/internal/kernel"

// squaredDistance is computed in float64, over the columns in order.
func squaredDistance(query, x []float32) float64 { return kernel.SquaredDistance(query, x) }

// squaredDistances is that of four rows, with the same bits. One sum has to wait for each
// of its additions; four have something to do meanwhile.
func squaredDistances(query, a, b, c, d []float32) [4]float64 {
	var s0, s1, s2, s3 float64
	a, b, c, d = a[:len(query)], b[:len(query)], c[:len(query)], d[:len(query)]
	for j, v := range query {
		q := float64(v)
		d0, d1, d2, d3 := q-float64(a[j]), q-float64(b[j]), q-float64(c[j]), q-float64(d[j])
		s0 += d0 * d0
		s1 += d1 * d1
		s2 += d2 * d2
		s3 += d3 * d3
	}
	return [4]float64{s0, s1, s2, s3}
}
