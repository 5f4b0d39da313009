package dataset

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"

	"vae/internal/config"
	"vae/internal/imagefile"
)

// clippings count values outside of a range, and the images that have them.
type clippings struct {
	mu             sync.Mutex
	values, images int
}

// add takes an image into account.
func (c *clippings) add(values int) {
	if values == 0 {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.values += values
	c.images++
}

// lines say what was clipped.
func (c *clippings) lines(r config.Range) []string {
	if c.images == 0 {
		return nil
	}
	return []string{fmt.Sprintf("%s values in %s of the images lie outside of the range %s, and are clipped to it", thousands(c.values), thousands(c.images), r)}
}

// depth is how a set holds its pixels.
type depth struct {
	bits      int     // 8, 16, or 32 for real values
	low, high float64 // the values of the files that are black and white; both 0 where they differ
}

// depth is one that holds the raster exactly.
func (r raster) depth() depth {
	if bits := r.bits(); bits < 32 {
		return depth{bits, r.low, r.high}
	}
	return depth{32, r.ends[0], r.ends[1]}
}

// depthOf is a depth that holds each of the rasters exactly.
func depthOf(files []imageFile) depth {
	d := files[0].r.depth()
	for _, f := range files[1:] {
		d = d.with(f.r.depth())
	}
	return d
}

var full = map[int]float64{8: math.MaxUint8, 16: math.MaxUint16}

// with holds what either does. Bytes become 16 bits in the same range, or both where they fill theirs.
func (d depth) with(e depth) depth {
	fills := func(d depth) bool { return d.low == 0 && d.high == full[d.bits] }
	switch {
	case d == e:
		return d
	case d.bits == 32 || e.bits == 32:
	case d.low == e.low && d.high == e.high, fills(d) && fills(e):
		if e.bits > d.bits {
			return e
		}
		return d
	}
	return depth{bits: 32}
}

// in is r in a depth that holds it.
func (r raster) in(d depth) raster {
	switch {
	case d.bits == 32:
		return r.values()
	case d.bits == 16 && r.pix != nil:
		factor := uint16(1)
		if r.high != d.high {
			factor = 0x101
		}
		deep := make([]uint16, len(r.pix))
		for i, v := range r.pix {
			deep[i] = factor * uint16(v)
		}
		return raster{w: r.w, h: r.h, c: r.c, deep: deep, low: d.low, high: d.high}
	}
	return r
}

func said(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }

// bytes brings images that were read as bytes to the range.
func (how reading) bytes(l *loaded) error {
	if how.rng.Auto() || how.rng.Low == 0 && how.rng.High == math.MaxUint8 {
		how.seen.addBytes(l.train)
		return nil
	}
	for _, s := range []*Set{l.train, l.test} {
		if s == nil {
			continue
		}
		low, high := how.rng.Low, how.rng.High
		if low > math.MaxUint8 || high < 0 || low != math.Trunc(low) || high != math.Trunc(high) {
			return fmt.Errorf("%s: the images are bytes, from 0 to 255: give whole numbers of which some lie there", config.Mention("data.range", how.rng.String()))
		}
		d := s.Shape.Pixels()
		for i := range s.Len() {
			how.seen.clippings.add(clip(s.Pixels[i*d:(i+1)*d], low, high))
		}
		s.setRange(low, high)
	}
	how.seen.addBytes(l.train)
	return nil
}

// seen is what is noticed of the values in files while they are brought to a range.
type seen struct {
	clippings
	spread
	unreadable []badFile
}

// ranged is [ranged] of an image that is taken into account.
func (s *seen) ranged(img imagefile.Image, rng config.Range) (raster, error) {
	r, clipped, err := ranged(img, rng)
	if err == nil {
		s.clippings.add(clipped)
		s.spread.add(r.span)
	}
	return r, err
}

// span is the least and the greatest of the values of an image that are in its range, as they are in the file. They may be closer to each other
// than that where they are not few.
type span struct {
	least, most float64
	config.Range
}

// spread is which part of each range the values of all images use. It may be used by several goroutines.
type spread struct {
	mu  sync.Mutex
	all map[config.Range]span
}

// fewValues is the part of the range that images use at least, unless something is said.
const fewValues = 0.1

func (s span) few() bool { return s.most-s.least < fewValues*(s.High-s.Low) }

// with is both.
func (s span) with(t span) span {
	s.least, s.most = min(s.least, t.least), max(s.most, t.most)
	return s
}

// add takes an image into account, and is the span of all that have its range.
func (s *spread) add(of span) span {
	s.mu.Lock()
	defer s.mu.Unlock()
	if known, ok := s.all[of.Range]; ok {
		of = of.with(known)
	}
	if s.all == nil {
		s.all = map[config.Range]span{}
	}
	s.all[of.Range] = of
	return of
}

// addBytes takes the images of a set into account that are bytes.
func (s *spread) addBytes(set *Set) {
	low, high := set.ends()
	for i := range set.Len() {
		if !s.add(spanOf(set.Image(i), config.Range{Low: low, High: high})).few() {
			return
		}
	}
}

// dim is the values that all images have, where these are few of their range; ok is false where they are not, or all the same.
// Images of different ranges have theirs as parts of it, 0 to 1.
func (s *spread) dim() (of span, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) > 1 {
		of = span{math.Inf(1), math.Inf(-1), config.Range{High: 1}}
		for r, t := range s.all {
			width := r.High - r.Low
			of = of.with(span{least: (t.least - r.Low) / width, most: (t.most - r.Low) / width})
		}
		return of, of.few() && of.least < of.most
	}
	for _, of = range s.all {
	}
	return of, of.few() && of.least < of.most
}

