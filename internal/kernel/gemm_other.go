//go:build !amd64

package kernel

func gemm(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) {
	gemmPortable(c, a, b, m, n, k, accumulate)
	end.whole(c, m, n)
}
