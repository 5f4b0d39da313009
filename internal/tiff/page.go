package tiff

import (
	"errors"
	"fmt"
	"image"
)

// Page is the description of a page, whose pixels are not read yet.
type Page struct {
	directory
	Width, Height int // as the file claims, not checked
	Orientation   int // of tag 274, 1 to 8; 1 where it is missing or wrong

	bits        int // of a sample
	samples     int // of a pixel
	format      uint64
	photometric uint64
	compression uint64
	predictor   uint64
	planar      bool // a plane a sample
	lsbFirst    bool // the first pixel of a byte is its lowest bit
	extra       uint64
}

// Formats of samples.
const (
	formatUint = 1 + iota
	formatInt
	formatFloat
	formatUndefined
)

// What samples stand for.
const (
	whiteIsZero = iota
	blackIsZero
	rgb
	palette
	_
	cmyk
	ycbcr
)

// Page reads the description of page i.
func (f *File) Page(i int) (*Page, error) {
	d := f.directory(f.ifds[i])
	p := &Page{directory: d, Width: clampInt(d.uint(tagWidth, 0)), Height: clampInt(d.uint(tagLength, 0)), Orientation: 1}
	if o := d.uint(tagOrientation, 1); o >= 1 && o <= 8 {
		p.Orientation = int(o)
	}
	p.samples = clampInt(d.uint(tagSamples, 1))
	p.compression = d.uint(tagCompression, 1)
	p.planar = d.uint(tagPlanar, 1) == 2 && p.samples > 1
	p.lsbFirst = d.uint(tagFillOrder, 1) == 2
	p.predictor = d.uint(tagPredictor, 1)
	p.extra = d.uint(tagExtraSamples, 0)
	if !d.has(tagPhotometric) {
		return nil, errors.New("tiff: does not say what its samples stand for (tag 262)")
	}
	p.photometric = d.uint(tagPhotometric, 0)
	var same, alike bool
	var bits uint64
	bits, same = d.same(tagBits, 1)
	p.format, alike = d.same(tagSampleFormat, formatUint)
	if !same || !alike {
		return nil, errors.New("tiff: samples of different sizes or formats are not supported")
	}
	p.bits = clampInt(bits)
	return p, nil
}

// clampInt is n, or the largest int that is safe to add to.
func clampInt(n uint64) int { return int(min(n, 1<<30)) }

// check refuses what is not read.
func (p *Page) check() error {
	if name, ok := unread[p.compression]; ok {
		return fmt.Errorf("tiff: compressed by %s, which is not supported; save it with LZW or Deflate", name)
	}
	if _, ok := unpackers[p.compression]; !ok && p.compression != compressionJPEG {
		return fmt.Errorf("tiff: compression %d is not supported; save it with LZW or Deflate", p.compression)
	}
	if err := p.checkSamples(); err != nil {
		return err
	}
	if err := p.checkColors(); err != nil {
		return err
	}
	switch {
	case p.predictor == 1:
	case p.predictor == 2 && p.bits%8 == 0 && p.bits != 24:
	case p.predictor == 3 && p.format == formatFloat:
	default:
		return fmt.Errorf("tiff: predictor %d for samples of %d bits is not supported", p.predictor, p.bits)
	}
	return nil
}

// checkSamples refuses formats and sizes of samples.
func (p *Page) checkSamples() error {
	ok := false
	switch p.format {
	case formatUint, formatUndefined:
		ok = p.bits >= 1 && p.bits <= 16 || p.bits == 24 || p.bits == 32 || p.bits == 64
	case formatInt:
		ok = p.bits == 8 || p.bits == 16 || p.bits == 32 || p.bits == 64
	case formatFloat:
		ok = p.bits == 16 || p.bits == 32 || p.bits == 64
	default:
		return errors.New("tiff: complex numbers are not supported")
	}
	if !ok {
		return fmt.Errorf("tiff: %s of %d bits are not supported", [...]string{"", "samples", "signed integers", "floating-point numbers", "samples"}[p.format], p.bits)
	}
	return nil
}