// lines say which values the images have, where these are few. trained is false where images are to be measured, or used, whose range is that of a
// model.
func (s *spread) lines(trained bool) []string {
	of, ok := s.dim()
	if !ok {
		return nil
	}
	what, advice := "values", config.Mention("data.range", of.fitting().String())+" uses all of the range"
	if len(s.all) > 1 {
		what, advice = "pixels", config.Mention("data.range", "LOW:HIGH")+" uses all of the range"
	}
	if !trained {
		advice = "what the model makes of them says little, unless those that it was trained on are alike"
	}
	return said("the %s of all images are %s to %s of the range %s, which makes them nearly of one grey: %s", what, short(of.least), short(of.most), of.Range, advice)
}

// fitting is a range that the values fill: from 0 where they begin near it, and to where cameras of 10, 12 or 14 bits do.
func (s span) fitting() config.Range {
	from, to := s.least, s.most
	if s.Low <= 0 && from >= 0 && from < to-from {
		from = 0
	}
	if s.High > math.MaxUint8 && from == 0 {
		to = math.Exp2(math.Ceil(math.Log2(to+1))) - 1
	}
	return config.Range{Low: outward(from, math.Floor), High: outward(to, math.Ceil)}
}

// outward is a value that is not whole, rounded to four digits: down or up.
func outward(v float64, round func(float64) float64) float64 {
	if v == math.Trunc(v) || math.IsInf(v, 0) || math.IsNaN(v) {
		return v
	}
	digits := 3 - int(math.Floor(math.Log10(math.Abs(v))))
	unit := math.Pow10(-digits)
	short, err := strconv.ParseFloat(strconv.FormatFloat(round(v/unit)*unit, 'g', 4, 64), 64)
	if err != nil {
		return v
	}
	return short
}

// short is a value, to three digits where it is not whole.
func short(v float64) string {
	if v == math.Trunc(v) {
		return strconv.FormatFloat(v, 'f', -1, 64)
	}
	return fmt.Sprintf("%.3g", v)
}

// spanOf is the span of values in a range. It looks no further than is needed to know that they are not few.
func spanOf[T uint8 | uint16 | float32](values []T, r config.Range) span {
	const some = 256
	of := span{math.Inf(1), math.Inf(-1), r}
	for part := range slices.Chunk(values, some) {
		of = of.with(span{least: max(float64(slices.Min(part)), r.Low), most: min(float64(slices.Max(part)), r.High)})
		if !of.few() {
			break
		}
	}
	return of
}
