package dataset

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"unsafe"

	"vae/internal/config"
	"vae/internal/imagefile"
)

// raster is an image of w x h pixels with c interleaved channels: 1 (grey) or
// 3 (red, green, blue). One of pix, deep and real holds its values.
type raster struct {
	w, h, c int
	pix     []uint8   // [h, w, c]
	deep    []uint16  // [h, w, c]
	real    []float32 // [h, w, c], 0 to 1

	// low and high are the values that are black and white: 0 and 255 unless they say otherwise.
	low, high float64
	// ends are the values of the file that 0 and 1 of real stand for.
	ends [2]float64
	span span // of the values in the file; only what ranged has made has it
}

// bytes is a raster of 8 bits.
func ofBytes(w, h, c int, pix []uint8) raster {
	return raster{w: w, h: h, c: c, pix: pix, high: math.MaxUint8}
}

// bits are those of a value.
func (r raster) bits() int {
	switch {
	case r.pix != nil:
		return 8
	case r.deep != nil:
		return 16
	}
	return 32
}

// size is how many bytes the values of r take.
func (r raster) size() int { return len(r.pix) + 2*len(r.deep) + 4*len(r.real) }

var errNaN = errors.New("holds a value that is no number (NaN)")

// floatError is about floating-point values that are not from 0 to 1, where their range is asked of the format, which has none.
type floatError struct{ low, high float32 }

func (e *floatError) Error() string {
	return fmt.Sprintf("holds floating-point values from %g to %g, where the range of the model is that of the format, for these 0 to 1: bring them to that", e.low, e.high)
}

// ranged is an image with the values of a range: what lies outside is clipped, and counted.
func ranged(img imagefile.Image, rng config.Range) (r raster, clipped int, err error) {
	r = raster{w: img.Width, h: img.Height, c: img.Channels, pix: img.U8, deep: img.U16, real: img.F32, low: img.Low, high: img.High}
	if slices.ContainsFunc(r.real, func(v float32) bool { return v != v }) {
		return r, 0, errNaN
	}
	switch {
	case rng.Auto() && r.real != nil && math.IsNaN(r.low):
		if low, high := slices.Min(r.real), slices.Max(r.real); low < 0 || high > 1 {
			return r, 0, &floatError{low, high}
		}
		r.low, r.high = 0, 1
	case !rng.Auto():
		r.low, r.high = rng.Low, rng.High
		r.fitRange()
	}
	return r, r.inRange(), nil
}

// inRange clips the values to the range, and counts those that were outside.
func (r *raster) inRange() (clipped int) {
	of := config.Range{Low: r.low, High: r.high}
	switch {
	case r.real != nil:
		r.span = spanOf(r.real, of)
		return r.normalize()
	case r.pix != nil:
		clipped = clip(r.pix, r.low, r.high)
		r.span = spanOf(r.pix, of)
	default:
		clipped = clip(r.deep, r.low, r.high)
		r.span = spanOf(r.deep, of)
	}
	return clipped
}

// fitRange turns integers into real values where the range has ends that they cannot have.
func (r *raster) fitRange() {
	top := 0.
	switch {
	case r.pix != nil:
		top = math.MaxUint8
	case r.deep != nil:
		top = math.MaxUint16
	default:
		return
	}
	whole := r.low == math.Trunc(r.low) && r.high == math.Trunc(r.high)
	if !whole || r.low > top || r.high < 0 {
		r.real = append(floats(r.pix), floats(r.deep)...)
		r.pix, r.deep = nil, nil
	}
}

func floats[T uint8 | uint16](values []T) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}

// clip brings values into a range, and counts those that were outside.
func clip[T uint8 | uint16](values []T, low, high float64) (outside int) {
	least, most := T(max(low, 0)), ^T(0)
	if high < float64(most) {
		most = T(high)
	}
	if least == 0 && most == ^T(0) {
		return 0
	}
	for i, v := range values {
		if c := min(max(v, least), most); c != v {
			values[i] = c
			outside++
		}
	}
	return outside
}

