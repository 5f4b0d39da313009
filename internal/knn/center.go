package knn

import "math"

// centeredFrom is how many times the mean squared length of rows must be their variance for
// a center to be worth the memory and the time.
const centeredFrom = 4

// mostCenter bounds the numbers of a center, so that no float32 less one of them overflows.
const mostCenter = 1e18

// centerOf is what to subtract from rows of x [N, l] and from what they are compared with
// before products are made, or nil where little is gained. It is about the mean of the rows.
func centerOf(x []float32, l int) []float32 {
	const looked = 256
	n, step := 0, (len(x)/l+looked-1)/looked*l
	mean, squared := make([]float64, l), 0.0
	for i := 0; i < len(x); i += step {
		n++
		for j, v := range x[i : i+l] {
			mean[j] += float64(v)
			squared += float64(v) * float64(v)
		}
	}
	center, length := make([]float32, l), 0.0
	for j, sum := range mean {
		m := sum / float64(n)
		if math.Abs(m) > mostCenter {
			return nil
		}
		center[j] = float32(m)
		length += m * m
	}
	squared /= float64(n)
	if squared == 0 || squared < centeredFrom*(squared-length) {
		return nil
	}
	return center
}
