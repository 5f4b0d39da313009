package imagefile

import (
	"bytes"

	"github.com/bep/imagemeta"
)

// exif says where a format keeps its EXIF data.
type exif struct {
	format imagemeta.ImageFormat
	mark   string // bytes without which there are none
}

// orientation is what the EXIF data of an image say of it, 1 to 8, 1 being
// upright. What is missing, wrong or damaged counts as 1.
func (e *exif) orientation(data []byte) int {
	if e == nil || !bytes.Contains(data, []byte(e.mark)) {
		return 1
	}
	found := uint16(1)
	_, _ = imagemeta.Decode(imagemeta.Options{
		R: bytes.NewReader(data), ImageFormat: e.format, Sources: imagemeta.EXIF, LimitTagSize: 8,
		ShouldHandleTag: func(t imagemeta.TagInfo) bool { return t.Tag == "Orientation" && t.Namespace == "IFD0" },
		HandleTag: func(t imagemeta.TagInfo) error {
			if v, ok := t.Value.(uint16); ok && v >= 1 && v <= 8 {
				found = v
			}
			return imagemeta.ErrStopWalking
		},
	})
	return int(found)
}

// upright is img as its orientation says that it is to be seen.
func upright(img Image, orientation int) Image {
	if orientation == 1 {
		return img
	}
	out := img
	if orientation >= 5 {
		out.Width, out.Height = img.Height, img.Width
	}
	from := func(x, y int) int {
		x, y = source(orientation, x, y, img.Width-1, img.Height-1)
		return y*img.Width + x
	}
	out.U8, out.U16, out.F32 = turned(img.U8, out, from), turned(img.U16, out, from), turned(img.F32, out, from)
	return out
}

// turned is the samples of an image of the sizes of out, each pixel from where
// from says; nil for none.
func turned[T any](samples []T, out Image, from func(x, y int) int) []T {
	if samples == nil {
		return nil
	}
	result := make([]T, 0, len(samples))
	for y := range out.Height {
		for x := range out.Width {
			at := from(x, y) * out.Channels
			result = append(result, samples[at:at+out.Channels]...)
		}
	}
	return result
}

// source is where the pixel at x, y of the upright image stands in a source whose
// last column and row are right and bottom. The values are those of the EXIF
// specification, tag 274.
func source(orientation, x, y, right, bottom int) (int, int) {
	switch orientation {
	case 2:
		x = right - x
	case 3:
		x, y = right-x, bottom-y
	case 4:
		y = bottom - y
	case 5:
		x, y = y, x
	case 6:
		x, y = y, bottom-x
	case 7:
		x, y = right-y, bottom-x
	case 8:
		x, y = right-y, x
	}
	return x, y
}
