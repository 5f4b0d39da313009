package dataset

import (
	"image"
	"image/color"
)

// raster is an image of w x h pixels with c interleaved channels: 1 (grey) or
// 3 (red, green, blue).
type raster struct {
	w, h, c int
	pix     []uint8 // [h, w, c]
}

// gray is img as one channel, the luma of color.GrayModel. What is
// transparent shows white. An 8-bit grey image keeps its exact values, and its
// pixels where they lie.
func gray(img image.Image) raster {
	b := img.Bounds()
	if g, ok := img.(*image.Gray); ok && g.Stride == b.Dx() {
		return raster{b.Dx(), b.Dy(), 1, g.Pix[:b.Dx()*b.Dy()]}
	}
	out := raster{b.Dx(), b.Dy(), 1, make([]uint8, b.Dx()*b.Dy())}
	switch img := img.(type) {
	case *image.Gray:
		for y := range out.h {
			copy(out.pix[y*out.w:(y+1)*out.w], img.Pix[y*img.Stride:])
		}
	case *image.Paletted:
		table := grayPalette(img.Palette)
		for y := range out.h {
			for x, p := range img.Pix[y*img.Stride:][:out.w] {
				out.pix[y*out.w+x] = table[p]
			}
		}
	default:
		i := 0
		eachPixel(img, func(r, g, b uint32) {
			out.pix[i] = luma(r, g, b)
			i++
		})
	}
	return out
}

// rgb is img as three channels of 8 bits. What is transparent shows white.
func rgb(img image.Image) raster {
	b := img.Bounds()
	out := raster{b.Dx(), b.Dy(), 3, make([]uint8, 3*b.Dx()*b.Dy())}
	i := 0
	eachPixel(img, func(r, g, b uint32) {
		out.pix[i], out.pix[i+1], out.pix[i+2] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
		i += 3
	})
	return out
}

// natural is img with one channel when every pixel is grey, else with three.
func natural(img image.Image) raster {
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		return gray(img)
	}
	out := rgb(img)
	for i := 0; i < len(out.pix); i += 3 {
		if out.pix[i] != out.pix[i+1] || out.pix[i] != out.pix[i+2] {
			return out
		}
	}
	return out.toGray()
}

// eachPixel calls f with the 16-bit colour over white of every pixel, row by row.
func eachPixel(img image.Image, f func(r, g, b uint32)) {
	bounds := img.Bounds()
	fast, _ := img.(image.RGBA64Image)
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			if fast != nil {
				c := fast.RGBA64At(x, y)
				f(overWhite(uint32(c.R), uint32(c.G), uint32(c.B), uint32(c.A)))
				continue
			}
			f(overWhite(img.At(x, y).RGBA()))
		}
	}
}

// overWhite lays a colour with premultiplied alpha over white.
func overWhite(r, g, b, a uint32) (uint32, uint32, uint32) {
	under := 0xffff - a
	return min(r+under, 0xffff), min(g+under, 0xffff), min(b+under, 0xffff)
}

// luma is color.GrayModel for a colour of 16 bits a channel.
func luma(r, g, b uint32) uint8 { return uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 24) }

// grayPalette is the luma of the palette's colours over white. Indices
// without a colour are black.
func grayPalette(p color.Palette) (table [256]uint8) {
	for i, c := range p[:min(len(p), 256)] {
		table[i] = luma(overWhite(c.RGBA()))
	}
	return table
}

// toGray is the luma of a colour raster, or r itself when it is grey.
func (r raster) toGray() raster {
	if r.c == 1 {
		return r
	}
	out := raster{r.w, r.h, 1, make([]uint8, r.w*r.h)}
	for i := range out.pix {
		p := r.pix[3*i : 3*i+3]
		out.pix[i] = luma(uint32(p[0])*0x101, uint32(p[1])*0x101, uint32(p[2])*0x101)
	}
	return out
}

// toColor repeats a grey raster's channel three times; r itself when it has
// three.
func (r raster) toColor() raster {
	if r.c == 3 {
		return r
	}
	out := raster{r.w, r.h, 3, make([]uint8, 3*r.w*r.h)}
	for i, p := range r.pix {
		out.pix[3*i], out.pix[3*i+1], out.pix[3*i+2] = p, p, p
	}
	return out
}

// transposed swaps columns and rows.
func (r raster) transposed() raster {
	out := raster{r.h, r.w, r.c, make([]uint8, len(r.pix))}
	for y := range r.h {
		for x := range r.w {
			copy(out.pix[(x*r.h+y)*r.c:][:r.c], r.pix[(y*r.w+x)*r.c:][:r.c])
		}
	}
	return out
}
