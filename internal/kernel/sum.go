package kernel

// columnsPerTask cuts column sums for the worker pool.
const columnsPerTask = 64

// SumRows writes to dst [n] the sum over the rows of src [m,n], each column from
// top to bottom: the gradient of a bias.
func SumRows(dst, src []float32, m, n int) {
	check("SumRows", len(dst) == n && len(src) == m*n, m, n)
	Parallel(ceilDiv(n, columnsPerTask), func(task int) {
		lo, hi := task*columnsPerTask, min((task+1)*columnsPerTask, n)
		out := dst[lo:hi]
		clear(out)
		for i := range m {
			for j, v := range src[i*n+lo : i*n+hi] {
				out[j] += v
			}
		}
	})
}

// Finite reports whether no element is NaN or infinite.
func Finite(x []float32) bool {
	for _, v := range x {
		if v-v != 0 { // NaN - NaN and Inf - Inf are NaN
			return false
		}
	}
	return true
}
