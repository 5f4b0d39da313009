package dataset

import (
	"context"
	"errors"
	"fmt"

	"vae/internal/config"
	"vae/internal/imagefile"
	"vae/internal/memory"
)

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

// memoryLimit is the most bytes that the images of a data set may take: half of
// the memory, for a network of such images takes some too.
var memoryLimit = func() float64 { return memory.Available().Bytes / 2 }

// besides is what is kept of an image besides its pixels: label, place in a split.
const besides = 24

// checkMemory refuses n images of a shape that do not fit into memory, before
// anything is allocated for them; advice says what to do.
func checkMemory(n int, shape config.Shape, advice string) error {
	need := float64(n) * (float64(shape.Width)*float64(shape.Height)*float64(shape.Channels) + besides)
	if limit := memoryLimit(); need > limit {
		return fmt.Errorf("%s images of %v need %s of memory, more than the %s that they may take here: %s",
			thousands(n), shape, gigabytes(need), gigabytes(limit), advice)
	}
	return nil
}

func gigabytes(bytes float64) string { return fmt.Sprintf("%.3g GB", bytes/1e9) }

// thousands writes n, 0 or more, with commas.
func thousands(n int) string {
	if n < 1000 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%s,%03d", thousands(n/1000), n%1000)
}
