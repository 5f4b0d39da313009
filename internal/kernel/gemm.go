package kernel

import "fmt"

//go:generate go -C _gen run . -pkg kernel -out ../gemm_amd64.s -stubs ../gemm_stubs_amd64.go

// MatMulNN computes C = A·B, or C += A·B where accumulate is set, for A [m,k],
// B [k,n] and C [m,n], all row-major and dense.
//
// Here and in the other forms every element of C is one chain of multiply-adds
// in rising order of k, which starts at zero or at the element's old value. So
// its bits depend neither on the number of threads nor on the other rows and
// columns, and AVX2 and AVX-512 give the same. The portable path rounds the
// product too, and may differ in the last bits.
func MatMulNN(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("NN", c, a, b, m, n, k)
	multiply(c, operand{a, k, 1}, operand{b, 1, n}, m, n, k, accumulate)
}

// MatMulNT computes C = A·Bᵀ, or C += A·Bᵀ where accumulate is set, for
// A [m,k], B [n,k] and C [m,n], all row-major and dense.
func MatMulNT(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("NT", c, a, b, m, n, k)
	multiply(c, operand{a, k, 1}, operand{b, k, 1}, m, n, k, accumulate)
}

// MatMulTN computes C = Aᵀ·B, or C += Aᵀ·B where accumulate is set, for
// A [k,m], B [k,n] and C [m,n], all row-major and dense.
func MatMulTN(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("TN", c, a, b, m, n, k)
	multiply(c, operand{a, 1, m}, operand{b, 1, n}, m, n, k, accumulate)
}

func checkGemm(form string, c, a, b []float32, m, n, k int) {
	if m < 0 || n < 0 || k < 0 || len(c) != m*n || len(a) != m*k || len(b) != n*k {
		panic(fmt.Sprintf("kernel: MatMul%s of m=%d n=%d k=%d with %d, %d and %d elements", form, m, n, k, len(c), len(a), len(b)))
	}
}

// operand is a matrix seen as rows along m (or n) and depth along k.
type operand struct {
	data               []float32
	rowStep, depthStep int
}

// multiply does what is left when nothing is to be multiplied, and gives the
// rest to the path in use.
func multiply(c []float32, a, b operand, m, n, k int, accumulate bool) {
	switch {
	case m == 0 || n == 0:
	case k == 0:
		if !accumulate {
			clear(c)
		}
	default:
		gemm(c, a, b, m, n, k, accumulate)
	}
}

// grow returns a slice of length n, reusing s where it is large enough. Its
// contents are undefined.
func grow(s []float32, n int) []float32 {
	if cap(s) < n {
		return make([]float32, n)
	}
	return s[:n]
}

func ceilDiv(a, b int) int { return (a + b - 1) / b }
