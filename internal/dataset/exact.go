package dataset

import (
	"errors"
	"fmt"
	"math"

	"vae/internal/imagefile"
)

// ShapeError is about an image that something would have to be done to, where nothing may be.
type ShapeError struct{ error }

// exactly is an image that nothing has to be done to, or says what would have to be.
func (o StreamOptions) exactly(img imagefile.Image, r raster, clipped int) (raster, error) {
	if o.Shape.Channels == 1 {
		r = r.natural()
	}
	kind := map[int]string{1: "grey", 3: "of color"}
	switch {
	case r.w != o.Shape.Width || r.h != o.Shape.Height:
		return r, ShapeError{fmt.Errorf("is %dx%d, and not %dx%d", r.w, r.h, o.Shape.Width, o.Shape.Height)}
	case r.c != o.Shape.Channels:
		return r, ShapeError{fmt.Errorf("is %s, and not %s", kind[r.c], kind[o.Shape.Channels])}
	case img.Translucent:
		return r, ShapeError{errors.New("is transparent in part")}
	case clipped > 0:
		return r, ShapeError{fmt.Errorf("has %s values outside of the range", thousands(clipped))}
	}
	return r, nil
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
