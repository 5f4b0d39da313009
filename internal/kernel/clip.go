package kernel

import "math"

// GradientNorm is the Euclidean length of all gradients together, of the parameters' lengths and the gradients alone.
func GradientNorm(params []Parameter) float64 {
	u := newUpdate("GradientNorm", params, 0, 0)
	defer u.release()
	return u.norm()
}

// norm is the Euclidean length of the whole gradient, in float64 and in an order
// that depends on the parameters' lengths alone.
func (u *update) norm() float64 {
	u.sums = append(u.sums[:0], make([]float64, len(u.parts))...)
	u.work = func(u *update, i int) { u.sums[i] = squares(u.parts[i].Gradient) }
	parallel(len(u.parts), u)
	var sum float64
	for _, s := range u.sums {
		sum += s
	}
	return math.Sqrt(sum)
}

// clipFactor is what brings a gradient down to a norm of at most clip, as PyTorch's
// clip_grad_norm_ computes it. An infinite norm gives 0, which makes NaN of the
// infinite elements, and a norm of NaN gives NaN: neither is hidden from who looks
// at the parameters after the update.
func clipFactor(norm, clip float64) float32 { return float32(min(1, clip/(norm+1e-6))) }

// squares adds up the squares of x in float64, which holds each of them exactly: four
// runs side by side, so that no addition waits for another, and then the rest.
func squares(x []float32) float64 {
	const block = 64
	var sum float64
	n := len(x) / block * (block / 4)
	if n > 0 {
		s := squareSums(x, n)
		sum = (s[0].total() + s[2].total()) + (s[1].total() + s[3].total())
	}
	for _, v := range x[4*n:] {
		sum += float64(v) * float64(v)
	}
	return sum
}

func squareSumsPortable(x []float32, n int) (sums [4]eightSums) {
	for k := range sums {
		for i, v := range x[k*n : (k+1)*n] {
			sums[k][i%8] += float64(v) * float64(v)
		}
	}
	return sums
}
