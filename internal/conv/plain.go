package conv

import "vae/internal/kernel"

// PackedForward is the number of floats of the weights as Forward reads them.
func (g Geometry) PackedForward() int { return g.Weights() }

// PackForward lays weights w [Filters,Channels,KernelHeight,KernelWidth] out for Forward.
func (g Geometry) PackForward(packed, w []float32) {
	g.check("PackForward", len(packed) == g.PackedForward() && len(w) == g.Weights(), 0)
	taps := g.taps()
	kernel.Parallel(taps, func(tap int) {
		for c := range g.Channels {
			for f := range g.Filters {
				packed[(tap*g.Channels+c)*g.Filters+f] = w[(f*g.Channels+c)*taps+tap]
			}
		}
	})
}

// Forward computes y = act(x * w + bias) for rows maps, with weights that PackForward
// laid out and bias [Filters] or nil. An element of y is one chain of multiply-adds in
// rising order of row and column of the kernel and channel.
func (g Geometry) Forward(y, x, packed, bias []float32, rows int, act kernel.Activation) {
	g.check("Forward", len(y) == rows*g.out() && len(x) == rows*g.in() && len(packed) == g.PackedForward() &&
		(bias == nil || len(bias) == g.Filters), rows)
	height, width := g.OutHeight(), g.OutWidth()
	kernel.Parallel(rows*height, func(i int) {
		n, oy := i/height, i%height
		for ox := range width {
			out := y[(i*width+ox)*g.Filters:][:g.Filters]
			clear(out)
			g.eachTap(oy, ox, func(iy, ix, tap int) {
				at := ((n*g.Height+iy)*g.Width + ix) * g.Channels
				addProducts(out, x[at:][:g.Channels], packed[tap*g.Channels*g.Filters:])
			})
		}
	})
	finish(y, bias, rows*height*width, g.Filters, act)
}

// eachTap calls f for the positions of the kernel that see the map from pixel (oy, ox) of
// the output, and for what they see.
func (g Geometry) eachTap(oy, ox int, f func(iy, ix, tap int)) {
	for ky := range g.KernelHeight {
		iy := oy*g.Stride + ky - g.Top
		if iy < 0 || iy >= g.Height {
			continue
		}
		for kx := range g.KernelWidth {
			if ix := ox*g.Stride + kx - g.Left; ix >= 0 && ix < g.Width {
				f(iy, ix, ky*g.KernelWidth+kx)
			}
		}
	}
}

// addProducts adds a [k] times b [k,n] to sum [n]. The conversion forbids the compiler to
// fuse multiply and add.
func addProducts(sum, a, b []float32) {
	n := len(sum)
	for p, v := range a {
		row := b[p*n:][:n]
		for j, w := range row {
			sum[j] += float32(v * w)
		}
	}
}

// finish adds the bias and applies the activation.
func finish(y, bias []float32, m, n int, act kernel.Activation) {
	switch {
	case bias != nil:
		kernel.BiasActivation(y, bias, m, n, act)
	case act != kernel.Linear:
		kernel.BiasActivation(y, make([]float32, n), m, n, act)
	}
}

// PackedBackward is the number of floats of the weights as InputGradient reads them.
func (g Geometry) PackedBackward() int { return g.Weights() }

// PackBackward lays weights w [Filters,Channels,KernelHeight,KernelWidth] out for
// InputGradient.
func (g Geometry) PackBackward(packed, w []float32) {
	g.check("PackBackward", len(packed) == g.PackedBackward() && len(w) == g.Weights(), 0)
	taps := g.taps()
	kernel.Parallel(taps, func(tap int) {
		for f := range g.Filters {
			for c := range g.Channels {
				packed[(tap*g.Filters+f)*g.Channels+c] = w[(f*g.Channels+c)*taps+tap]
			}
		}
	})
}

