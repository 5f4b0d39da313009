package op

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"gorgonia.org/gorgonia"

	"vae/internal/conv"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// geometries are convolutions of small maps: of one pixel, with a kernel that covers all,
// odd sizes, steps that leave pixels out, other borders on each side, a kernel of 1.
var geometries = map[string]conv.Geometry{
	"one":    {Height: 1, Width: 1, Channels: 1, Filters: 1, KernelHeight: 1, KernelWidth: 1, Stride: 1},
	"whole":  {Height: 2, Width: 3, Channels: 2, Filters: 2, KernelHeight: 2, KernelWidth: 3, Stride: 1},
	"same":   {Height: 3, Width: 4, Channels: 2, Filters: 3, KernelHeight: 3, KernelWidth: 3, Stride: 1, Top: 1, Bottom: 1, Left: 1, Right: 1},
	"halves": {Height: 4, Width: 4, Channels: 1, Filters: 2, KernelHeight: 4, KernelWidth: 4, Stride: 2, Top: 1, Bottom: 1, Left: 1, Right: 1},
	"keras":  {Height: 5, Width: 4, Channels: 2, Filters: 2, KernelHeight: 3, KernelWidth: 3, Stride: 2, Top: 0, Bottom: 1, Left: 0, Right: 1},
	"leaves": {Height: 6, Width: 5, Channels: 1, Filters: 2, KernelHeight: 2, KernelWidth: 2, Stride: 3},
	"point":  {Height: 2, Width: 2, Channels: 3, Filters: 2, KernelHeight: 1, KernelWidth: 1, Stride: 1},
}

func convCases() (all []testCase) {
	for name, g := range geometries {
		for _, act := range []kernel.Activation{kernel.Linear, kernel.LeakyReLU, kernel.Tanh, kernel.GELU} {
			rows, in, out := 2, g.Height*g.Width*g.Channels, g.OutHeight()*g.OutWidth()*g.Filters
			w := []int{g.Filters, g.Channels, g.KernelHeight, g.KernelWidth}
			f := activations[act]
			all = append(all, testCase{
				name: fmt.Sprintf("conv/%s/activation=%d", name, act), shapes: [][]int{{rows, in}, w, {g.Filters}},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
					return Conv(n[0], n[1], n[2], g, Ends{Activation: act, InputGradient: true})
				},
				reference: func(v [][]float64) []float64 { return convReference(g, v[0], v[1], v[2], rows, f) },
			}, testCase{
				name: fmt.Sprintf("convTranspose/%s/activation=%d", name, act), shapes: [][]int{{rows, out}, w, {g.Channels}},
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) {
					return ConvTranspose(n[0], n[1], n[2], g, Ends{Activation: act, InputGradient: true})
				},
				reference: func(v [][]float64) []float64 { return convTransposeReference(g, v[0], v[1], v[2], rows, f) },
			})
		}
	}
	return all
}

// eachTap calls f with the places of an input, an output and a weight that a convolution
// multiplies.
func eachTap(g conv.Geometry, rows int, f func(x, y, w int)) {
	for i := range rows * g.OutHeight() * g.OutWidth() * g.Filters * g.Channels * g.KernelHeight * g.KernelWidth {
		kx, rest := i%g.KernelWidth, i/g.KernelWidth
		ky, rest := rest%g.KernelHeight, rest/g.KernelHeight
		c, rest := rest%g.Channels, rest/g.Channels
		o, rest := rest%g.Filters, rest/g.Filters
		ox, rest := rest%g.OutWidth(), rest/g.OutWidth()
		oy, row := rest%g.OutHeight(), rest/g.OutHeight()
		iy, ix := oy*g.Stride+ky-g.Top, ox*g.Stride+kx-g.Left
		if iy < 0 || ix < 0 || iy >= g.Height || ix >= g.Width {
			continue
		}
		f(((row*g.Height+iy)*g.Width+ix)*g.Channels+c, ((row*g.OutHeight()+oy)*g.OutWidth()+ox)*g.Filters+o, ((o*g.Channels+c)*g.KernelHeight+ky)*g.KernelWidth+kx)
	}
}

func convReference(g conv.Geometry, x, w, bias []float64, rows int, act func(float64) float64) []float64 {
	y := make([]float64, rows*g.OutHeight()*g.OutWidth()*g.Filters)
	eachTap(g, rows, func(i, j, k int) { y[j] += x[i] * w[k] })
	return ended(y, bias, act)
}

func convTransposeReference(g conv.Geometry, x, w, bias []float64, rows int, act func(float64) float64) []float64 {
	y := make([]float64, rows*g.Height*g.Width*g.Channels)
	eachTap(g, rows, func(i, j, k int) { y[i] += x[j] * w[k] })
	return ended(y, bias, act)
}

