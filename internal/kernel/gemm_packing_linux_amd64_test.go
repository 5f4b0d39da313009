package kernel

import "testing"

func TestMatMulPackedStaysInsideItsOperands(t *testing.T) {
	eachVectorPath(t, func(t *testing.T) {
		for _, s := range [][3]int{{42, 64, 33}, {85, 67, 20}, {29, 32, 17}, {31, 48, 1}, {90, 31, 300}} {
			m, n, k := s[0], s[1], s[2]
			for _, atEnd := range []bool{false, true} {
				a, b, c := guardedPages(t, m*k, atEnd), guardedPages(t, n*k, atEnd), guardedPages(t, m*n, atEnd)
				for i := range a {
					a[i] = float32(i % 7)
				}
				for i := range b {
					b[i] = float32(i % 5)
				}
				for _, form := range gemmForms {
					want := form.reference(c, a, b, m, n, k, false)
					x, y := form.operands(a, b, m, n, k)
					for _, packing := range form.packings() {
						clear(c)
						p := newProduct(c, x, y, m, n, k, false, epilogue{})
						p.packing = packing
						p.compute()
						for i, v := range c {
							if float64(v) != want[i] {
								t.Fatalf("%s %v packed as %d: element %d is %g, want %g", form.name, s, packing, i, v, want[i])
							}
						}
					}
				}
			}
		}
	})
}
