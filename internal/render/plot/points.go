package plot

import "math"

// dotRadius and dotOpacity make n points readable on a square of that many pixels: the more, the
// smaller and the more translucent.
func dotRadius(n int, side float64) float64 {
	return max(side/750, 0.5) * min(max(4.2*math.Pow(float64(n)/100, -0.14), 0.9), 4.2)
}

func dotOpacity(n int) float64 {
	return min(max(0.7*math.Pow(float64(n)/1e4, -0.22), 0.2), 0.85)
}

// order visits 0..n-1 in steps of about n over the golden ratio: any part of the way has gone
// through all regions evenly, so that points sorted by class are drawn with their classes mixed.
func order(n int, visit func(i int)) {
	step := max(1, int(float64(n)*0.6180339887498949))
	for gcd(step, n) > 1 {
		step--
	}
	i := 0
	for range n {
		visit(i)
		if i -= n - step; i < 0 {
			i += n
		}
	}
}

func gcd(a, b int) int {
	for b != 0 {
		a, b = b, a%b
	}
	return a
}
