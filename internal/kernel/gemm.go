package kernel

import "fmt"

//go:generate go -C _gen run . -pkg kernel -out ../kernels_amd64.s -stubs ../kernels_stubs_amd64.go

// MatMulNN computes C = A·B, or C += A·B where accumulate is set, for A [m,k],
// B [k,n] and C [m,n], all row-major and dense.
//
// Here and in the other forms every element of C is one chain of multiply-adds
// in rising order of k, which starts at zero or at the element's old value. So
// its bits depend neither on the number of threads nor on the other rows and
// columns, and AVX2, AVX-512 and exact give the same. The portable path rounds
// the product too, and may differ in the last bits.
func MatMulNN(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("NN", c, a, b, m, n, k)
	multiply(c, operand{a, k, 1}, operand{b, 1, n}, m, n, k, accumulate, epilogue{})
}

// MatMulNT computes C = A·Bᵀ, or C += A·Bᵀ where accumulate is set, for
// A [m,k], B [n,k] and C [m,n], all row-major and dense.
func MatMulNT(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("NT", c, a, b, m, n, k)
	multiply(c, operand{a, k, 1}, operand{b, k, 1}, m, n, k, accumulate, epilogue{})
}

// MatMulTN computes C = Aᵀ·B, or C += Aᵀ·B where accumulate is set, for
// A [k,m], B [k,n] and C [m,n], all row-major and dense.
func MatMulTN(c, a, b []float32, m, n, k int, accumulate bool) {
	checkGemm("TN", c, a, b, m, n, k)
	multiply(c, operand{a, 1, m}, operand{b, 1, n}, m, n, k, accumulate, epilogue{})
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
func multiply(c []float32, a, b operand, m, n, k int, accumulate bool, end epilogue) {
	switch {
	case m == 0 || n == 0:
	case k == 0:
		if !accumulate {
			clear(c)
		}
		end.whole(c, m, n)
	default:
		gemm(c, a, b, m, n, k, accumulate, end)
	}
}

// Dense computes a fully connected layer, Y = act(X·Wᵀ + bias), for X [m,k],
// W [n,k], bias [n] and Y [m,n]. Each part of Y gets its bias and activation
// while it is in the nearest cache.
func Dense(y, x, w, bias []float32, m, n, k int, act Activation) {
	checkGemm("NT", y, x, w, m, n, k)
	check("Dense", len(bias) == n, m, n)
	multiply(y, operand{x, k, 1}, operand{w, k, 1}, m, n, k, false, epilogue{bias, act})
}

// epilogue is what happens to the elements of C when their sums are complete.
type epilogue struct {
	bias []float32 // [n]; nil for none, and then no activation either
	act  Activation
}

// whole treats all of C.
func (e epilogue) whole(c []float32, m, n int) {
	if e.bias != nil {
		BiasActivation(c, e.bias, m, n, e.act)
	}
}

// apply treats a block of C that begins at the given column of the whole: rows of
// columns elements, step elements apart.
func (e epilogue) apply(c []float32, column, rows, columns, step int) {
	if e.bias != nil && rows > 0 {
		biasActivation(c, e.bias[column:], rows, columns, step, e.act)
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

// longestRow bounds the step of the gather instruction, and what paths with assembly, or their
// bits, multiply in another way than portable.
const longestRow = 1 << 24

func ceilDiv(a, b int) int { return (a + b - 1) / b }
