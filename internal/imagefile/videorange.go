package imagefile

import (
	"image"
	"image/color"
)

// videoRange shows the pixels of a lossy WebP in their own colors: its luma is
// 16 to 235 and its chroma 16 to 240 (ITU-R BT.601), which x/image/webp hands
// out as if they were a JPEG's, 0 to 255. It is image.YCbCr's geometry.
type videoRange struct {
	*image.YCbCr
	alpha *image.NYCbCrA // nil when it is opaque
}

// inVideoRange is an image of x/image/webp with the right colors.
func inVideoRange(img image.Image) image.Image {
	switch img := img.(type) {
	case *image.YCbCr:
		return videoRange{img, nil}
	case *image.NYCbCrA:
		return videoRange{&img.YCbCr, img}
	}
	return img
}

func (v videoRange) ColorModel() color.Model { return color.NRGBAModel }

func (v videoRange) At(x, y int) color.Color { return v.nrgbaAt(x, y) }

func (v videoRange) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := v.nrgbaAt(x, y).RGBA()
	return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
}

func (v videoRange) nrgbaAt(x, y int) color.NRGBA {
	c, a := v.YCbCrAt(x, y), uint8(255)
	if v.alpha != nil {
		a = v.alpha.A[v.alpha.AOffset(x, y)]
	}
	// 1.164 (Y - 16) and the factors of Cr and Cb, times 2^16
	luma, cb, cr := 76309*(int(c.Y)-16), int(c.Cb)-128, int(c.Cr)-128
	return color.NRGBA{R: clamped(luma + 104597*cr), G: clamped(luma - 25675*cb - 53279*cr), B: clamped(luma + 132201*cb), A: a}
}

// clamped is n/2^16, rounded, as a byte.
func clamped(n int) uint8 { return uint8(min(max((n+1<<15)>>16, 0), 255)) }
