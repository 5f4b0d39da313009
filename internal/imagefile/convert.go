package imagefile

import (
	"cmp"
	"image"
	"image/color"
)

// convert is img with the channels that are asked for, 0 for its own, in its own
// depth, over white. An 8-bit grey image keeps its pixels where they lie.
func convert(img image.Image, channels int) Image {
	own, wide := 3, false
	switch img := img.(type) {
	case *image.Gray:
		own = 1
	case *image.Gray16:
		own, wide = 1, true
	case *image.RGBA64, *image.NRGBA64:
		wide = true
	case mixed:
		wide = img.U16 != nil
		if img.colors == 1 {
			own = 1
		}
	}
	out := Image{Width: img.Bounds().Dx(), Height: img.Bounds().Dy(), Channels: cmp.Or(channels, own), Translucent: translucent(img)}
	if wide {
		out.High, out.U16 = 65535, deep(img, out.Channels)
	} else {
		out.High, out.U8 = 255, shallow(img, out.Channels)
	}
	return out
}

// translucent tells whether a pixel is not opaque.
func translucent(img image.Image) bool {
	o, ok := img.(interface{ Opaque() bool })
	return ok && !o.Opaque()
}

// InChannels is img with the channels that are asked for: 1 is the luma of colors, 3 each
// grey three times, 0 its own. What it does not have already is in memory of its own.
func (img Image) InChannels(channels int) Image {
	switch {
	case channels == 0 || channels == img.Channels:
		return img
	case channels == 3:
		img.U8, img.U16, img.F32 = tripled(img.U8), tripled(img.U16), tripled(img.F32)
	default:
		img.U8 = lumas(img.U8, func(r, g, b uint8) uint8 { return uint8(luma(uint32(r)*0x101, uint32(g)*0x101, uint32(b)*0x101) >> 24) })
		img.U16 = lumas(img.U16, func(r, g, b uint16) uint16 { return uint16(luma(uint32(r), uint32(g), uint32(b)) >> 16) })
		img.F32 = lumas(img.F32, func(r, g, b float32) float32 {
			return float32((19595*float64(r) + 38470*float64(g) + 7471*float64(b)) / 65536)
		})
	}
	img.Channels = channels
	return img
}

// tripled is each sample three times; nil for none.
func tripled[T any](samples []T) []T {
	if samples == nil {
		return nil
	}
	out := make([]T, 0, 3*len(samples))
	for _, v := range samples {
		out = append(out, v, v, v)
	}
	return out
}

// lumas is the luma of each three samples; nil for none.
func lumas[T any](samples []T, luma func(r, g, b T) T) []T {
	if samples == nil {
		return nil
	}
	out := make([]T, len(samples)/3)
	for i := range out {
		out[i] = luma(samples[3*i], samples[3*i+1], samples[3*i+2])
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
