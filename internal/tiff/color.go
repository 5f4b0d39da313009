package tiff

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
)

// subsampling is how many pixels, across and down, share a Cb and a Cr.
func (l *layout) subsampling() (across, down int, err error) {
	across, down = 2, 2
	if v := l.get(tagSubsampling); v.len() >= 2 {
		across, down = clampInt(v.uint(0)), clampInt(v.uint(1))
	}
	for _, n := range []int{across, down} {
		if n != 1 && n != 2 && n != 4 {
			return 0, 0, fmt.Errorf("tiff: a subsampling of %d", n)
		}
	}
	levels := [6]uint64{0, 255, 128, 255, 128, 255}
	if v := l.get(tagReferenceLevels); v.len() >= 6 {
		for i, want := range levels {
			if v.uint(i) != want {
				return 0, 0, errors.New("tiff: YCbCr with levels of its own is not supported; save it in red, green and blue")
			}
		}
	}
	return across, down, nil
}

// eachUnits reads chunks of YCbCr: units of some Y, a Cb and a Cr (TIFF 6.0,
// section 21).
func (l *layout) eachUnits(r *Raster) error {
	across, down, err := l.subsampling()
	if err != nil {
		return err
	}
	if l.predictor != 1 && across*down > 1 {
		return errors.New("tiff: YCbCr with a predictor is not supported")
	}
	unit := across*down + 2
	stride := (l.w + across - 1) / across * unit
	spare := make([]byte, stride)
	return l.each(func(c chunk) error {
		buf := make([]byte, (c.h+down-1)/down*stride)
		if err := l.unpack(buf, c, l.w, c.h); err != nil {
			return err
		}
		for y := 0; y < len(buf); y += stride {
			l.unpredict(buf[y:][:stride], spare)
		}
		for y := range c.h {
			for x := range c.w {
				u := buf[y/down*stride+x/across*unit:][:unit]
				red, green, blue := color.YCbCrToRGB(u[y%down*across+x%across], u[unit-2], u[unit-1])
				copy(r.U8[((c.y+y)*l.Width+c.x+x)*3:], []uint8{red, green, blue})
			}
		}
		return nil
	})
}

// jpegChunk decodes a chunk that is a JPEG, whose tables may stand in the
// directory. What its samples stand for the TIFF says.
func (l *layout) jpegChunk(r *Raster, c chunk, decode func([]byte) (image.Image, error)) error {
	if l.bits != 8 || !l.unsigned() || l.alpha() {
		return errors.New("tiff: compressed by JPEG with alpha or other than 8 bits a sample, which is not supported; save it with LZW or Deflate")
	}
	whole := l.wholeJPEG(c.packed)
	size, err := jpeg.DecodeConfig(bytes.NewReader(whole))
	if err != nil {
		return err
	}
	if size.Width < c.w || size.Height < c.h || size.Width > l.w || size.Height > l.h {
		return fmt.Errorf("tiff: a JPEG of %dx%d pixels for a strip or tile of %dx%d", size.Width, size.Height, l.w, l.h)
	}
	img, err := decode(whole)
	if err != nil {
		return err
	}
	samples := l.jpegSamples(img)
	if samples == nil {
		return fmt.Errorf("tiff: a JPEG of another kind than the %d samples of the file", l.perPixel)
	}
	for y := range c.h {
		for x := range c.w {
			s := samples(x, y)
			at := ((c.y+y)*l.Width + c.x + x) * l.samples
			copy(r.U8[at+c.plane:][:l.perPixel], s[:])
		}
	}
	return nil
}

// jpegSamples is how the samples of a JPEG are found, nil where they do not fit.
func (l *layout) jpegSamples(img image.Image) func(x, y int) [4]uint8 {
	switch img := img.(type) {
	case *image.Gray:
		if l.perPixel == 1 {
			return func(x, y int) [4]uint8 { return [4]uint8{img.GrayAt(x, y).Y} }
		}
	case *image.YCbCr:
		if l.perPixel == 3 && l.photometric == rgb { // the decoder calls any three samples so
			return func(x, y int) [4]uint8 {
				c := img.YCbCrAt(x, y)
				return [4]uint8{c.Y, c.Cb, c.Cr}
			}
		}
		if l.perPixel == 3 {
			return func(x, y int) [4]uint8 {
				c := img.YCbCrAt(x, y)
				red, green, blue := color.YCbCrToRGB(c.Y, c.Cb, c.Cr)
				return [4]uint8{red, green, blue}
			}
		}
	case *image.RGBA:
		if l.perPixel == 3 {
			return func(x, y int) [4]uint8 {
				c := img.RGBAAt(x, y)
				return [4]uint8{c.R, c.G, c.B}
			}
		}
	case *image.CMYK:
		if l.perPixel == 4 && l.photometric == cmyk {
			return func(x, y int) [4]uint8 {
				c := img.CMYKAt(x, y)
				return [4]uint8{c.C, c.M, c.Y, c.K}
			}
		}
	}
	return nil
}

// wholeJPEG is a chunk with the tables that all chunks share.
func (l *layout) wholeJPEG(packed []byte) []byte {
	tables := l.get(tagJPEGTables).raw
	if len(tables) < 4 || len(tables) > maxPacking || len(packed) < 2 {
		return packed
	}
	whole := append([]byte(nil), tables[:len(tables)-2]...) // without its end
	return append(whole, packed[2:]...)                     // nor a second start
}
