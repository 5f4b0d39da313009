package conv

import "vae/internal/kernel"

// panel is the number of columns of the packed weights that lie side by side.
const panel = kernel.PanelColumns

// Packed weights lie in panels of the columns of a product, 32 output channels side by side, so
// that a tile reads them from one end to the other: [panels][taps][channels][32]. Columns
// that do not exist hold anything.

// panels is how many panels so many columns fill.
func panels(columns int) int { return (columns + panel - 1) / panel }

// PackedForward is the number of floats of the weights as Forward reads them.
func (g Geometry) PackedForward() int {
	if g.product() {
		return g.Weights()
	}
	if g.fewFilters() {
		return g.Weights()
	}
	return g.sums()
}

// sums are the floats of the weights in panels of filters.
func (g Geometry) sums() int { return panels(g.Filters) * g.taps() * g.Channels * panel }

// PackForward lays weights w [Filters,Channels,KernelHeight,KernelWidth] out for Forward.
func (g Geometry) PackForward(packed, w []float32) {
	g.check("PackForward", len(packed) == g.PackedForward() && len(w) == g.Weights(), 0)
	if g.product() {
		copy(packed, w)
		return
	}
	if g.fewFilters() {
		g.packFlat(packed, w)
		return
	}
	taps, row := g.taps(), g.Channels*g.taps()
	inParts(panels(g.Filters)*g.Channels, len(w), func(from, to int) {
		for i := from; i < to; i++ {
			filter, c := i/g.Channels*panel, i%g.Channels
			dst := packed[filter*row+c*panel:]
			kernel.Interleave(dst, w[filter*row+c*taps:], g.Channels*panel, row, taps, min(panel, g.Filters-filter))
		}
	})
}

// PackedBackward is the number of floats of the weights as InputGradient reads them.
func (g Geometry) PackedBackward() int {
	if g.product() {
		return g.Weights()
	}
	if g.few() {
		return panels(g.columns()) * g.Filters * panel
	}
	return panels(g.Channels) * g.taps() * g.Filters * panel
}

// PackBackward lays weights w [Filters,Channels,KernelHeight,KernelWidth] out for
// InputGradient: phase by phase, the taps of each in its order.
func (g Geometry) PackBackward(packed, w []float32) {
	g.check("PackBackward", len(packed) == g.PackedBackward() && len(w) == g.Weights(), 0)
	if g.product() {
		copy(packed, w)
		return
	}
	if g.few() {
		g.packFew(packed, w)
		return
	}
	taps, places := g.taps(), g.backward().order(g.KernelWidth)
	inParts(panels(g.Channels)*g.Filters, len(w), func(from, to int) {
		s := scratches.Get().(*scratch)
		near := s.size(taps * panel)
		for i := from; i < to; i++ {
			c, f := i/g.Filters*panel, i%g.Filters
			kernel.Interleave(near, w[(f*g.Channels+c)*taps:], panel, taps, taps, min(panel, g.Channels-c))
			for place, tap := range places {
				copy(packed[((c/panel*len(places)+place)*g.Filters+f)*panel:][:panel], near[tap*panel:][:panel])
			}
		}
		scratches.Put(s)
	})
}

// order lists the positions of a kernel of that width, row by row, as the weights lie.
func (p *plan) order(width int) []int {
	var order []int
	for _, y := range p.vertical {
		for _, x := range p.horizontal {
			for _, ky := range y.taps {
				for _, kx := range x.taps {
					order = append(order, ky*width+kx)
				}
			}
		}
	}
	return order
}

// unpack writes weights that lie as PackForward leaves them to w
// [Filters,Channels,KernelHeight,KernelWidth].
func (g Geometry) unpack(w, packed []float32) {
	taps, row := g.taps(), g.Channels*g.taps()
	block := max(1, 240/taps) // channels that are written together
	blocks := (g.Channels + block - 1) / block
	inParts(panels(g.Filters)*blocks, len(w), func(from, to int) {
		s := scratches.Get().(*scratch)
		step := block*taps + 16
		near := s.size(panel * step)
		for i := from; i < to; i++ {
			filter, first := i/blocks*panel, i%blocks*block
			filters, channels := min(panel, g.Filters-filter), min(block, g.Channels-first)
			for c := range channels {
				for tap := 0; tap < taps; tap += panel {
					src := packed[filter*row+(tap*g.Channels+first+c)*panel:]
					kernel.Interleave(near[c*taps+tap:], src, step, g.Channels*panel, filters, min(panel, taps-tap))
				}
			}
			for f := range filters {
				copy(w[(filter+f)*row+first*taps:][:channels*taps], near[f*step:])
			}
		}
		scratches.Put(s)
	})
}
