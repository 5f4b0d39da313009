package dataset

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"

	"vae/internal/augment"
	"vae/internal/config"
	"vae/internal/kernel"
)

// Augmentation is how the images of a batch are changed before a model sees them.
type Augmentation struct {
	Recipe augment.Recipe
	Stream func(i int) *rand.Rand // draws how row i is
}

// FillChanged is [Split.Fill] of images as they are in training: of larger ones a window that lies anywhere, then changed by the recipe. Black and
// white pixels are drawn at the end.
func (s Split) FillChanged(dst []float32, rows []int, a Augmentation, stream func(i int) *rand.Rand) {
	if a.Recipe.None() && s.Larger == nil {
		s.Fill(dst, rows, stream)
		return
	}
	from, d := s.Set, s.Set.Shape.Pixels()
	if s.Larger != nil {
		from = s.Larger
	}
	kernel.Parallel(len(rows), func(i int) {
		row := dst[i*d : (i+1)*d]
		from.change(row, s.Index[rows[i]], s.Set.Shape, a.Recipe, a.Stream(i))
		if s.Dynamic {
			drawn(row, stream(i))
		}
	})
}

// boxes are buffers for the parts of images that windows show.
var boxes = sync.Pool{New: func() any { return new([]float32) }}

// change writes a window of image i to dst, which has the shape of the window, changed by the recipe.
func (s *Set) change(dst []float32, i int, window config.Shape, recipe augment.Recipe, r *rand.Rand) {
	place := recipe.Draw(augment.Size{Width: window.Width, Height: window.Height}, augment.Size{Width: s.Shape.Width, Height: s.Shape.Height}, r)
	b := place.Box()
	width, c := (b.Right-b.Left)*window.Channels, window.Channels
	held := boxes.Get().(*[]float32)
	defer boxes.Put(held)
	if need := width * (b.Bottom - b.Top); cap(*held) < need {
		*held = make([]float32, need)
	}
	box := (*held)[:width*(b.Bottom-b.Top)]
	for y := b.Top; y < b.Bottom; y++ {
		at := i*s.Shape.Pixels() + (y*s.Shape.Width+b.Left)*c
		s.floats(box[(y-b.Top)*width:][:width], at)
	}
	place.Apply(dst, box, c, s.levels())
}

// windows are the images of the splits with the middle of each as its pixels: the rest of the training images stays beside them.
func (s *Splits) windows(window config.Shape) error {
	kept := s.Train.Set.Shape
	window.Channels = kept.Channels
	if kept.Width < window.Width || kept.Height < window.Height {
		return &config.FieldError{Field: "data.crop", Value: config.OwnSize,
			Reason: fmt.Sprintf("must keep images at least as large as the windows of %dx%d (they are %dx%d)", window.Width, window.Height, kept.Width, kept.Height)}
	}
	middles, images := map[*Set]*Set{}, 0
	for _, part := range []*Split{&s.Train, &s.Validation, &s.Test} {
		if middles[part.Set] == nil {
			images += part.Set.Len()
			if err := checkMemory(images, window, "lower "+config.Mention("data.image_size")); err != nil {
				return fmt.Errorf("the middles of images that windows are cut out of are kept beside them: %w", err)
			}
			middles[part.Set] = part.Set.middles(window)
		}
	}
	s.Train.Larger = s.Train.Set
	for _, part := range []*Split{&s.Train, &s.Validation, &s.Test} {
		part.Set = middles[part.Set]
	}
	return nil
}

// windowLines say that windows are trained on.
func (s *Splits) windowLines() []string {
	if s.Train.Larger == nil {
		return nil
	}
	window, kept := s.Train.Set.Shape, s.Train.Larger.Shape
	return said("windows of %dx%d, anywhere in the training images of %dx%d; of others the middle", window.Width, window.Height, kept.Width, kept.Height)
}

// middles is the set of the middles of the images.
func (s *Set) middles(window config.Shape) *Set {
	out := s.like(window, s.Len())
	out.Labels, out.Names, out.kept = s.Labels, s.Names, s.kept
	parallel(s.Len(), func() func(int) {
		return func(i int) { out.put(i, s.raster(i).inner(window.Width, window.Height)) }
	})
	return out
}

// inner is the middle of r, w x h pixels.
func (r raster) inner(w, h int) raster {
	if r.w == w && r.h == h {
		return r
	}
	x, y := (r.w-w)/2, (r.h-h)/2
	out := raster{w: w, h: h, c: r.c, low: r.low, high: r.high, ends: r.ends}
	out.pix, out.deep, out.real = middle(r, r.pix, x, y, w, h), middle(r, r.deep, x, y, w, h), middle(r, r.real, x, y, w, h)
	return out
}

// areWindows tells whether the images of a source, which a model is to be measured on, have the size of its windows already: then none are cut.
func areWindows(source string, window config.Shape, maxPixels int) bool {
	first, err := FirstShape(context.Background(), []string{source}, maxPixels)
	return err == nil && first.Width == window.Width && first.Height == window.Height
}
