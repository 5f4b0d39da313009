package kernel

import (
	"fmt"
	"math"
	"slices"
	"testing"
)

// mapSizes are pixels and channels: few of each, odd ones, whole blocks and more.
func mapSizes() (all [][2]int) {
	for _, m := range []int{0, 1, 2, 3, 7, 8, 9, 16, 31, 49, 64, 100, 1024, 3000} {
		for _, n := range []int{0, 1, 2, 3, 5, 8, 16, 17, 32, 63, 64, 65, 70, 129} {
			all = append(all, [2]int{m, n})
		}
	}
	return all
}

func TestBiasGradientAgainstItsParts(t *testing.T) { eachPath(t, testBiasGradientAgainstItsParts) }

func testBiasGradientAgainstItsParts(t *testing.T) {
	for _, size := range mapSizes() {
		m, n := size[0], size[1]
		for _, act := range []Activation{Linear, ReLU, Sigmoid, SiLU} {
			dy, v := randomSlice(t, m*n, 1), randomSlice(t, m*n, 2)
			want := make([]float32, m*n)
			ActivationGradient(want, dy, v, m, n, act)
			dz, db, scratch := randomSlice(t, m*n, 3), randomSlice(t, n, 4), randomSlice(t, BiasGradientScratch(m, n), 5)
			if act == Linear {
				copy(dz, dy)
			}
			BiasGradient(dz, db, dy, v, scratch, m, n, act)
			if !slices.Equal(dz, want) {
				t.Fatalf("m=%d n=%d activation %d: another gradient than ActivationGradient's", m, n, act)
			}
			for j := range db {
				var sum, size float64
				for i := range m {
					sum += float64(want[i*n+j])
					size += math.Abs(float64(want[i*n+j]))
				}
				if tol := float64(m) * ulp / 2 * size; !(math.Abs(float64(db[j])-sum) <= tol) {
					t.Fatalf("m=%d n=%d: column %d sums to %g, want %g within %g", m, n, j, db[j], sum, tol)
				}
			}
		}
	}
}

// Many equal numbers, whose sum in one chain of float32 would be off by far more.
func TestBiasGradientOfManyPixelsIsExact(t *testing.T) {
	const m, n, v = 1 << 18, 3, 0.1
	dy := make([]float32, m*n)
	for i := range dy {
		dy[i] = v
	}
	db := make([]float32, n)
	BiasGradient(dy, db, dy, dy, make([]float32, BiasGradientScratch(m, n)), m, n, Linear)
	for _, got := range db {
		if want := m * float64(float32(v)); !(math.Abs(float64(got)-want) <= 1e-5*want) {
			t.Errorf("the sum of %d times %g is %g", m, v, got)
		}
	}
}

func TestTranspose(t *testing.T) { eachPath(t, testTranspose) }

func testTranspose(t *testing.T) {
	for _, size := range mapSizes() {
		for _, count := range []int{0, 1, 3} {
			rows, columns := size[0], size[1]
			src, dst := randomSlice(t, count*rows*columns, 1), randomSlice(t, count*rows*columns, 2)
			Transpose(dst, src, count, rows, columns)
			for k := range count {
				for i := range rows {
					for j := range columns {
						if got, want := dst[(k*columns+j)*rows+i], src[(k*rows+i)*columns+j]; got != want {
							t.Fatalf("%d of %dx%d: element %d, %d of matrix %d is %g, want %g", count, rows, columns, j, i, k, got, want)
						}
					}
				}
			}
		}
	}
}

func TestMapKernelsAreTheSameForAnyThreadCount(t *testing.T) {
	for _, size := range [][2]int{{1 << 15, 3}, {3 * 1 << 10, 64}, {999, 130}} {
		m, n := size[0], size[1]
		sameForAnyThreadCount(t, fmt.Sprint(size), func() [][]float32 {
			dy, v, dz, db := randomSlice(t, m*n, 1), randomSlice(t, m*n, 2), make([]float32, m*n), make([]float32, n)
			BiasGradient(dz, db, dy, v, make([]float32, BiasGradientScratch(m, n)), m, n, Tanh)
			y := make([]float32, m*n)
			Transpose(y, dy, 1, m, n)
			return [][]float32{dz, db, y}
		})
	}
}

func TestActivateIsBiasActivationWithoutBias(t *testing.T) { eachPath(t, testActivate) }

func testActivate(t *testing.T) {
	for act := range Activation(len(functions)) {
		for _, n := range []int{0, 1, 7, 64, fewestElements, 3*fewestElements + 5} {
			x, y := randomSlice(t, n, 1), randomSlice(t, n, 2)
			want := slices.Clone(x)
			BiasActivation(want, make([]float32, n), 1, n, act)
			if Activate(y, x, act); !slices.Equal(y, want) {
				t.Errorf("activation %d of %d elements: other values than with a bias of 0", act, n)
			}
			if Activate(x, x, act); !slices.Equal(x, want) {
				t.Errorf("activation %d of %d elements in place: other values", act, n)
			}
		}
	}
}

func TestAddAndMultiply(t *testing.T) { eachPath(t, testAddAndMultiply) }

func testAddAndMultiply(t *testing.T) {
	for _, n := range []int{0, 1, 70, 2*fewestElements + 3} {
		a, b, sum, product := randomSlice(t, n, 1), randomSlice(t, n, 2), make([]float32, n), make([]float32, n)
		Add(sum, a, b)
		Multiply(product, a, b)
		for i := range n {
			if sum[i] != a[i]+b[i] || product[i] != a[i]*b[i] {
				t.Fatalf("%g and %g: %g, %g", a[i], b[i], sum[i], product[i])
			}
		}
	}
}
