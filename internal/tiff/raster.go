package tiff

import (
	"image"
	"math"

	"vae/internal/sample"
)

// raster reads all chunks into one.
func (l *layout) raster(jpeg func([]byte) (image.Image, error)) (*Raster, error) {
	r := l.empty()
	var err error
	switch {
	case l.compression == compressionJPEG:
		err = l.each(func(c chunk) error { return l.jpegChunk(r, c, jpeg) })
	case l.photometric == ycbcr:
		err = l.eachUnits(r)
	default:
		err = l.eachRows(r)
	}
	if err != nil {
		return nil, err
	}
	l.finish(r)
	return r, nil
}

// empty is a raster for the samples of the page.
func (l *layout) empty() *Raster {
	r := &Raster{Width: l.Width, Height: l.Height, Samples: l.samples, Alpha: l.alpha()}
	r.Premultiplied = r.Alpha && l.extra == 1
	switch l.photometric {
	case rgb, ycbcr:
		r.Model = RGB
	case cmyk:
		r.Model = CMYK
	}
	n := l.Width * l.Height * l.samples
	switch {
	case l.unsigned() && l.bits <= 8:
		r.U8, r.High = make([]uint8, n), 255
	case l.unsigned() && l.bits <= 16:
		r.U16, r.High = make([]uint16, n), float64(uint64(1)<<l.bits-1)
	default:
		r.F32 = make([]float32, n)
		r.Low, r.High = l.sampleType().Range()
	}
	return r
}

// eachRows unpacks chunks and takes their rows to their places.
func (l *layout) eachRows(r *Raster) error {
	stride := l.stride()
	buf, spare := make([]byte, 0, stride*min(l.h, l.Height)), make([]byte, stride)
	return l.each(func(c chunk) error {
		buf = buf[:stride*c.h]
		if err := l.unpack(buf, c, l.w, c.h); err != nil {
			return err
		}
		for y := range c.h {
			row := buf[y*stride:][:stride]
			l.unpredict(row, spare)
			l.place(r, row, c, c.y+y)
		}
		return nil
	})
}

// unpack fills out from a chunk of w x h pixels.
func (l *layout) unpack(out []byte, c chunk, w, h int) error {
	packed := c.packed
	if l.lsbFirst {
		packed = reversed(packed)
	}
	return unpackers[l.compression](l.Page, out, packed, w, h)
}

// place puts a row of a chunk into row y of the raster.
func (l *layout) place(r *Raster, row []byte, c chunk, y int) {
	step, first := 1, 0
	if l.planar {
		step, first = l.samples, c.plane
	}
	at := (y*l.Width+c.x)*l.samples + first
	number := l.sampleType()
	for i := range c.w * l.perPixel {
		to := at + i*step
		switch {
		case r.U8 != nil:
			r.U8[to] = uint8(l.small(row, i))
		case r.U16 != nil:
			r.U16[to] = uint16(l.small(row, i))
		default:
			r.F32[to] = number.Float32(row[i*number.Size:])
		}
	}
}

// small is sample i of a row of unsigned numbers of at most 16 bits; those that are
// not whole bytes follow each other from the highest bit down.
func (l *layout) small(row []byte, i int) uint {
	switch l.bits {
	case 8:
		return uint(row[i])
	case 16:
		return uint(l.order.Uint16(row[2*i:]))
	}
	first := i * l.bits
	var v uint
	for n := first / 8; n <= (first+l.bits-1)/8; n++ {
		v = v<<8 | uint(row[n])
	}
	return v >> (7 - (first+l.bits-1)%8) & (1<<l.bits - 1)
}

// sampleType is how samples of whole bytes are written.
func (l *layout) sampleType() sample.Type {
	kind := sample.Unsigned
	switch l.format {
	case formatInt:
		kind = sample.Signed
	case formatFloat:
		kind = sample.Float
	}
	return sample.Type{Kind: kind, Size: l.bits / 8, Order: l.order}
}

// finish spreads samples of few bits over 8, turns those whose 0 is white, and
// reads the palette.
func (l *layout) finish(r *Raster) {
	if l.photometric == palette {
		r.Palette = l.colorMap()
		return
	}
	if l.bits < 8 {
		top := 1<<l.bits - 1
		for i, v := range r.U8 {
			r.U8[i] = uint8((int(v)*255 + top/2) / top)
		}
	}
	if l.photometric == whiteIsZero {
		l.invert(r)
	}
}

// invert makes 0 black. Floating-point numbers, whose white is not known, and
// alpha stay.
func (l *layout) invert(r *Raster) {
	for i := 0; i < l.Width*l.Height*l.samples; i += l.samples {
		switch {
		case r.U8 != nil:
			r.U8[i] = 255 - r.U8[i]
		case r.U16 != nil:
			r.U16[i] = uint16(r.High) - r.U16[i]
		case !math.IsNaN(r.High):
			r.F32[i] = float32(r.High + r.Low - float64(r.F32[i]))
		}
	}
}

// colorMap is the palette: all reds, all greens, all blues. Colors that the file
// does not have are black.
func (l *layout) colorMap() [][3]uint16 {
	n := 1 << l.bits
	colors := make([][3]uint16, n)
	v := l.get(tagColorMap)
	for i := range v.len() {
		if i < 3*n {
			colors[i%n][i/n] = uint16(v.uint(i))
		}
	}
	return colors
}
