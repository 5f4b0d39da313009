package dataset

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/imagefile"
	"vae/internal/kernel"
)

// Pixels are those of one input: bytes over 255, or values from 0 to 1.
type Pixels struct {
	bytes  []uint8
	values []float32
}

// Bytes are pixels of 8 bits, 0 black to 255 white.
func Bytes(pixels []uint8) Pixels { return Pixels{bytes: pixels} }

// pixelsOf are the pixels of a raster, in a range.
func pixelsOf(r raster) Pixels {
	if r.pix != nil && r.low == 0 && r.high == math.MaxUint8 {
		return Bytes(r.pix)
	}
	return Pixels{values: r.values().real}
}

// Len is D.
func (p Pixels) Len() int { return len(p.bytes) + len(p.values) }

// Floats writes them to dst [D], 0 black to 1 white.
func (p Pixels) Floats(dst []float32) {
	if p.values != nil {
		copy(dst, p.values)
		return
	}
	kernel.BytesToFloats(dst[:len(p.bytes)], p.bytes)
}

// Bytes are the pixels with 8 bits [D], a view that must not be written.
func (p Pixels) Bytes() []uint8 {
	if p.values == nil {
		return p.bytes
	}
	out := make([]uint8, len(p.values))
	for i, v := range p.values {
		out[i] = uint8(math.Round(255 * float64(v)))
	}
	return out
}

// sum is that of all pixels, each 0 to 1.
func (p Pixels) sum() float64 {
	total := float64(sum(p.bytes)) / 255
	for _, v := range p.values {
		total += float64(v)
	}
	return total
}

// invert makes the negative of them, in place.
func (p Pixels) invert() {
	for i, v := range p.bytes {
		p.bytes[i] = 255 - v
	}
	for i, v := range p.values {
		p.values[i] = 1 - v
	}
}

// NewSet is a set of images of the shape.
func NewSet(shape config.Shape, images []Pixels) *Set {
	s := &Set{Shape: shape}
	real := slices.ContainsFunc(images, func(p Pixels) bool { return p.values != nil })
	for _, p := range images {
		if !real {
			s.Pixels = append(s.Pixels, p.bytes...)
			continue
		}
		at := len(s.Real)
		s.Real = append(s.Real, make([]float32, p.Len())...)
		p.Floats(s.Real[at:])
	}
	return s
}

// levelTolerance is how far, in levels, a value may be from one and still be it: what float32 makes of one is nearer by far, and
// no value of an image with other levels, of up to 16 bits, is as near.
const levelTolerance = 1. / 400

// Levels writes the pixels as levels, 0 black to levels-1 white, to dst [D], each the nearest. exact tells whether
// all of them lie on a level.
func (p Pixels) Levels(dst []uint16, levels int) (exact bool) {
	exact = true
	top := levels - 1
	for i, v := range p.bytes {
		scaled := int(v) * top
		level := (scaled + math.MaxUint8/2) / math.MaxUint8
		dst[i] = uint16(level)
		exact = exact && level*math.MaxUint8 == scaled
	}
	for i, v := range p.values {
		at := float64(v) * float64(top)
		level := math.Round(at)
		dst[i] = uint16(min(max(level, 0), float64(top)))
		exact = exact && math.Abs(at-level) < levelTolerance
	}
	return exact
}

// FirstShape is the shape of the first image that can be read of those that args name, as it
// is in its file; grey where all its pixels are. Standard input is not read. What is wrong
// with an argument is an error, as in [Open], and so are images of which none can be read:
// then it is that of the first.
func FirstShape(ctx context.Context, args []string, maxPixels int) (config.Shape, error) {
	return shapeFrom(ctx, args, maxPixels, func(imagefile.Image) error { return nil })
}

// FirstExactShape is FirstShape of the images that can be kept as they are, whose Translucent is none: the error of others is a [ShapeError].
func FirstExactShape(ctx context.Context, args []string, maxPixels int) (config.Shape, error) {
	return shapeFrom(ctx, args, maxPixels, opaque)
}

