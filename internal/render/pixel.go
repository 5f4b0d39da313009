package render

// quantize maps p in [0, 1] to 0..255: 255p rounded to the nearest integer, halves upward.
// Values outside are clamped; NaN becomes 0. In float64 the product is exact.
func quantize(p float32) uint8 {
	if !(p > 0) {
		return 0
	}
	if p >= 1 {
		return 255
	}
	return uint8(float64(p)*255 + 0.5)
}

// clamp puts p into [0, 1]; NaN becomes 0.
func clamp(p float32) float32 {
	if !(p > 0) {
		return 0
	}
	return min(p, 1)
}

// shrink reduces src (height x width x channels) to dst (h x w x channels), h <= height and
// w <= width, by area averaging: a pixel is the mean of the source area under it, parts of
// pixels counted by their area. Values are clamped to [0, 1] first.
func shrink(dst []float32, h, w int, src []float32, height, width, channels int) {
	for y := range h {
		y0, y1 := extent(y, h, height)
		for x := range w {
			x0, x1 := extent(x, w, width)
			for c := range channels {
				dst[(y*w+x)*channels+c] = areaMean(src, width, channels, c, y0, y1, x0, x1)
			}
		}
	}
}

// extent is the part [from, to) of a source side under element i of a side of count elements.
func extent(i, count, side int) (from, to float64) {
	scale := float64(side) / float64(count)
	return float64(i) * scale, min(float64(i+1)*scale, float64(side))
}

// areaMean is the mean of channel c of src over the rectangle [y0, y1) x [x0, x1).
func areaMean(src []float32, width, channels, c int, y0, y1, x0, x1 float64) float32 {
	var sum, area float64
	for y := int(y0); float64(y) < y1; y++ {
		wy := min(y1, float64(y+1)) - max(y0, float64(y))
		for x := int(x0); float64(x) < x1; x++ {
			wx := min(x1, float64(x+1)) - max(x0, float64(x))
			sum += wy * wx * float64(clamp(src[(y*width+x)*channels+c]))
			area += wy * wx
		}
	}
	return float32(sum / area)
}

// Bytes writes values in [0, 1] as bytes.
func Bytes(dst []uint8, values []float32) {
	for i, v := range values {
		dst[i] = quantize(v)
	}
}

// Reduced is an image of values in [0, 1], height x width x channels, as bytes, h x w x channels:
// the means of the areas under its pixels. h is at most height, w at most width.
func Reduced(values []float32, height, width, channels, h, w int) []uint8 {
	pixels := make([]uint8, h*w*channels)
	if h < height || w < width {
		small := make([]float32, h*w*channels)
		shrink(small, h, w, values, height, width, channels)
		values = small
	}
	Bytes(pixels, values)
	return pixels
}
