package tiff

import (
	"image"
	"math"
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
	top := math.Ldexp(1, l.bits)
	switch {
	case l.unsigned() && l.bits <= 8:
		r.U8, r.High = make([]uint8, n), 255
	case l.unsigned() && l.bits <= 16:
		r.U16, r.High = make([]uint16, n), top-1
	case l.unsigned():
		r.F32, r.High = make([]float32, n), top-1
	case l.format == formatInt:
		r.F32, r.Low, r.High = make([]float32, n), -top/2, top/2-1
	default:
		r.F32, r.Low, r.High = make([]float32, n), math.NaN(), math.NaN()
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
	for i := range c.w * l.perPixel {
		to := at + i*step
		switch {
		case r.U8 != nil:
			r.U8[to] = uint8(l.small(row, i))
		case r.U16 != nil:
			r.U16[to] = uint16(l.small(row, i))
		default:
			r.F32[to] = l.float(row, i)
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

// float is sample i of a row of larger, signed or floating-point numbers, rounded
// to the nearest float32.
func (l *layout) float(row []byte, i int) float32 {
	switch size := l.bits / 8; {
	case l.format == formatFloat && l.bits == 16:
		return half(l.order.Uint16(row[2*i:]))
	case l.format == formatFloat && l.bits == 32:
		return math.Float32frombits(l.order.Uint32(row[4*i:]))
	case l.format == formatFloat:
		return float32(math.Float64frombits(l.order.Uint64(row[8*i:])))
	case l.bits == 24:
		b := row[3*i:]
		if l.order.Uint16([]byte{1, 0}) == 1 {
			return float32(uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16)
		}
		return float32(uint32(b[2]) | uint32(b[1])<<8 | uint32(b[0])<<16)
	case l.format == formatInt:
		v := l.number(row[i*size:][:size])
		return float32(int64(v<<(64-l.bits)) >> (64 - l.bits))
	default:
		return float32(l.number(row[i*size:][:size]))
	}
}

// half is a floating-point number of 16 bits (IEEE 754 binary16).
func half(v uint16) float32 {
	exponent, fraction := int(v>>10&31), float64(v&1023)
	var f float64
	switch exponent {
	case 0:
		f = math.Ldexp(fraction, -24)
	case 31:
		if f = math.Inf(1); fraction != 0 {
			f = math.NaN()
		}
	default:
		f = math.Ldexp(1024+fraction, exponent-25)
	}
	if v>>15 == 1 {
		f = -f
	}
	return float32(f)
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