func ended(y, bias []float64, act func(float64) float64) []float64 {
	for i := range y {
		y[i] = act(y[i] + bias[i%len(bias)])
	}
	return y
}

// mapCases are the other operations on maps.
func mapCases() (all []testCase) {
	for act, f := range activations {
		all = append(all, testCase{
			name: fmt.Sprintf("activate/activation=%d", act), shapes: [][]int{{3, 5}},
			build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Activate(n[0], act, false) },
			reference: func(v [][]float64) []float64 {
				y := slices.Clone(v[0])
				for i := range y {
					y[i] = f(y[i])
				}
				return y
			},
		})
	}
	pairs := map[string]func(a, b float64) float64{"add": func(a, b float64) float64 { return a + b }, "multiply": func(a, b float64) float64 { return a * b }}
	for name, f := range pairs {
		build := map[string]func(a, b *gorgonia.Node) (*gorgonia.Node, error){"add": Add, "multiply": Multiply}[name]
		all = append(all, testCase{
			name: name, shapes: [][]int{{3, 5}, {3, 5}},
			build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return build(n[0], n[1]) },
			reference: func(v [][]float64) []float64 {
				y := slices.Clone(v[0])
				for i := range y {
					y[i] = f(v[0][i], v[1][i])
				}
				return y
			},
		})
	}
	return append(all, flattenCases()...)
}

func flattenCases() (all []testCase) {
	for _, size := range [][3]int{{2, 6, 4}, {1, 1, 3}, {3, 5, 1}, {1, 1, 1}, {1, 17, 9}} {
		rows, pixels, channels := size[0], size[1], size[2]
		swapped := func(from, to int) func(v [][]float64) []float64 {
			return func(v [][]float64) []float64 {
				y := make([]float64, len(v[0]))
				for i, x := range v[0] {
					row, at := i/(from*to), i%(from*to)
					y[row*from*to+at%to*from+at/to] = x
				}
				return y
			}
		}
		shapes := [][]int{{rows, pixels * channels}}
		all = append(all,
			testCase{name: fmt.Sprintf("flatten/%v", size), shapes: shapes, reference: swapped(pixels, channels),
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Flatten(n[0], channels) }},
			testCase{name: fmt.Sprintf("unflatten/%v", size), shapes: shapes, reference: swapped(channels, pixels),
				build: func(n gorgonia.Nodes) (*gorgonia.Node, error) { return Unflatten(n[0], channels) }})
	}
	return all
}

// A row's maps do not depend on the other rows of a batch.
func TestConvolutionRowsAreIndependent(t *testing.T) {
	for name, g := range geometries {
		in, out := g.Height*g.Width*g.Channels, g.OutHeight()*g.OutWidth()*g.Filters
		for _, transposed := range []bool{false, true} {
			width := in
			if transposed {
				width = out
			}
			x := make([]float32, 5*width)
			rng.Normal(x, rng.Stream(3, name))
			all := convolved(t, g, x, 5, transposed)
			for i := range 5 {
				row := convolved(t, g, x[i*width:][:width], 1, transposed)
				if !slices.Equal(row, all[i*len(row):][:len(row)]) {
					t.Errorf("%s, transposed %v: row %d has other numbers among others", name, transposed, i)
				}
			}
		}
	}
}

func convolved(t *testing.T, g conv.Geometry, x []float32, rows int, transposed bool) []float32 {
	t.Helper()
	graph := gorgonia.NewGraph()
	w := make([]float32, g.Weights())
	rng.Normal(w, rng.Stream(4, "w"))
	weight := variable(graph, "w", w, []int{g.Filters, g.Channels, g.KernelHeight, g.KernelWidth})
	in := variable(graph, "x", x, []int{rows, len(x) / rows})
	channels, apply := g.Filters, Conv
	if transposed {
		channels, apply = g.Channels, ConvTranspose
	}
	y := must(t)(apply(in, weight, variable(graph, "b", make([]float32, channels), []int{channels}), g, Ends{Activation: kernel.Tanh, InputGradient: true}))
	got, _ := differentiate(t, y, make([]float32, y.Shape().TotalSize()), weight)
	return slices.Clone(got)
}

func TestConvolutionOfDataHasNoInputGradient(t *testing.T) {
	g := gorgonia.NewGraph()
	x, w, b := variable(g, "x", []float32{1, 2}, []int{1, 2}), variable(g, "w", []float32{3}, []int{1, 1, 1, 1}), variable(g, "b", []float32{float32(math.Pi)}, []int{1})
	geometry := conv.Geometry{Height: 1, Width: 2, Channels: 1, Filters: 1, KernelHeight: 1, KernelWidth: 1, Stride: 1}
	noGradient(t, must(t)(Conv(x, w, b, geometry, Ends{Activation: kernel.ReLU})), x)
	noGradient(t, must(t)(ConvTranspose(x, w, b, geometry, Ends{Activation: kernel.ReLU})), x)
}
