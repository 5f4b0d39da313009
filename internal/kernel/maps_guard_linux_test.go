package kernel

import "testing"

// The kernels of maps touch nothing beside their slices, which begin or end at pages that
// must not be touched.
func TestMapKernelsStayWithinTheirSlices(t *testing.T) { eachPath(t, testMapKernelsStayWithin) }

func testMapKernelsStayWithin(t *testing.T) {
	for _, atEnd := range []bool{false, true} {
		for _, size := range [][2]int{{1, 1}, {16, 16}, {17, 3}, {3, 17}, {49, 70}, {64, 64}, {1, 100}, {33, 129}} {
			rows, columns := size[0], size[1]
			of := func(n int) []float32 { return guardedPages(t, n, atEnd) }
			x, y, z := of(rows*columns), of(rows*columns), of(rows*columns)
			Transpose(y, x, 1, rows, columns)
			Add(z, x, y)
			Multiply(z, x, y)
			for act := range Activation(len(functions)) {
				Activate(z, x, act)
				BiasGradient(z, of(columns), y, x, of(BiasGradientScratch(rows, columns)), rows, columns, act)
			}
		}
	}
}
