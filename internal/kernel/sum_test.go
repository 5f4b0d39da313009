package kernel

import (
	"fmt"
	"math"
	"runtime"
	"slices"
	"testing"
)

// sameForAnyThreadCount fails where compute gives other bits with one thread
// than with four.
func sameForAnyThreadCount(t *testing.T, name string, compute func() [][]float32) {
	t.Helper()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	runtime.GOMAXPROCS(1)
	want := compute()
	runtime.GOMAXPROCS(4)
	for k, got := range compute() {
		if !slices.Equal(got, want[k]) {
			t.Errorf("%s: other bits in result %d with four threads", name, k)
		}
	}
}

func TestSumRowsAgainstFloat64(t *testing.T) { eachPath(t, testSumRowsAgainstFloat64) }

func testSumRowsAgainstFloat64(t *testing.T) {
	sizes := matrixSizes()
	for _, n := range []int{63, 64, 65, 199} {
		sizes = append(sizes, [2]int{128, n})
	}
	for _, size := range sizes {
		m, n := size[0], size[1]
		src, dst := randomSlice(t, m*n, 1), randomSlice(t, n, 2) // what stands in dst must not matter
		before := slices.Clone(src)
		SumRows(dst, src, m, n)
		for j := range dst {
			var sum, size float64
			for i := range m {
				sum += float64(src[i*n+j])
				size += math.Abs(float64(src[i*n+j]))
			}
			// m-1 roundings of partial sums, none above size.
			if tol := float64(m) * ulp / 2 * size; !(math.Abs(float64(dst[j])-sum) <= tol) {
				t.Fatalf("m=%d n=%d: column %d sums to %g, want %g within %g", m, n, j, dst[j], sum, tol)
			}
		}
		if !slices.Equal(src, before) {
			t.Fatalf("m=%d n=%d: the matrix was changed", m, n)
		}
	}
}

func TestSumRowsCarriesNaN(t *testing.T) { eachPath(t, testSumRowsCarriesNaN) }

func testSumRowsCarriesNaN(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	dst := make([]float32, 3)
	SumRows(dst, []float32{1, nan, inf, 2, 3, -inf}, 2, 3)
	if dst[0] != 3 || dst[1] == dst[1] || dst[2] == dst[2] {
		t.Errorf("sums are %v, want 3, NaN, NaN", dst)
	}
}

func TestScaleRows(t *testing.T) { eachPath(t, testScaleRows) }

func testScaleRows(t *testing.T) {
	for _, size := range matrixSizes() {
		m, n := size[0], size[1]
		src, factor, dst := randomSlice(t, m*n, 1), randomSlice(t, m, 2), guarded(t, m*n)
		before := slices.Clone(src)
		ScaleRows(dst, src, factor, m, n)
		if !slices.Equal(src, before) {
			t.Fatalf("m=%d n=%d: the source was changed", m, n)
		}
		for i := range dst {
			if want := src[i] * factor[i/n]; dst[i] != want {
				t.Fatalf("m=%d n=%d: element %d is %g, want %g", m, n, i, dst[i], want)
			}
		}
		ScaleRows(src, src, factor, m, n)
		if !slices.Equal(src, dst) {
			t.Fatalf("m=%d n=%d: another result in place", m, n)
		}
	}
}

func TestScaleRowsByZeroKeepsNaN(t *testing.T) { eachPath(t, testScaleRowsByZeroKeepsNaN) }

func testScaleRowsByZeroKeepsNaN(t *testing.T) {
	dst := make([]float32, 2)
	ScaleRows(dst, []float32{float32(math.NaN()), 4}, []float32{0}, 1, 2)
	if dst[0] == dst[0] || dst[1] != 0 {
		t.Errorf("zero times NaN, 4 is %v", dst)
	}
}

func TestSumsSameBitsForAnyThreadCount(t *testing.T) { eachPath(t, testSumsSameBitsForAnyThreadCount) }

func testSumsSameBitsForAnyThreadCount(t *testing.T) {
	const m, n = 211, 333
	src, factor := randomSlice(t, m*n, 1), randomSlice(t, m, 2)
	sameForAnyThreadCount(t, "SumRows and ScaleRows", func() [][]float32 {
		sums, scaled := make([]float32, n), make([]float32, m*n)
		SumRows(sums, src, m, n)
		ScaleRows(scaled, src, factor, m, n)
		return [][]float32{sums, scaled}
	})
}

func TestFinite(t *testing.T) { eachPath(t, testFinite) }

func testFinite(t *testing.T) {
	for n := range 71 {
		x := randomSlice(t, n, 1)
		if n > 3 {
			x[0], x[1], x[2] = math.MaxFloat32, -math.MaxFloat32, math.SmallestNonzeroFloat32
		}
		if !Finite(x) {
			t.Fatalf("n=%d: finite numbers are called otherwise", n)
		}
		if at := NotFinite(x); at != -1 {
			t.Fatalf("n=%d: of finite numbers that at %d is none", n, at)
		}
		for i := range x {
			kept := x[i]
			for _, v := range []float64{math.NaN(), math.Inf(1), math.Inf(-1)} {
				x[i] = float32(v)
				if Finite(x) {
					t.Fatalf("n=%d: %g at %d is called finite", n, v, i)
				}
				if at := NotFinite(x); at != i {
					t.Fatalf("n=%d: %g at %d is found at %d", n, v, i, at)
				}
			}
			x[i] = kept
		}
	}
}