// known are the numbers of samples that a pixel's color has.
var known = map[uint64]struct {
	name   string
	colors int
}{whiteIsZero: {"grey", 1}, blackIsZero: {"grey", 1}, rgb: {"red, green and blue", 3}, palette: {"a palette", 1},
	cmyk: {"cyan, magenta, yellow and black", 4}, ycbcr: {"YCbCr", 3}}

// others are what samples can stand for and are not read.
var others = map[uint64]string{4: "a mask", 8: "CIE L*a*b*", 9: "ICC L*a*b*", 10: "ITU L*a*b*", 32803: "the raw data of a camera",
	32844: "CIE log luminance", 32845: "CIE log colors", 34892: "the raw data of a camera"}

// checkColors refuses kinds of colors, with what stands beside them.
func (p *Page) checkColors() error {
	k, ok := known[p.photometric]
	if name := others[p.photometric]; name != "" {
		return fmt.Errorf("tiff: its samples stand for %s, which is not supported; save it in grey or in red, green and blue", name)
	}
	if !ok {
		return fmt.Errorf("tiff: its samples stand for colors of kind %d, which is not supported", p.photometric)
	}
	eight := p.bits == 8 && p.format != formatInt && p.format != formatFloat
	switch beside := p.samples - k.colors; {
	case beside != 0 && beside != 1:
		return fmt.Errorf("tiff: %d samples a pixel, where %s has %d: save each channel as an image", p.samples, k.name, k.colors)
	case beside == 1 && p.alpha() && !p.wide():
		return fmt.Errorf("tiff: transparency beside samples of this kind (%d bits) is not supported", p.bits)
	case p.photometric == palette && (p.bits > 8 || !p.unsigned() || beside > 0):
		return fmt.Errorf("tiff: a palette for samples of %d bits is not supported", p.bits)
	case p.photometric == cmyk && (!p.wide() || p.uint(tagInkSet, 1) != 1):
		return errors.New("tiff: inks of this kind are not supported; save it in red, green and blue")
	case p.photometric == ycbcr && (!eight || p.planar || beside > 0):
		return errors.New("tiff: YCbCr of this kind is not supported; save it in red, green and blue")
	}
	return nil
}

func (p *Page) unsigned() bool { return p.format == formatUint || p.format == formatUndefined }

// wide tells whether samples are unsigned, of 8 or 16 bits, which can be mixed.
func (p *Page) wide() bool { return p.unsigned() && (p.bits == 8 || p.bits == 16) }

// alpha tells whether the last sample is one. Another that stands beside the
// colors is of no meaning to us.
func (p *Page) alpha() bool {
	return p.samples == known[p.photometric].colors+1 && (p.extra == 1 || p.extra == 2)
}

// Raster is the pixels of a page: rows of interleaved samples, [Height, Width,
// Samples]. One of U8, U16 and F32 holds them.
type Raster struct {
	Width, Height, Samples int

	U8  []uint8
	U16 []uint16
	F32 []float32 // what is neither of up to 8 nor of up to 16 bits without a sign

	// Low and High are the range of a sample; NaN for floating point. Samples of
	// fewer than 8 bits are spread over 0 to 255.
	Low, High float64

	Model   Model
	Palette [][3]uint16 // of indices in U8; nil where samples are colors
	// Alpha tells whether the last sample is one; Premultiplied, whether the colors
	// are multiplied by it.
	Alpha, Premultiplied bool
}

// Model is what the samples are, alpha apart.
type Model int

// Grey has one sample, 0 being black; RGB three; CMYK four, 0 being no ink.
const (
	Grey Model = iota
	RGB
	CMYK
)

// Decode reads the pixels. The caller has checked Width and Height, which are at
// least 1. jpeg decodes one file in JPEG.
func (p *Page) Decode(jpeg func([]byte) (image.Image, error)) (*Raster, error) {
	if err := p.check(); err != nil {
		return nil, err
	}
	l, err := p.layout()
	if err != nil {
		return nil, err
	}
	return l.raster(jpeg)
}
