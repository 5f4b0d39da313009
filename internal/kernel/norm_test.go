package kernel

import (
	"math"
	"slices"
	"testing"
)

// normalizedSizes are rows and their lengths: all up to 70, and some that are long.
func normalizedSizes() (sizes [][2]int) {
	for n := range 71 {
		sizes = append(sizes, [2]int{3, n})
	}
	return append(sizes, [2]int{0, 5}, [2]int{1, 240}, [2]int{7, 256}, [2]int{2, 515})
}

// allActivationCases are those of every activation.
func allActivationCases() []activationCase {
	all := slices.Clone(activationCases)
	for _, c := range inputCases {
		all = append(all, c.activationCase)
	}
	return all
}

func near(t *testing.T, what string, n, i int, got float32, want, tol float64) {
	t.Helper()
	if !(math.Abs(float64(got)-want) <= tol) {
		t.Fatalf("%s, n=%d: element %d is %g, want %g within %g", what, n, i, got, want, tol)
	}
}

// TestNormalizationsAgainstFloat64 holds the passes of a normalization, each activation
// within, against the same in float64.
func TestNormalizationsAgainstFloat64(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, c := range allActivationCases() {
			for _, size := range normalizedSizes() {
				testNormalization(t, c, size[0], size[1])
			}
		}
	})
}

func testNormalization(t *testing.T, c activationCase, rows, n int) {
	t.Helper()
	x, dy, scale, shift := randomSlice(t, rows*n, 1), randomSlice(t, rows*n, 2), randomSlice(t, n, 3), randomSlice(t, n, 4)
	center, slope, offset := randomSlice(t, n, 5), randomSlice(t, n, 6), randomSlice(t, n, 7)
	y, dx, sum, product := guarded(t, rows*n), guarded(t, rows*n), guarded(t, n), guarded(t, n)
	Normalize(y, x, scale, shift, rows, c.act)
	v := Normalized{DY: dy, X: x, Scale: scale, Shift: shift, Act: c.act}
	if c.act.OfOutput() {
		v.Y = y
	}
	if c.act.OfInput() {
		v.DZ = dx
	}
	for j := range sum {
		sum[j], product[j] = 1, -1 // to which all is added
	}
	v.Sums(sum, product, center, rows)
	v.InputGradient(dx, slope, offset, rows)
	for j := range n {
		wantSum, wantProduct, size := 1., -1., 1.
		for i := j; i < rows*n; i += n {
			z := float64(x[i])*float64(scale[j]) + float64(shift[j])
			dz := float64(dy[i]) * c.df(z)
			near(t, c.name, n, i, y[i], c.f(z), 2e-6*(1+math.Abs(z)))
			d := float64(x[i]) - float64(center[j])
			wantSum, wantProduct, size = wantSum+dz, wantProduct+dz*d, size+(1+math.Abs(dz))*(1+math.Abs(d))
			near(t, c.name+" gradient", n, i, dx[i], dz*float64(scale[j])+float64(x[i])*float64(slope[j])+float64(offset[j]), 1e-5*(1+math.Abs(z)+math.Abs(dz)))
		}
		near(t, c.name+" sum", n, j, sum[j], wantSum, 2e-6*size)
		near(t, c.name+" product", n, j, product[j], wantProduct, 2e-6*size)
	}
}

func TestDeviationsAndAddRows(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, size := range normalizedSizes() {
			rows, n := size[0], size[1]
			x, center := randomSlice(t, rows*n, 1), randomSlice(t, n, 2)
			sum, square, all := guarded(t, n), guarded(t, n), guarded(t, n)
			for j := range n {
				sum[j], square[j], all[j] = 2, 3, 4
			}
			Deviations(sum, square, x, center, rows)
			AddRows(all, x, rows)
			for j := range n {
				want, wantSquare, wantAll := 2., 3., 4.
				for i := j; i < rows*n; i += n {
					d := float64(x[i]) - float64(center[j])
					want, wantSquare, wantAll = want+d, wantSquare+d*d, wantAll+float64(x[i])
				}
				near(t, "deviations", n, j, sum[j], want, 3e-6)
				near(t, "squares", n, j, square[j], wantSquare, 1e-6*(1+wantSquare))
				near(t, "rows", n, j, all[j], wantAll, 3e-6)
			}
		}
	})
}

func TestAddPixels(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for n := range 71 {
			for _, step := range []int{1, 2, 5} {
				const pixels = 4
				sum, src := randomSlice(t, pixels*n, 1), randomSlice(t, ((pixels-1)*step+1)*n, 2)
				want := slices.Clone(sum)
				for i := range want {
					want[i] += src[i/n*step*n+i%n]
				}
				if AddPixels(sum, src, n, step); !slices.Equal(sum, want) {
					t.Fatalf("%d pixels of %d, step %d: %v, want %v", pixels, n, step, sum, want)
				}
			}
		}
	})
}

func TestNormalizationsCarryNaN(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		nan := float32(math.NaN())
		for _, c := range allActivationCases() {
			y, dx, sum, product := []float32{0}, []float32{0}, []float32{0}, []float32{0}
			one, zero := []float32{1}, []float32{0}
			for _, v := range []Normalized{{DY: []float32{nan}, X: one, Y: one}, {DY: one, X: []float32{nan}, Y: []float32{nan}}} {
				v.Scale, v.Shift, v.Act, v.DZ = one, zero, c.act, []float32{0}
				Normalize(y, v.X, one, zero, 1, c.act)
				v.Sums(sum, product, zero, 1)
				v.InputGradient(dx, one, zero, 1)
				if v.X[0] != v.X[0] && y[0] == y[0] || product[0] == product[0] || dx[0] == dx[0] {
					t.Errorf("%s of %v with the gradient %v: %v, products %v, gradient %v", c.name, v.X, v.DY, y, product, dx)
				}
			}
		}
	})
}
