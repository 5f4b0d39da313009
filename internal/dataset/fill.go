package dataset

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"sync"

	"vae/internal/augment"
	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/rng"
)

// Fill writes the images rows [B] of the split to dst [B, D] as a model is to see
// them: grey, as Gather does, or of a Dynamic split black and white, each pixel
// drawn with its grey value as the probability of white (Salakhutdinov and Murray
// 2008). The draws of row i come from stream(i), which is not called otherwise.
func (s Split) Fill(dst []float32, rows []int, stream func(i int) *rand.Rand) {
	if !s.Dynamic {
		s.Gather(dst, rows)
		return
	}
	s.fetch(s.Set, rows)
	d := s.Set.Shape.Pixels()
	kernel.Parallel(len(rows), func(i int) {
		s.Set.draw(dst[i*d:(i+1)*d], s.Index[rows[i]], stream(i))
	})
}

// draw writes image i to dst [D] with each pixel drawn.
func (s *Set) draw(dst []float32, i int, r *rand.Rand) {
	if s.plain() {
		binarize(dst, s.Image(i), r)
		return
	}
	s.Floats(dst, i)
	drawn(dst, r)
}

// binarize draws one image.
func binarize(dst []float32, pixels []uint8, r *rand.Rand) {
	var random [512]uint16
	for from := 0; from < len(pixels); from += len(random) {
		to := min(from+len(random), len(pixels))
		fill16(random[:to-from], r)
		kernel.Binarize(dst[from:to], pixels[from:to], random[:to-from])
	}
}

// fill16 fills dst with random numbers, four from each that r makes.
func fill16(dst []uint16, r *rand.Rand) {
	for i := 0; i < len(dst); i += 4 {
		bits := r.Uint64()
		for j := i; j < min(i+4, len(dst)); j++ {
			dst[j] = uint16(bits)
			bits >>= 16
		}
	}
}

// OneHot writes the labels of the images rows [B] of the split to dst [B, C]: 1 at
// the label's place and else 0; an image without a label has zeros. The set must
// have labels.
func (s Split) OneHot(dst []float32, rows []int) {
	clear(dst)
	classes := len(s.Set.Classes)
	for i, row := range rows {
		if label := s.Set.Labels[s.Index[row]]; label >= 0 {
			dst[i*classes+label] = 1
		}
	}
}

// binarize makes the splits black and white: static ones are drawn here, once and
// for all with the seed, into sets of their own, dynamic ones at each use.
func (s *Splits) binarize(mode config.Binarization, seed uint64) error {
	parts := []*Split{&s.Train, &s.Validation, &s.Test}
	switch mode {
	case "", config.NoBinarization:
	case config.Static:
		return binarizeOnce(parts, seed)
	case config.Dynamic:
		for _, part := range parts {
			part.Dynamic = true
		}
	default:
		return fmt.Errorf("unknown binarization %q", mode)
	}
	return nil
}

func binarizeOnce(parts []*Split, seed uint64) error {
	purposes := []string{"static binarization", "static binarization of the validation set", "static binarization of the test set"}
	remedy := "use " + config.Mention("data.binarize", "dynamic") + ", or lower " + config.Mention("data.image_size")
	drawn, images := map[*Set]*Set{}, 0 // splits may share a set
	for i, part := range parts {
		if drawn[part.Set] == nil {
			images += 2 * part.Set.Len()
			if err := checkMemory(images, part.Set.Shape, remedy); err != nil {
				return fmt.Errorf("static binarization makes a copy: %w", err)
			}
			drawn[part.Set] = part.Set.binarized(seed, purposes[i])
		}
		part.Set = drawn[part.Set]
	}
	return nil
}

// binarized is the set with black and white pixels: those of image i belong to the
// seed, the purpose and i.
func (s *Set) binarized(seed uint64, purpose string) *Set {
	out, d := *s, s.Shape.Pixels()
	out.Pixels, out.Deep, out.Real, out.file = make([]uint8, s.Len()*d), nil, nil, nil
	out.setRange(0, math.MaxUint8)
	kernel.Parallel(s.Len(), func(i int) {
		image := make([]float32, d)
		s.draw(image, i, rng.Stream(seed, purpose, uint64(i)))
		for j, v := range image {
			out.Pixels[i*d+j] = uint8(255 * v)
		}
	})
	return &out
}

// Corrupt writes one image src [D] to dst [D] with noise: see config.Corruption.
// dst may be src. Gaussian noise may lead out of [0,1]. Probabilities are exact to
// 2^-16, and salt is as probable as pepper.
func Corrupt(dst, src []float32, c config.Corruption, r *rand.Rand) {
	switch c.Kind {
	case config.NoNoise:
		copy(dst, src)
	case config.Mask:
		limit := uint32(math.Round(c.Amount * 65536))
		threshold(dst, src, limit, r, func(uint16) float32 { return 0 })
	case config.SaltPepper: // as many odd draws as even ones lie below an even limit
		limit := 2 * uint32(math.Round(c.Amount*32768))
		threshold(dst, src, limit, r, func(draw uint16) float32 { return float32(draw & 1) })
	case config.GaussianNoise:
		for i, v := range src {
			dst[i] = v + float32(float32(c.Amount)*float32(r.NormFloat64()))
		}
	default:
		panic("dataset: corruption " + string(c.Kind))
	}
}

// threshold replaces each pixel whose draw is below the limit.
func threshold(dst, src []float32, limit uint32, r *rand.Rand, noise func(draw uint16) float32) {
	var random [512]uint16
	for from := 0; from < len(src); from += len(random) {
		to := min(from+len(random), len(src))
		fill16(random[:to-from], r)
		for i, draw := range random[:to-from] {
			dst[from+i] = src[from+i]
			if uint32(draw) < limit {
				dst[from+i] = noise(draw)
			}
		}
	}
}

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
	s.fetch(from, rows)
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
