package kernel

import (
	"fmt"
	"slices"
	"testing"
)

// operands are those of a product of this form.
func (f gemmForm) operands(a, b []float32, m, n, k int) (operand, operand) {
	x, y := operand{a, k, 1}, operand{b, 1, n}
	if f.name == "TN" {
		x = operand{a, 1, m}
	}
	if f.name == "NT" {
		y = operand{b, k, 1}
	}
	return x, y
}

// packings are those that a product of this form may have.
func (f gemmForm) packings() []packing {
	if f.name == "NT" {
		return []packing{transposed, whole}
	}
	return []packing{inPlace, byTile, whole}
}

// What is packed changes no bit, on no vector path, and reads and writes nothing outside.
func TestMatMulSameBitsPacked(t *testing.T) {
	shapes := slices.DeleteFunc(testShapes(), func(s [3]int) bool { return slices.Min(s[:]) == 0 })
	shapes = append(shapes, [3]int{84, 64, 129}, [3]int{85, 65, 33}, [3]int{385, 165, 933}, [3]int{2400, 40, 260}, [3]int{30, 2700, 810})
	first := map[string][]float32{}
	eachVectorPath(t, func(t *testing.T) {
		for _, form := range gemmForms {
			for i, s := range shapes {
				m, n, k := s[0], s[1], s[2]
				a, b, start := randomSlice(t, m*k, 1), randomSlice(t, n*k, 2), randomSlice(t, m*n, 3)
				x, y := form.operands(a, b, m, n, k)
				for _, packing := range form.packings() {
					c := guarded(t, m*n)
					copy(c, start)
					p := newProduct(c, x, y, m, n, k, i%2 == 1, epilogue{})
					p.packing = packing
					p.compute()
					name := fmt.Sprint(form.name, s)
					if first[name] == nil {
						first[name] = slices.Clone(c)
					} else if !sameBits(c, first[name]) {
						t.Fatalf("%s m=%d n=%d k=%d: other bits when packed as %d", form.name, m, n, k, packing)
					}
				}
			}
		}
	})
}

func eachVectorPath(t *testing.T, f func(t *testing.T)) {
	eachPath(t, func(t *testing.T) {
		if current != portable {
			f(t)
		}
	})
}

// The decision is one of the shape, and of the height of a tile.
func TestChoosePacking(t *testing.T) {
	for _, c := range []struct {
		form         string
		m, n, k      int
		avx512, avx2 packing
	}{
		{"NT", 128, 400, 784, transposed, transposed},
		{"NN", 128, 400, 784, byTile, byTile},
		{"TN", 784, 400, 128, byTile, byTile},
		{"NN", 128, 784, 20, inPlace, inPlace},
		{"TN", 200, 784, 20, inPlace, inPlace},
		{"TN", 784, 400, 257, whole, whole},
		{"TN", 784, 200, 1000, byTile, byTile},
		{"TN", 512, 512, 128, whole, whole},
		{"TN", 511, 785, 128, whole, whole},
		{"NN", 1024, 1024, 1024, whole, whole},
		{"NT", 1024, 1024, 1024, whole, transposed},
		{"NT", 1000, 1000, 1000, transposed, transposed},
	} {
		eachVectorPath(t, func(t *testing.T) {
			want := c.avx512
			if current == avx2 {
				want = c.avx2
			}
			form := gemmForms[slices.IndexFunc(gemmForms, func(f gemmForm) bool { return f.name == c.form })]
			x, y := form.operands(nil, nil, c.m, c.n, c.k)
			if got := newProduct(nil, x, y, c.m, c.n, c.k, false, epilogue{}).choosePacking(); got != want {
				t.Errorf("%s m=%d n=%d k=%d is packed as %d, want %d", c.form, c.m, c.n, c.k, got, want)
			}
		})
	}
}