// normalize makes real values of those in the file, 0 to 1 over the range, and counts those outside of it.
func (r *raster) normalize() (outside int) {
	scale := r.high - r.low
	r.ends = [2]float64{r.low, r.high}
	for i, v := range r.real {
		at := (float64(v) - r.low) / scale
		if at < 0 || at > 1 {
			outside++
			at = min(max(at, 0), 1)
		}
		r.real[i] = float32(at)
	}
	r.low, r.high = 0, 1
	return outside
}

// values is r with real values, 0 to 1.
func (r raster) values() raster {
	if r.real != nil {
		return r
	}
	out := raster{w: r.w, h: r.h, c: r.c, real: append(floats(r.pix), floats(r.deep)...), low: r.low, high: r.high}
	out.normalize()
	return out
}

// natural is r with one channel when every pixel is grey.
func (r raster) natural() raster {
	if r.c == 1 || !alike(r.pix) || !alike(r.deep) || !alike(r.real) {
		return r
	}
	r.pix, r.deep, r.real, r.c = firsts(r.pix), firsts(r.deep), firsts(r.real), 1
	return r
}

// alike tells whether the three values of each pixel are.
func alike[T comparable](values []T) bool {
	for i := 0; i < len(values); i += 3 {
		if values[i] != values[i+1] || values[i] != values[i+2] {
			return false
		}
	}
	return true
}

// firsts are the first of the three values of each pixel.
func firsts[T any](values []T) []T {
	if values == nil {
		return nil
	}
	out := make([]T, len(values)/3)
	for i := range out {
		out[i] = values[3*i]
	}
	return out
}

// inChannels is r with 1 channel, the luma of colors, or with 3, each grey three times; r itself when it has them.
func (r raster) inChannels(channels int) raster {
	img := imagefile.Image{Channels: r.c, U8: r.pix, U16: r.deep, F32: r.real}.InChannels(channels)
	r.c, r.pix, r.deep, r.real = img.Channels, img.U8, img.U16, img.F32
	return r
}

// transposed swaps columns and rows.
func (r raster) transposed() raster {
	out := ofBytes(r.h, r.w, r.c, make([]uint8, len(r.pix)))
	for y := range r.h {
		for x := range r.w {
			copy(out.pix[(x*r.h+y)*r.c:][:r.c], r.pix[(y*r.w+x)*r.c:][:r.c])
		}
	}
	return out
}

// blank is r with values of so many bits that are yet to be read.
func (r raster) blank(bits int) raster {
	n := r.w * r.h * r.c
	switch bits {
	case 8:
		r.pix = make([]uint8, n)
	case 16:
		r.deep = make([]uint16, n)
	default:
		r.real = make([]float32, n)
	}
	return r
}

// bytes are the values as they are in memory, a view.
func (r raster) bytes() []uint8 {
	switch {
	case len(r.deep) > 0:
		return unsafe.Slice((*uint8)(unsafe.Pointer(&r.deep[0])), 2*len(r.deep))
	case len(r.real) > 0:
		return unsafe.Slice((*uint8)(unsafe.Pointer(&r.real[0])), 4*len(r.real))
	}
	return r.pix
}

// form is what images have in common that are kept alike.
type form struct {
	w, h, c, bits int
	low, high     float64
	ends          [2]float64
}

func formOf(r raster) form { return form{r.w, r.h, r.c, r.bits(), r.low, r.high, r.ends} }

// blank is an image of the form whose values are yet to be read.
func (f form) blank() raster {
	return raster{w: f.w, h: f.h, c: f.c, low: f.low, high: f.high, ends: f.ends}.blank(f.bits)
}

func (f form) size() int { return f.w * f.h * f.c * f.bits / 8 }

// depth is the depth of an image of the form.
func (f form) depth() depth {
	if f.bits < 32 {
		return depth{f.bits, f.low, f.high}
	}
	return depth{32, f.ends[0], f.ends[1]}
}