// The block in which it looks more closely is not the first.
func TestNotFiniteInALongSlice(t *testing.T) {
	x := make([]float32, 10_001)
	x[9000], x[10_000] = float32(math.Inf(-1)), float32(math.NaN())
	if at := NotFinite(x); at != 9000 {
		t.Errorf("infinity at 9000 is found at %d", at)
	}
}

func TestElementwiseKernelsRejectWrongLengths(t *testing.T) {
	eachPath(t, testElementwiseKernelsRejectWrongLengths)
}

func testElementwiseKernelsRejectWrongLengths(t *testing.T) {
	s := func(n int) []float32 { return make([]float32, n) }
	for name, call := range map[string]func(){
		"BiasActivation, matrix":           func() { BiasActivation(s(5), s(3), 2, 3, ReLU) },
		"BiasActivation, bias":             func() { BiasActivation(s(6), s(2), 2, 3, ReLU) },
		"BiasActivation, unknown":          func() { BiasActivation(s(3), s(3), 1, 3, 99) },
		"ActivationGradient, dz":           func() { ActivationGradient(s(5), s(6), s(6), 2, 3, ReLU) },
		"ActivationGradient, dy":           func() { ActivationGradient(s(6), s(7), s(6), 2, 3, ReLU) },
		"ActivationGradient, y":            func() { ActivationGradient(s(6), s(6), s(5), 2, 3, ReLU) },
		"ActivationGradient, unknown":      func() { ActivationGradient(s(3), s(3), s(3), 1, 3, 99) },
		"Sigmoids":                         func() { Sigmoids(s(3), s(4)) },
		"BernoulliNLL, nll":                func() { BernoulliNLL(s(3), s(6), s(6), s(6), 2, 3) },
		"BernoulliNLL, residual":           func() { BernoulliNLL(s(2), s(5), s(6), s(6), 2, 3) },
		"BernoulliNLL, logits":             func() { BernoulliNLL(s(2), s(6), s(5), s(6), 2, 3) },
		"BernoulliNLL, targets":            func() { BernoulliNLL(s(2), s(6), s(6), s(5), 2, 3) },
		"GaussianNLL, nll":                 func() { GaussianNLL(s(1), s(6), s(6), s(6), 2, 3, 1) },
		"GaussianNLL, residual":            func() { GaussianNLL(s(2), s(7), s(6), s(6), 2, 3, 1) },
		"GaussianNLL, mean":                func() { GaussianNLL(s(2), s(6), s(7), s(6), 2, 3, 1) },
		"GaussianNLL, x":                   func() { GaussianNLL(s(2), s(6), s(6), s(7), 2, 3, 1) },
		"ScaleRows, dst":                   func() { ScaleRows(s(5), s(6), s(2), 2, 3) },
		"ScaleRows, src":                   func() { ScaleRows(s(6), s(5), s(2), 2, 3) },
		"ScaleRows, factor":                func() { ScaleRows(s(6), s(6), s(3), 2, 3) },
		"SumRows, dst":                     func() { SumRows(s(2), s(6), 2, 3) },
		"SumRows, src":                     func() { SumRows(s(3), s(5), 2, 3) },
		"Adam.Update, gradients":           func() { Adam{Step: 1}.Update([]Parameter{{s(3), s(2), s(3), s(3), 0}}) },
		"Adam.Update, first moments":       func() { Adam{Step: 1}.Update([]Parameter{{s(3), s(3), s(2), s(3), 0}}) },
		"Adam.Update, second moments long": func() { Adam{Step: 1}.Update([]Parameter{{s(3), s(3), s(3), s(4), 0}}) },
		"Adagrad.Update, gradients":        func() { Adagrad{}.Update([]Parameter{{s(3), s(4), s(3), nil, 0}}) },
		"Adagrad.Update, sums":             func() { Adagrad{}.Update([]Parameter{{s(3), s(3), nil, nil, 0}}) },
		"SGD.Update, gradients":            func() { SGD{}.Update([]Parameter{{s(3), s(2), nil, nil, 0}}) },
		"SGD.Update, velocities":           func() { SGD{Momentum: 0.9}.Update([]Parameter{{s(3), s(3), s(2), nil, 0}}) },
	} {
		if message := panicOf(call); message == "" {
			t.Errorf("%s: no panic", name)
		}
	}
}

func panicOf(call func()) (message string) {
	defer func() {
		if r := recover(); r != nil {
			message = fmt.Sprint(r)
		}
	}()
	call()
	return ""
}
