//go:build !amd64

package kernel

func gemm(c []float32, a, b operand, m, n, k int, accumulate bool) {
	gemmPortable(c, a, b, m, n, k, accumulate)
}
