package render

import (
	"image"
	"image/png"
	"io"
	"math"
)

// Levels are values of so many levels as a file has them that holds all 256 of 8 bits, or more than these in 16 bits: black is 0
// and white the greatest. Where the levels do not fall on such values, the nearest are taken, which are told apart.
func Levels(values []uint16, levels int) []uint16 {
	top, most := uint32(levels-1), uint32(math.MaxUint8)
	if levels > math.MaxUint8+1 {
		most = math.MaxUint16
	}
	if top == most {
		return values
	}
	out := make([]uint16, len(values))
	for i, v := range values {
		out[i] = uint16((uint32(v)*most + top/2) / top)
	}
	return out
}

// PNGLevels writes an image of width x height pixels and 1 or 3 channels, values of so many levels, as a PNG of 8 bits, or of 16
// for more than 256 levels.
func PNGLevels(w io.Writer, width, height, channels, levels int, values []uint16) error {
	values = Levels(values, levels)
	if levels <= math.MaxUint8+1 {
		pixels := make([]uint8, len(values))
		for i, v := range values {
			pixels[i] = uint8(v)
		}
		return PNGBytes(w, width, height, channels, pixels)
	}
	if channels == 1 {
		img := image.NewGray16(image.Rect(0, 0, width, height))
		for i, v := range values {
			img.Pix[2*i], img.Pix[2*i+1] = uint8(v>>8), uint8(v)
		}
		return png.Encode(w, img)
	}
	img := image.NewNRGBA64(image.Rect(0, 0, width, height))
	for i := range width * height {
		for c := range 4 {
			v := uint16(math.MaxUint16)
			if c < 3 {
				v = values[3*i+c]
			}
			img.Pix[8*i+2*c], img.Pix[8*i+2*c+1] = uint8(v>>8), uint8(v)
		}
	}
	return png.Encode(w, img)
}
