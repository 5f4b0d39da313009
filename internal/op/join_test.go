package op

import (
	"fmt"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"
)

func joinCases() []testCase {
	var all []testCase
	for _, size := range [][4]int{{3, 4, 5, 2}, {2, 1, 3, 4}, {1, 5, 1, 1}, {1, 1, 1, 1}} {
		rows, samples, left, right := size[0], size[1], size[2], size[3]
		all = append(all, testCase{
			name: fmt.Sprintf("join/size=%v", size), shapes: [][]int{{rows * samples, left}, {rows, right}}, fixed: []bool{false, true},
			build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return JoinPlanes(in[0], in[1], 1) },
			reference: func(v [][]float64) (out []float64) {
				for i := range rows * samples {
					out = append(out, v[0][i*left:][:left]...)
					out = append(out, v[1][i/samples*right:][:right]...)
				}
				return out
			},
		})
	}
	for _, size := range [][5]int{{3, 2, 4, 3, 2}, {1, 1, 5, 1, 3}, {2, 1, 1, 2, 1}} {
		rows, samples, pixels, left, right := size[0], size[1], size[2], size[3], size[4]
		all = append(all, testCase{
			name: fmt.Sprintf("planes/size=%v", size), shapes: [][]int{{rows * samples, pixels * left}, {rows, right}}, fixed: []bool{false, true},
			build: func(in gorgonia.Nodes) (*gorgonia.Node, error) { return JoinPlanes(in[0], in[1], pixels) },
			reference: func(v [][]float64) (out []float64) {
				for i := range rows * samples * pixels {
					out = append(out, v[0][i*left:][:left]...)
					out = append(out, v[1][i/pixels/samples*right:][:right]...)
				}
				return out
			},
		})
	}
	return all
}

// Each of K rows in succession gets the row of its image, bit for bit.
func TestJoin(t *testing.T) {
	g := gorgonia.NewGraph()
	x := variable(g, "x", []float32{1, 2, 3, 4, 5, 6, 7, 8}, []int{4, 2})
	y := variable(g, "y", []float32{10, 20}, []int{2, 1})
	joined := must(t)(JoinPlanes(x, y, 1))
	if !slices.Equal(joined.Shape(), []int{4, 3}) {
		t.Fatalf("shape %v", joined.Shape())
	}
	got, grads := differentiate(t, joined, []float32{1, 2, 30, 4, 5, 60, 7, 8, 90, 10, 11, 120}, x)
	if want := []float32{1, 2, 10, 3, 4, 10, 5, 6, 20, 7, 8, 20}; !slices.Equal(got, want) {
		t.Errorf("joined %v, want %v", got, want)
	}
	if want := []float32{1, 2, 4, 5, 7, 8, 10, 11}; !slices.Equal(grads[0], want) {
		t.Errorf("gradient %v, want %v", grads[0], want)
	}
	noGradient(t, joined, y)
}
