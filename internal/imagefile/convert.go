package imagefile

import (
	"image"
	"image/color"
)

// convert is img with the channels that are asked for, 0 for its own, in its own
// depth, over white. An 8-bit grey image keeps its pixels where they lie.
func convert(img image.Image, channels int) Image {
	own := 3
	switch img.(type) {
	case *image.Gray, *image.Gray16:
		own = 1
	}
	if channels == 0 {
		channels = own
	}
	out := Image{Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Channels: channels}
	switch img.(type) {
	case *image.Gray16, *image.RGBA64, *image.NRGBA64:
		out.High, out.U16 = 65535, deep(img, channels)
	default:
		out.High, out.U8 = 255, shallow(img, channels)
	}
	return out
}

// deep is the samples of an image of 16 bits.
func deep(img image.Image, channels int) []uint16 {
	b := img.Bounds()
	out := make([]uint16, 0, b.Dx()*b.Dy()*channels)
	eachPixel(img, func(r, g, b uint32) {
		if channels == 1 {
			out = append(out, uint16(luma(r, g, b)>>16))
		} else {
			out = append(out, uint16(r), uint16(g), uint16(b))
		}
	})
	return out
}

// shallow is the samples of an image of 8 bits.
func shallow(img image.Image, channels int) []uint8 {
	if channels == 1 {
		return gray(img)
	}
	b := img.Bounds()
	out := make([]uint8, 3*b.Dx()*b.Dy())
	i := 0
	eachPixel(img, func(r, g, b uint32) {
		out[i], out[i+1], out[i+2] = uint8(r>>8), uint8(g>>8), uint8(b>>8)
		i += 3
	})
	return out
}

// gray is the luma of an image of 8 bits.
func gray(img image.Image) []uint8 {
	w, h := img.Bounds().Dx(), img.Bounds().Dy()
	if g, ok := img.(*image.Gray); ok && g.Stride == w {
		return g.Pix[:w*h]
	}
	out := make([]uint8, 0, w*h)
	switch img := img.(type) {
	case *image.Gray:
		for y := range h {
			out = append(out, img.Pix[y*img.Stride:][:w]...)
		}
	case *image.Paletted:
		table := grayPalette(img.Palette)
		for y := range h {
			for _, p := range img.Pix[y*img.Stride:][:w] {
				out = append(out, table[p])
			}
		}
	default:
		eachPixel(img, func(r, g, b uint32) { out = append(out, uint8(luma(r, g, b)>>24)) })
	}
	return out
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

// luma is that of color.Gray16Model for a colour of 16 bits a channel, times 2^16
// and rounded to it: its upper 8 bits are that of color.GrayModel.
func luma(r, g, b uint32) uint32 { return 19595*r + 38470*g + 7471*b + 1<<15 }

// grayPalette is the luma of the palette's colours over white. Indices
// without a colour are black.
func grayPalette(p color.Palette) (table [256]uint8) {
	for i, c := range p[:min(len(p), 256)] {
		table[i] = uint8(luma(overWhite(c.RGBA())) >> 24)
	}
	return table
}
