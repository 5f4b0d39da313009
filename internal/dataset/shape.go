package dataset

import (
	"context"
	"errors"

	"vae/internal/config"
	"vae/internal/imagefile"
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