// opaque refuses what is seen through.
func opaque(img imagefile.Image) error {
	if img.Translucent {
		return ShapeError{ErrTranslucent}
	}
	return nil
}

// shapeFrom is FirstShape of images that check does not refuse.
func shapeFrom(ctx context.Context, args []string, maxPixels int, check func(imagefile.Image) error) (config.Shape, error) {
	var first error
	for _, arg := range args {
		s, err := openSource(ctx, arg, len(args) == 1, orDefault(maxPixels))
		if err != nil {
			return config.Shape{}, err
		}
		shape, err := firstShape(ctx, s, maxPixels, check)
		s.close()
		switch {
		case ctx.Err() != nil:
			return config.Shape{}, ctx.Err()
		case shape != config.Shape{}:
			return shape, nil
		case first == nil:
			first = err
		}
	}
	if first == nil {
		first = errors.New("the inputs hold no image")
	}
	return config.Shape{}, first
}

// firstShape is FirstShape of one source; the zero shape where it has no image to read.
func firstShape(ctx context.Context, s source, maxPixels int, check func(imagefile.Image) error) (shape config.Shape, first error) {
	var r imagefile.Reader
	for ctx.Err() == nil {
		t, ok := s.next()
		if !ok {
			return config.Shape{}, first
		}
		err := t.err
		switch {
		case err != nil || t.stdin:
		case t.pixels != nil:
			return shapeOf(*t.pixels), nil
		default:
			_, err = readImage(&r, t.path, t.packed, imagefile.Options{MaxPixels: maxPixels}, func(_ int, img imagefile.Image) error {
				shape = shapeOf(img)
				return check(img)
			})
		}
		if err == nil && shape != (config.Shape{}) {
			return shape, nil
		}
		if shape = (config.Shape{}); first == nil {
			first = err
		}
	}
	return config.Shape{}, ctx.Err()
}

// shapeOf is the shape of an image, with one channel where all pixels are grey.
func shapeOf(img imagefile.Image) config.Shape {
	shape := config.Shape{Width: img.Width, Height: img.Height, Channels: img.Channels}
	if img.Channels == 3 && alike(img.U8) && alike(img.U16) && alike(img.F32) {
		shape.Channels = 1
	}
	return shape
}

// ShapeError is about an image that something would have to be done to, where nothing may be.
type ShapeError struct{ error }

// Unwrap is what would have to be done.
func (e ShapeError) Unwrap() error { return e.error }

// ErrTranslucent is about an image of which parts are seen through: that is kept nowhere.
var ErrTranslucent = errors.New("is transparent in part")

// exactly is an image that nothing has to be done to, or says what would have to be.
func (o StreamOptions) exactly(img imagefile.Image, r raster, clipped int) (raster, error) {
	if o.Shape.Channels == 1 {
		r = r.natural()
	}
	kind := map[int]string{1: "grey", 3: "of color"}
	switch err := opaque(img); {
	case err != nil:
		return r, err
	case r.w != o.Shape.Width || r.h != o.Shape.Height:
		return r, ShapeError{fmt.Errorf("is %dx%d, and not %dx%d", r.w, r.h, o.Shape.Width, o.Shape.Height)}
	case r.c != o.Shape.Channels:
		return r, ShapeError{fmt.Errorf("is %s, and not %s", kind[r.c], kind[o.Shape.Channels])}
	case clipped > 0:
		return r, ShapeError{fmt.Errorf("has %s values outside of the range", thousands(clipped))}
	}
	return r, nil
}

// shapeOf is the shape of an image as it is in its file; zero of what cannot be read.
func (how reading) shapeOf(f imageFile) (shape config.Shape) {
	if f.Err != nil {
		return shape
	}
	_, _ = readImage(&imagefile.Reader{}, f.Path, f.File, imagefile.Options{MaxPixels: how.maxPixels}, func(_ int, img imagefile.Image) error {
		shape = shapeOf(img)
		return nil
	})
	return shape
}
