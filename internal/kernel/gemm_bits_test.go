package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
)

// sameBits compares by bits, so that NaN equals itself and -0 is not 0.
func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// The two vector paths do the same multiply-adds in the same order.
func TestMatMulSameBitsOnVectorPaths(t *testing.T) {
	vector := slices.DeleteFunc(Paths(), func(p string) bool { return p == "portable" })
	if len(vector) < 2 {
		t.Skipf("this processor has only %v", Paths())
	}
	products := map[string][]float32{}
	eachPath(t, func(t *testing.T) {
		for _, form := range gemmForms {
			for _, accumulate := range []bool{false, true} {
				for _, s := range testShapes() {
					m, n, k := s[0], s[1], s[2]
					a, b, c := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2), randomSlice(t, m*n, 3)
					form.mul(c, a, b, m, n, k, accumulate)
					name := fmt.Sprint(form.name, s, accumulate)
					if Path() == vector[0] {
						products[name] = slices.Clone(c)
					} else if Path() == vector[1] && !sameBits(c, products[name]) {
						t.Fatalf("%s accumulate=%v m=%d n=%d k=%d: other bits than %s", form.name, accumulate, m, n, k, vector[0])
					}
				}
			}
		}
	})
}

// manyThreads lets the pool have more helpers than there are processors.
func manyThreads(t *testing.T, threads int) {
	before := runtime.GOMAXPROCS(threads)
	pool.limit = threads
	t.Cleanup(func() {
		runtime.GOMAXPROCS(before)
		pool.limit = 0
	})
}

func TestMatMulSameBitsForAnyThreadCount(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, s := range [][3]int{{130, 203, 1500}, {400, 100, 20}, {1, 784, 400}} {
			m, n, k := s[0], s[1], s[2]
			a, b := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2)
			for _, form := range gemmForms {
				var first []float32
				for threads := 1; threads <= 4; threads++ {
					manyThreads(t, threads)
					c := make([]float32, m*n)
					form.mul(c, a, b, m, n, k, false)
					if first == nil {
						first = c
					} else if !sameBits(first, c) {
						t.Errorf("%s m=%d n=%d k=%d: other bits with %d threads", form.name, m, n, k, threads)
					}
				}
			}
		}
	})
}

// A row's result may not depend on what else is in the batch: encode must give
// an image the same latents wherever it stands.
func TestMatMulRowsAreIndependent(t *testing.T) {
	const m, n, k = 185, 53, 1100
	eachPath(t, func(t *testing.T) {
		a, b := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2)
		for _, form := range gemmForms[:2] {
			whole := make([]float32, m*n)
			form.mul(whole, a, b, m, n, k, false)
			for rows := 1; rows <= 20; rows++ {
				for from := 0; from+rows <= m; from += 41 {
					c := make([]float32, rows*n)
					form.mul(c, a[from*k:(from+rows)*k], b, rows, n, k, false)
					if !sameBits(c, whole[from*n:(from+rows)*n]) {
						t.Fatalf("%s: rows %d to %d differ when computed alone", form.name, from, from+rows-1)
					}
				}
			}
		}
	})
}

// Splitting the depth over accumulating calls changes no bit either.
func TestMatMulDepthIsOneChain(t *testing.T) {
	const m, n, k, split = 21, 39, 700, 333
	eachPath(t, func(t *testing.T) {
		a, b := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2)
		whole, parts := make([]float32, m*n), make([]float32, m*n)
		MatMulTN(whole, a, b, m, n, k, false)
		MatMulTN(parts, a[:split*m], b[:split*n], m, n, split, false)
		MatMulTN(parts, a[split*m:], b[split*n:], m, n, k-split, true)
		if !sameBits(whole, parts) {
			t.Error("two accumulated halves differ from the whole")
		}
	})
}

// A product of small integers is exact, whatever the path.
func FuzzMatMul(f *testing.F) {
	f.Add(uint16(1), uint16(1), uint16(1), uint8(0), uint64(1))
	f.Add(uint16(20), uint16(200), uint16(50), uint8(1), uint64(2))
	f.Add(uint16(14), uint16(33), uint16(129), uint8(2), uint64(3))
	f.Add(uint16(0), uint16(7), uint16(0), uint8(4), uint64(4))
	f.Fuzz(func(t *testing.T, m16, n16, k16 uint16, kind uint8, seed uint64) {
		m, n, k := int(m16%180), int(n16%180), int(k16%300)
		form, accumulate := gemmForms[kind%3], kind/3%2 == 1
		a, b, c := integers(t, m*k, seed), integers(t, n*k, seed+1), integers(t, m*n, seed+2)
		want := form.reference(c, a, b, m, n, k, accumulate)
		start := slices.Clone(c)
		eachPath(t, func(t *testing.T) {
			copy(c, start)
			form.mul(c, a, b, m, n, k, accumulate)
			for i, v := range c {
				if float64(v) != want[i] {
					t.Fatalf("%s accumulate=%v m=%d n=%d k=%d: element %d is %g, want %g", form.name, accumulate, m, n, k, i, v, want[i])
				}
			}
		})
	})
}

// integers returns n whole numbers from -8 to 8 between guards.
func integers(t *testing.T, n int, seed uint64) []float32 {
	s := guarded(t, n)
	for i := range s {
		seed = seed*6364136223846793005 + 1442695040888963407
		s[i] = float32(int(seed>>33)%17 - 8)
	}
	return s
}
