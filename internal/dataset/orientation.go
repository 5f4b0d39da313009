package dataset

import (
	"bytes"
	"image"
	"image/color"

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
func upright(img image.Image, orientation int) image.Image {
	if orientation == 1 {
		return img
	}
	fast, _ := img.(image.RGBA64Image)
	return &oriented{img, fast, orientation, img.Bounds()}
}

// oriented shows an image turned, without a copy.
type oriented struct {
	img         image.Image
	fast        image.RGBA64Image // img, nil when it is none
	orientation int
	source      image.Rectangle
}

func (o *oriented) ColorModel() color.Model { return o.img.ColorModel() }

// Bounds has the sides of the source, from orientation 5 on exchanged.
func (o *oriented) Bounds() image.Rectangle {
	if o.orientation < 5 {
		return image.Rect(0, 0, o.source.Dx(), o.source.Dy())
	}
	return image.Rect(0, 0, o.source.Dy(), o.source.Dx())
}

func (o *oriented) At(x, y int) color.Color { return o.img.At(o.from(x, y)) }

func (o *oriented) RGBA64At(x, y int) color.RGBA64 {
	if o.fast == nil {
		r, g, b, a := o.At(x, y).RGBA()
		return color.RGBA64{R: uint16(r), G: uint16(g), B: uint16(b), A: uint16(a)}
	}
	return o.fast.RGBA64At(o.from(x, y))
}

// from is where the pixel at x, y stands in the source. The values are those of
// the EXIF specification, tag 274.
func (o *oriented) from(x, y int) (int, int) {
	right, bottom := o.source.Dx()-1, o.source.Dy()-1
	switch o.orientation {
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
	return o.source.Min.X + x, o.source.Min.Y + y
}
