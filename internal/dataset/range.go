package dataset

import (
	"errors"
	"fmt"
	"math"
	"path/filepath"
	"sync"

	"vae/internal/config"
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

// depthOf is a depth that holds each of the rasters exactly.
func depthOf(files []imageFile) depth {
	of := func(r raster) depth {
		switch {
		case r.pix != nil:
			return depth{8, r.low, r.high}
		case r.deep != nil:
			return depth{16, r.low, r.high}
		}
		return depth{32, r.ends[0], r.ends[1]}
	}
	d := of(files[0].r)
	for _, f := range files[1:] {
		d = d.with(of(f.r))
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

// floatFault is the error about floating-point values whose range is to be named; nil where there are none.
func floatFault(dir string, files []imageFile) error {
	low, high, images := math.Inf(1), math.Inf(-1), 0
	for _, f := range files {
		var e *floatError
		if errors.As(f.Err, &e) {
			low, high = min(low, float64(e.low)), max(high, float64(e.high))
			images++
		}
	}
	if images == 0 {
		return nil
	}
	ends := fmt.Sprintf("%g:%g", low, high)
	if _, err := config.ParseRange(ends); err != nil {
		ends = "LOW:HIGH"
	}
	return fmt.Errorf("%s: %s of its images hold floating-point values, here from %g to %g, and their format does not say which of them are black and white: give %s",
		filepath.Clean(dir), thousands(images), low, high, config.Mention("data.range", ends))
}

func said(format string, args ...any) []string { return []string{fmt.Sprintf(format, args...)} }

// fewValues is the part of the range that images use at least, unless something is said.
const fewValues = 0.1

// bytes brings images that were read as bytes to the range.
func (how reading) bytes(l *loaded) error {
	if how.rng.Auto() || how.rng.Low == 0 && how.rng.High == math.MaxUint8 {
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
			how.clipped.add(clip(s.Pixels[i*d:(i+1)*d], low, high))
		}
		s.setRange(low, high)
	}
	return nil
}

// dim says which part of the range the training images use, where it is little.
func (l *loaded) dim() []string {
	s := l.train
	least, most := float32(1), float32(0)
	for i := range s.Len() {
		low, high := s.Span(i)
		if least, most = min(least, low), max(most, high); most-least >= fewValues {
			return nil
		}
	}
	if s.Len() == 0 || most == least { // of one grey: that is said elsewhere
		return nil
	}
	low, high := s.ends()
	if s.Real != nil && s.Low == s.High {
		return said("the pixels of all images are %.3g to %.3g of the range, 0 black to 1 white: %s uses all of it", least, most,
			config.Mention("data.range", "LOW:HIGH"))
	}
	raw := func(v float32) float64 { return math.Round(low + float64(v)*(high-low)) }
	from, to := raw(least), raw(most)
	if low <= 0 && from >= 0 && from < to-from {
		from = 0
	}
	if s.Deep != nil && from == 0 {
		to = math.Exp2(math.Ceil(math.Log2(to+1))) - 1 // as cameras of 10, 12 or 14 bits fill it
	}
	return said("the values of all images are %g to %g of the range %g:%g, which makes them nearly of one grey: %s uses all of the range",
		raw(least), raw(most), low, high, config.Mention("data.range", fmt.Sprintf("%g:%g", from, to)))
}