// InputGradient computes dx = act(the gradient with respect to x of y's, dy, + bias) for
// rows maps, with weights that PackBackward laid out and bias [Channels] or nil. With bias
// and activation that is a transposed convolution of dy.
func (g Geometry) InputGradient(dx, dy, packed, bias []float32, rows int, act kernel.Activation) {
	g.check("InputGradient", len(dx) == rows*g.in() && len(dy) == rows*g.out() && len(packed) == g.PackedBackward() &&
		(bias == nil || len(bias) == g.Channels), rows)
	kernel.Parallel(rows*g.Height, func(i int) {
		n, iy := i/g.Height, i%g.Height
		for ix := range g.Width {
			in := dx[(i*g.Width+ix)*g.Channels:][:g.Channels]
			clear(in)
			g.eachTapBack(iy, ix, func(oy, ox, tap int) {
				at := ((n*g.OutHeight()+oy)*g.OutWidth() + ox) * g.Filters
				addProducts(in, dy[at:][:g.Filters], packed[tap*g.Filters*g.Channels:])
			})
		}
	})
	finish(dx, bias, rows*g.Height*g.Width, g.Channels, act)
}

// eachTapBack calls f for the pixels of the output that see pixel (iy, ix) of the map, in
// their order, and for the position of the kernel by which they do.
func (g Geometry) eachTapBack(iy, ix int, f func(oy, ox, tap int)) {
	height, width := g.OutHeight(), g.OutWidth()
	for ky := g.KernelHeight - 1; ky >= 0; ky-- {
		top := iy + g.Top - ky
		if top < 0 || top%g.Stride != 0 || top/g.Stride >= height {
			continue
		}
		for kx := g.KernelWidth - 1; kx >= 0; kx-- {
			if left := ix + g.Left - kx; left >= 0 && left%g.Stride == 0 && left/g.Stride < width {
				f(top/g.Stride, left/g.Stride, ky*g.KernelWidth+kx)
			}
		}
	}
}

// parts is in how many runs of images the weight gradient is summed; their sums are added
// in order.
func (g Geometry) parts(rows int) int { return min(rows, 4) }

// WeightScratch is the number of floats that WeightGradient needs beside its operands.
func (g Geometry) WeightScratch(rows int) int { return g.parts(rows) * g.Weights() }

// WeightGradient computes dw [Filters,Channels,KernelHeight,KernelWidth], the gradient of
// the weights, of x and the gradient dy of y, rows maps each. What scratch held does not
// matter.
func (g Geometry) WeightGradient(dw, x, dy, scratch []float32, rows int) {
	g.check("WeightGradient", len(dw) == g.Weights() && len(x) == rows*g.in() && len(dy) == rows*g.out() &&
		len(scratch) == g.WeightScratch(rows), rows)
	parts, size := g.parts(rows), g.Weights()
	kernel.Parallel(parts, func(part int) {
		sum := scratch[part*size:][:size]
		clear(sum)
		for n := part * rows / parts; n < (part+1)*rows/parts; n++ {
			g.addImage(sum, x[n*g.in():][:g.in()], dy[n*g.out():][:g.out()])
		}
	})
	taps := g.taps()
	kernel.Parallel(taps, func(tap int) {
		for c := range g.Channels {
			for f := range g.Filters {
				var total float32
				for part := range parts {
					total += scratch[part*size+(tap*g.Channels+c)*g.Filters+f]
				}
				dw[(f*g.Channels+c)*taps+tap] = total
			}
		}
	})
}

// addImage adds what one image contributes to sum [taps,Channels,Filters].
func (g Geometry) addImage(sum, x, dy []float32) {
	width := g.OutWidth()
	for oy := range g.OutHeight() {
		for ox := range width {
			out := dy[(oy*width+ox)*g.Filters:][:g.Filters]
			g.eachTap(oy, ox, func(iy, ix, tap int) {
				at := (iy*g.Width + ix) * g.Channels
				for c, v := range x[at:][:g.Channels] {
					row := sum[(tap*g.Channels+c)*g.Filters:][:g.Filters]
					for f, d := range out {
						row[f] += float32(v * d)
					}
				}
			})
		}
	}
}
