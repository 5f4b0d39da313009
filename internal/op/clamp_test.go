package op

import (
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

// Outside of its range Clamp must let a gradient through that leads back, stop
// one that leads away, and count what it met.
func TestClampOutsideOfItsRange(t *testing.T) {
	for name, shape := range map[string][]int{"matrix": {3, 2}, "vector": {6}} {
		t.Run(name, func(t *testing.T) {
			g := gorgonia.NewGraph()
			x := variable(g, "x", []float32{-9, -9, 9, 9, 1, -1}, shape)
			var seen Outside
			got, grads := differentiate(t, must(t)(Clamp(x, -2, 3, &seen)), []float32{1, -1, 1, -1, 1, -1}, x)
			if want := []float32{-2, -2, 3, 3, 1, -1}; !slices.Equal(got, want) {
				t.Errorf("%v, want %v", got, want)
			}
			// A positive gradient makes descent lower x: wrong way at the low end.
			compare(t, "gradient", grads[0], []float64{0, -1, 1, 0, 1, -1}, 0)
			if want := (Outside{Low: 4, High: 4}); seen != want { // in two runs
				t.Errorf("counted %+v, want %+v", seen, want)
			}
		})
	}
}

// The ends belong to the range, and NaN is passed on, not counted.
func TestClampAtItsEnds(t *testing.T) {
	g := gorgonia.NewGraph()
	nan := float32(math.NaN())
	x := variable(g, "x", []float32{-2, 3, nan}, []int{3})
	var seen Outside
	got, grads := differentiate(t, must(t)(Clamp(x, -2, 3, &seen)), []float32{1, -1, 1}, x)
	if got[0] != -2 || got[1] != 3 || got[2] == got[2] {
		t.Errorf("%v, want [-2 3 NaN]", got)
	}
	compare(t, "gradient", grads[0], []float64{1, -1, 1}, 0)
	if seen != (Outside{}) {
		t.Errorf("counted %+v, want none", seen)
	}
}
