package dataset

import (
	"errors"
	"math"

	"vae/internal/imagefile"
)

// raster is an image of w x h pixels with c interleaved channels: 1 (grey) or
// 3 (red, green, blue).
type raster struct {
	w, h, c int
	pix     []uint8 // [h, w, c]
}

// eightBits is an image with 8 bits a sample: the upper 8 of 16, and of other
// samples their place in the format's range.
func eightBits(img imagefile.Image) (raster, error) {
	r := raster{img.Width, img.Height, img.Channels, img.U8}
	switch {
	case math.IsNaN(img.High):
		return raster{}, errors.New("holds floating-point values, which have no range")
	case img.U8 != nil && img.High == 255:
	case img.U8 != nil:
		r.pix = scaled(img.U8, img)
	case img.U16 != nil && img.High == 65535:
		r.pix = make([]uint8, len(img.U16))
		for i, v := range img.U16 {
			r.pix[i] = uint8(v >> 8)
		}
	case img.U16 != nil:
		r.pix = scaled(img.U16, img)
	default:
		r.pix = scaled(img.F32, img)
	}
	return r, nil
}

// scaled is where samples stand in the range of their image, 0 to 255, rounded.
func scaled[T uint8 | uint16 | float32](samples []T, img imagefile.Image) []uint8 {
	out := make([]uint8, len(samples))
	for i, v := range samples {
		out[i] = uint8(math.Round(255 * min(max((float64(v)-img.Low)/(img.High-img.Low), 0), 1)))
	}
	return out
}

// natural is r with one channel when every pixel is grey.
func (r raster) natural() raster {
	for i := 0; r.c == 3 && i < len(r.pix); i += 3 {
		if r.pix[i] != r.pix[i+1] || r.pix[i] != r.pix[i+2] {
			return r
		}
	}
	return r.toGray()
}

// luma is color.GrayModel for a colour of 16 bits a channel.
func luma(r, g, b uint32) uint8 { return uint8((19595*r + 38470*g + 7471*b + 1<<15) >> 24) }

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
