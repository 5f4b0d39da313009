package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/blas/gonum"

	"vae/internal/rng"
)

type gemmForm struct {
	name   string
	mul    func(c, a, b []float32, m, n, k int, accumulate bool)
	tA, tB blas.Transpose
}

var gemmForms = []gemmForm{
	{"NN", MatMulNN, blas.NoTrans, blas.NoTrans},
	{"NT", MatMulNT, blas.NoTrans, blas.Trans},
	{"TN", MatMulTN, blas.Trans, blas.NoTrans},
}

// reference computes the product in float64 with gonum.
func (f gemmForm) reference(c, a, b []float32, m, n, k int, accumulate bool) []float64 {
	out, beta := widen(c), 1.0
	if !accumulate {
		clear(out)
	}
	if k == 0 { // gonum refuses an operand without elements
		return out
	}
	lda, ldb := k, n
	if f.tA == blas.Trans {
		lda = m
	}
	if f.tB == blas.Trans {
		ldb = k
	}
	gonum.Implementation{}.Dgemm(f.tA, f.tB, m, n, k, 1, widen(a), max(lda, 1), widen(b), max(ldb, 1), beta, out, max(n, 1))
	return out
}

func widen(s []float32) []float64 {
	w := make([]float64, len(s))
	for i, v := range s {
		w[i] = float64(v)
	}
	return w
}

// guarded returns a slice of n elements at an odd offset with NaN around it,
// and a check that nothing was written there.
func guarded(t *testing.T, n int) []float32 {
	t.Helper()
	nan := float32(math.NaN())
	whole := make([]float32, n+22)
	for i := range whole {
		whole[i] = nan
	}
	inner := whole[11 : 11+n : 11+n]
	t.Cleanup(func() {
		for i, v := range whole {
			if (i < 11 || i >= 11+n) && v == v {
				t.Errorf("element %d outside of a slice of %d was written", i-11, n)
			}
		}
	})
	return inner
}

func randomSlice(t *testing.T, n int, seed uint64) []float32 {
	s := guarded(t, n)
	rng.Normal(s, rng.Stream(seed, "kernel test", uint64(n)))
	return s
}

// eachPath runs a test on every path that this processor has.
func eachPath(t *testing.T, f func(t *testing.T)) {
	before := Path()
	defer func() {
		if err := SelectPath(before); err != nil {
			t.Error(err)
		}
	}()
	for _, name := range Paths() {
		if err := SelectPath(name); err != nil {
			t.Fatal(err)
		}
		t.Run(name, f)
	}
}

// testShapes are all sizes from 0 to 70 along each axis beside small sizes of
// the others, cubes, and sizes beyond every block of every path.
func testShapes() [][3]int {
	shapes := [][3]int{
		{128, 400, 784}, {67, 131, 2051}, {1, 1, 4096}, {1, 300, 20}, {20, 200, 130}, {13, 50, 129},
		{350, 33, 70}, {171, 97, 17}, {400, 784, 20}, {29, 65, 257},
	}
	for i := range 71 {
		shapes = append(shapes, [3]int{i, 7, 5}, [3]int{i, 33, 18}, [3]int{5, i, 9}, [3]int{15, i, 21},
			[3]int{6, 4, i}, [3]int{27, 41, i}, [3]int{i, i, i})
	}
	return shapes
}

func TestMatMulAgainstFloat64(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, form := range gemmForms {
			for _, accumulate := range []bool{false, true} {
				t.Run(fmt.Sprintf("%s/accumulate=%v", form.name, accumulate), func(t *testing.T) {
					for _, s := range testShapes() {
						checkProduct(t, form, s[0], s[1], s[2], accumulate)
					}
				})
			}
		}
	})
}

func checkProduct(t *testing.T, form gemmForm, m, n, k int, accumulate bool) {
	t.Helper()
	a, b, c := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2), randomSlice(t, m*n, 3)
	wantA, wantB := slices.Clone(a), slices.Clone(b)
	want := form.reference(c, a, b, m, n, k, accumulate)
	if !accumulate { // what stood there must not matter
		for i := range c {
			c[i] = float32(math.Inf(1))
		}
	}
	form.mul(c, a, b, m, n, k, accumulate)
	// Random walk of k roundings of terms of size about sqrt(k).
	tol := 1e-6 * (1 + float64(k)) / math.Sqrt(1+float64(k)) * 8
	for i := range c {
		if !(math.Abs(float64(c[i])-want[i]) <= tol) {
			t.Fatalf("m=%d n=%d k=%d: element %d is %g, want %g within %g", m, n, k, i, c[i], want[i], tol)
		}
	}
	if !slices.Equal(a, wantA) || !slices.Equal(b, wantB) {
		t.Fatalf("m=%d n=%d k=%d: an operand was changed", m, n, k)
	}
}

// A NaN or an infinity in one row of A (or of B) reaches that row (or column) of
// C in full and no other.
func TestMatMulCarriesNaNAndInf(t *testing.T) {
	const m, n, k = 31, 45, 19
	eachPath(t, func(t *testing.T) {
		for _, form := range gemmForms {
			for _, special := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				a, b, c := make([]float32, m*k), make([]float32, n*k), make([]float32, m*n)
				row, depth := 17, 11
				at := row*k + depth
				if form.tA == blas.Trans {
					at = depth*m + row
				}
				a[at] = float32(special) // times zero: NaN
				form.mul(c, a, b, m, n, k, false)
				for i, v := range c {
					if (v != v) != (i/n == row) {
						t.Fatalf("%s: C[%d,%d] is %g with %g in row %d of A", form.name, i/n, i%n, v, special, row)
					}
				}
			}
		}
	})
}

// An infinity is carried as such, and an accumulated NaN stays.
func TestMatMulCarriesInfThroughSums(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		a, b := []float32{1, float32(math.Inf(1)), 1, 1}, []float32{1, 2, 3, 4}
		c := []float32{0, float32(math.NaN()), 0, 0}
		MatMulNN(c, a, b, 2, 2, 2, true)
		if !(math.IsInf(float64(c[0]), 1) && c[1] != c[1] && c[2] == 4 && c[3] == 6) {
			t.Errorf("got %g, want [+Inf NaN 4 6]", c)
		}
	})
}

func TestMatMulRejectsWrongLengths(t *testing.T) {
	for _, form := range gemmForms {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic for a short operand", form.name)
				}
			}()
			form.mul(make([]float32, 6), make([]float32, 5), make([]float32, 9), 2, 3, 3, false)
		}()
	}
}
