package kernel

import "testing"

// The updates touch nothing outside of their arrays, not even to read it.
func TestOptimizersStayInsideTheirArrays(t *testing.T) {
	eachPath(t, func(t *testing.T) {
		for _, n := range []int{1, 3, 7, 8, 9, 15, 16, 17, 33, 63, 64, 65, 1024} {
			for _, atEnd := range []bool{false, true} {
				array := func() []float32 { return guardedPages(t, n, atEnd) }
				params := []Parameter{{array(), array(), array(), array(), 0}, {array(), array(), array(), array(), 0.1}}
				for i := range n {
					params[0].Gradient[i] = 1
				}
				Average{Decay: 0.5}.Update(params)
				for _, o := range optimizers {
					clear(params[0].Param)
					o.update(1, 0.5, params)
					for i, v := range params[0].Param {
						if !(v < 0 && v == params[0].Param[0]) {
							t.Fatalf("%s n=%d: element %d moves by %g, the first by %g", o.name, n, i, v, params[0].Param[0])
						}
					}
				}
			}
		}
	})
}
