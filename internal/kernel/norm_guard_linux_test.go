package kernel

import "testing"

// Normalizations touch nothing outside of their arrays, not even to read it.
func TestNormalizationsStayInsideTheirArrays(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, n := range []int{1, 7, 8, 9, 15, 16, 17, 33, 64, 65} {
			for _, atEnd := range []bool{false, true} {
				const rows = 3
				matrix, row := func() []float32 { return guardedPages(t, rows*n, atEnd) }, func() []float32 { return guardedPages(t, n, atEnd) }
				x, y, dx, dy := matrix(), matrix(), matrix(), matrix()
				scale, shift, center, sum, product := row(), row(), row(), row(), row()
				for i := range x {
					x[i], dy[i] = float32(i), 1
				}
				for j := range scale {
					scale[j], center[j] = 1, 1
				}
				for act := range functions {
					act := Activation(act)
					v := Normalized{DY: dy, X: x, Y: y, DZ: dx, Scale: scale, Shift: shift, Act: act}
					Normalize(y, x, scale, shift, rows, act)
					clear(sum)
					v.Sums(sum, product, center, rows)
					if act == Linear && (sum[0] != rows || sum[n-1] != rows) {
						t.Fatalf("n=%d: the sums of %d ones are %v", n, rows, sum)
					}
					v.InputGradient(dx, scale, shift, rows)
					Deviations(sum, product, x, center, rows)
					AddRows(sum, x, rows)
					AddPixels(y, dx, n, 1)
				}
			}
		}
	})
}
