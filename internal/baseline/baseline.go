// Package baseline compresses images with formats that many have, to hold a model's rate against.
package baseline

import (
	"context"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"io"
	"math"

	"github.com/HugoSmits86/nativewebp"
	"github.com/ulikunitz/xz"
)

// Images are some of one shape: values [H,W,C] of so many levels, 0 black to Levels-1 white, 1 or 3 channels.
type Images struct {
	Width, Height, Channels int
	Levels                  int
	Values                  [][]uint16
}

// Size is how many bytes the images take in a format.
type Size struct {
	Format string `json:"format"`
	Bytes  int64  `json:"bytes"`
}

// Sizes compresses images with each format that can hold them: as a file each, as one picture of all, and all their values with xz.
func Sizes(ctx context.Context, all Images) (sizes []Size, err error) {
	for _, f := range []struct {
		name  string
		write func(io.Writer, image.Image) error
		holds func(size image.Rectangle) bool
	}{
		{"PNG", (&png.Encoder{CompressionLevel: png.BestCompression}).Encode, func(r image.Rectangle) bool { return r.Dy() < math.MaxInt32 }},
		{"WebP", encodeWebP, func(r image.Rectangle) bool { return all.Levels <= math.MaxUint8+1 && max(r.Dx(), r.Dy()) <= mostWebP }},
	} {
		if picture := all.picture(); f.holds(picture.Bounds()) {
			var n counter
			if err := f.write(&n, picture); err != nil {
				return nil, err
			}
			sizes = append(sizes, Size{f.name + ", one picture", int64(n)})
		}
		if !f.holds(image.Rect(0, 0, all.Width, all.Height)) {
			continue
		}
		var n counter
		for i := range all.Values {
			if err := ctx.Err(); err != nil {
				return nil, err
			}
			if err := f.write(&n, all.image(i)); err != nil {
				return nil, err
			}
		}
		sizes = append(sizes, Size{f.name + ", a file each", int64(n)})
	}
	n, err := all.xz(ctx)
	return append(sizes, Size{"xz", n}), err
}

// mostWebP is the most pixels that the format has on a side.
const mostWebP = 1 << 14

func encodeWebP(w io.Writer, img image.Image) error {
	opaque := image.NewNRGBA(img.Bounds()) // the only one whose pixels all come out as they are
	draw.Draw(opaque, opaque.Rect, img, image.Point{}, draw.Src)
	return nativewebp.Encode(w, opaque, nil)
}

// counter counts what is written.
type counter int64

func (c *counter) Write(p []byte) (int, error) {
	*c += counter(len(p))
	return len(p), nil
}

// canvas is an image that has the depth of the values.
func (s Images) canvas(width, height int) (img image.Image, set func(x, y int, value []uint16)) {
	r, top := image.Rect(0, 0, width, height), uint32(s.Levels-1)
	scaled := func(v uint16, most uint32) uint32 { return (uint32(v)*most + top/2) / top }
	switch {
	case s.Channels == 1 && s.Levels == 2:
		img := image.NewPaletted(r, color.Palette{color.Gray{}, color.Gray{Y: math.MaxUint8}})
		return img, func(x, y int, v []uint16) { img.Pix[y*img.Stride+x] = uint8(v[0]) }
	case s.Channels == 1 && s.Levels <= math.MaxUint8+1:
		img := image.NewGray(r)
		return img, func(x, y int, v []uint16) { img.Pix[y*img.Stride+x] = uint8(scaled(v[0], math.MaxUint8)) }
	case s.Channels == 1:
		img := image.NewGray16(r)
		return img, func(x, y int, v []uint16) {
			img.SetGray16(x, y, color.Gray16{Y: uint16(scaled(v[0], math.MaxUint16))})
		}
	case s.Levels <= math.MaxUint8+1:
		img := image.NewNRGBA(r)
		return img, func(x, y int, v []uint16) {
			c := func(i int) uint8 { return uint8(scaled(v[i], math.MaxUint8)) }
			img.SetNRGBA(x, y, color.NRGBA{c(0), c(1), c(2), math.MaxUint8})
		}
	}
	deep := image.NewNRGBA64(r)
	return deep, func(x, y int, v []uint16) {
		c := func(i int) uint16 { return uint16(scaled(v[i], math.MaxUint16)) }
		deep.SetNRGBA64(x, y, color.NRGBA64{R: c(0), G: c(1), B: c(2), A: math.MaxUint16})
	}
}

// image is the image of a number.
func (s Images) image(i int) image.Image {
	img, set := s.canvas(s.Width, s.Height)
	s.draw(i, 0, 0, set)
	return img
}

func (s Images) draw(i, left, top int, set func(x, y int, value []uint16)) {
	for y := range s.Height {
		for x := range s.Width {
			set(left+x, top+y, s.Values[i][(y*s.Width+x)*s.Channels:][:s.Channels])
		}
	}
}

// picture is all images side by side, in rows, nearly a square.
func (s Images) picture() image.Image {
	n := len(s.Values)
	columns := max(1, int(math.Ceil(math.Sqrt(float64(n)*float64(s.Height)/float64(s.Width)))))
	rows := (n + columns - 1) / columns
	img, set := s.canvas(columns*s.Width, rows*s.Height)
	for i := range s.Values {
		s.draw(i, i%columns*s.Width, i/columns*s.Height, set)
	}
	return img
}

// xz is the size of all values with xz: eight to a byte where they are black and white, a byte each up to 256 levels, else two.
func (s Images) xz(ctx context.Context) (int64, error) {
	var n counter
	w, err := xz.WriterConfig{DictCap: 1 << 26, CheckSum: xz.CRC32}.NewWriter(&n)
	if err != nil {
		return 0, err
	}
	for _, values := range s.Values {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		if _, err := w.Write(s.packed(values)); err != nil {
			return 0, err
		}
	}
	err = w.Close()
	return int64(n), err
}

func (s Images) packed(values []uint16) []byte {
	switch {
	case s.Levels == 2:
		b := make([]byte, (len(values)+7)/8)
		for i, v := range values {
			b[i/8] |= byte(v) << (7 - i%8)
		}
		return b
	case s.Levels <= math.MaxUint8+1:
		b := make([]byte, len(values))
		for i, v := range values {
			b[i] = byte(v)
		}
		return b
	}
	b := make([]byte, 0, 2*len(values))
	for _, v := range values {
		b = append(b, byte(v>>8), byte(v))
	}
	return b
}
