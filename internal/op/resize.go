package op

import (
	"fmt"
	"sync"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Resize is a map [Height,Width,Channels], channels side by side, and a smaller one beside it,
// each pixel of which stands for Factor by Factor of the larger. Pixels at the right and at the
// bottom that do not fill one stand for none.
type Resize struct{ Height, Width, Channels, Factor int }

// SmallHeight is that of the smaller map, 0 where there is none.
func (r Resize) SmallHeight() int { return r.Height / max(r.Factor, 1) }

// SmallWidth is that of the smaller map, 0 where there is none.
func (r Resize) SmallWidth() int { return r.Width / max(r.Factor, 1) }

func (r Resize) large() int { return r.Height * r.Width * r.Channels }
func (r Resize) small() int { return r.SmallHeight() * r.SmallWidth() * r.Channels }

// AveragePool makes of each row's map x [B,H·W·C] the smaller one of the means over Factor by
// Factor pixels, as PyTorch's AvgPool2d does.
func AveragePool(x *gorgonia.Node, r Resize) (*gorgonia.Node, error) {
	share := 1 / float32(r.Factor*r.Factor)
	return r.apply("averagePool", x, r.large(), r.small(),
		func(y, x []float32, rows int) { r.sum(y, x, share, rows) },
		func(dx, dy []float32, rows int) { r.repeat(dx, dy, share, rows) })
}

// Upsample makes of each row's map x [B,h·w·C], the smaller one, the larger one, of which each
// pixel is the one that stands for it, as PyTorch's UpsamplingNearest2d does. Factor divides
// Height and Width.
func Upsample(x *gorgonia.Node, r Resize) (*gorgonia.Node, error) {
	return r.apply("upsample", x, r.small(), r.large(),
		func(y, x []float32, rows int) { r.repeat(y, x, 1, rows) },
		func(dx, dy []float32, rows int) { r.sum(dx, dy, 1, rows) })
}

// apply makes the node of a map from rows of in numbers to rows of out.
func (r Resize) apply(name string, x *gorgonia.Node, in, out int, forward, back func(to, from []float32, rows int)) (*gorgonia.Node, error) {
	xs, err := shapeOf(name, x, 2)
	if err == nil && (r.Factor < 1 || xs[1] != in || out < 1) {
		err = fmt.Errorf("%s: input %v does not fit %+v", name, xs, r)
	}
	if err != nil {
		return nil, err
	}
	rows := xs[0]
	y, dx := newBuffer(rows, out), newBuffer(rows, in)
	return apply(&fused{
		name: name, result: y, wrt: []bool{true},
		run: func(in [][]float32) { forward(y.data, in[0], rows) },
		back: func(b backward) (g gradients) {
			g.add(apply(&fused{
				name: name + "Backward", result: dx,
				run: func(in [][]float32) { back(dx.data, in[0], rows) },
			}, b.grad))
			return g
		},
	}, x)
}

// lines is memory for a row of pixels of a larger map.
var lines = sync.Pool{New: func() any { return new([]float32) }}

// sum writes the sums over Factor by Factor pixels, each times a number: first those of pixels
// above each other, then of these from left to right.
func (r Resize) sum(small, large []float32, times float32, rows int) {
	h, width, wide := r.SmallHeight(), r.SmallWidth()*r.Channels, r.Width*r.Channels
	kernel.Parallel(rows*h, func(i int) {
		memory := lines.Get().(*[]float32)
		if cap(*memory) < wide {
			*memory = make([]float32, wide)
		}
		across, to := (*memory)[:wide], small[i*width:][:width]
		clear(across)
		clear(to)
		kernel.AddRows(across, large[i/h*r.large()+i%h*r.Factor*wide:], r.Factor)
		for k := range r.Factor {
			kernel.AddPixels(to, across[k*r.Channels:], r.Channels, r.Factor)
		}
		if times != 1 {
			kernel.ScaleRows(to, to, []float32{times}, 1, width)
		}
		lines.Put(memory)
	})
}

// repeat writes each pixel of the smaller maps, times a number, where the pixels lie that it
// stands for, and 0 where none does.
func (r Resize) repeat(large, small []float32, times float32, rows int) {
	h, width, wide := r.SmallHeight(), r.SmallWidth()*r.Channels, r.Width*r.Channels
	kernel.Parallel(rows*h, func(i int) {
		lines := large[i/h*r.large()+i%h*r.Factor*wide:]
		first, end := lines[:wide], r.Factor*wide
		if i%h == h-1 {
			end = (r.Height - (h-1)*r.Factor) * wide
		}
		for at := 0; at < width; at += r.Channels {
			pixel := small[i*width+at:][:r.Channels]
			for k := range r.Factor {
				copy(first[(at/r.Channels*r.Factor+k)*r.Channels:], pixel)
			}
		}
		clear(first[r.Factor*width:])
		if times != 1 {
			kernel.ScaleRows(first, first, []float32{times}, 1, wide)
		}
		for top := 1; top < r.Factor; top++ {
			copy(lines[top*wide:][:wide], first)
		}
		clear(lines[r.Factor*wide : end])
	})
}
