// Package draw is what pictures are drawn on: a page of rectangles, lines, bands, ellipses,
// markers, images and text, described once and written as PNG, at one to three times its size, or
// as SVG. It knows nothing of what the pictures show.
//
// Places are in pixels of the page at scale 1, x to the right and y downward. What is drawn later
// lies over what is drawn before. The ground is white in both forms, so that a page looks alike
// before a light and a dark ground.
package draw

import (
	"fmt"
	"io"

	"vae/internal/config"
)

// MaxScale is the largest scale of a page.
const MaxScale = 3

// maxPixels is the most pixels of a PNG: its bytes, three a pixel, are in memory.
const maxPixels = 1 << 27

// maxSide is the longest side of a PNG: many viewers go no further.
const maxSide = 1 << 16

// RGB is a color.
type RGB struct{ R, G, B uint8 }

// Hex is the color 0xRRGGBB.
func Hex(v uint32) RGB { return RGB{uint8(v >> 16), uint8(v >> 8), uint8(v)} }

// White is the ground of every page.
var White = RGB{255, 255, 255}

// Place is a place on a page.
type Place struct{ X, Y float64 }

// Box is a rectangle of pixels, [X0, X1) x [Y0, Y1).
type Box struct{ X0, Y0, X1, Y1 int }

// Width is the side along x.
func (b Box) Width() float64 { return float64(b.X1 - b.X0) }

// Height is the side along y.
func (b Box) Height() float64 { return float64(b.Y1 - b.Y0) }

// Contains tells whether a place is inside.
func (b Box) Contains(x, y float64) bool {
	return x >= float64(b.X0) && x <= float64(b.X1) && y >= float64(b.Y0) && y <= float64(b.Y1)
}

// Stroke is how a line looks: its width, and the length of dashes and of the gaps between them, 0
// for a line without gaps. Opacity is in [0, 1].
type Stroke struct {
	Width, Dash, Opacity float64
	Color                RGB
}

// Image is an image of bytes, [Height, Width, Channels] with 1 or 3 channels.
type Image struct {
	Width, Height, Channels int
	Pixels                  []uint8
}

// Canvas takes the shapes of a page. Opacities are in [0, 1].
type Canvas interface {
	// Rect fills a rectangle.
	Rect(x0, y0, x1, y1 float64, c RGB, opacity float64)
	// Line draws a line through the places, with round ends.
	Line(through []Place, s Stroke)
	// Band fills what lies between two lines: top[i] and bottom[i] are their y at xs[i], which rise.
	Band(xs, top, bottom []float64, c RGB, opacity float64)
	// Ellipse draws a line along an ellipse, as far as it lies in clip.
	Ellipse(clip Box, cx, cy, rx, ry float64, s Stroke)
	// Marks returns what draws a marker in a color with its center at a place. A marker of radius 1
	// has about the area of a disc of that radius.
	Marks(m Marker, radius, opacity float64) func(x, y float64, c RGB)
	// Text sets a line from a place on its baseline.
	Text(l Line, x, y float64, st Style)
	// Image draws an image with its top left at a place, each of its pixels side x side.
	Image(m Image, x, y, side float64)
	// Raster calls draw for the part of the page in clip, which a drawing of shapes embeds as one
	// image. It must fill the whole of clip but for white.
	Raster(clip Box, draw func(Canvas))
}

// Page is a picture: its size at scale 1, and what is drawn on it.
type Page struct {
	Width, Height int // pixels
	Scale         int // 1 to MaxScale, 0 is 1
	Title         string
	Draw          func(Canvas)
}

// Check reports a page that cannot be drawn, in one line. Nothing is allocated before.
func (p Page) Check() error {
	scale := float64(max(p.Scale, 1))
	width, height := scale*float64(p.Width), scale*float64(p.Height)
	switch {
	case p.Scale < 0 || p.Scale > MaxScale:
		return fmt.Errorf("%s: must be 1 to %d", config.Mention("scale", fmt.Sprint(p.Scale)), MaxScale)
	case p.Width < 1 || p.Height < 1:
		return fmt.Errorf("picture of %dx%d pixels: width and height must be at least 1", p.Width, p.Height)
	case width > maxSide || height > maxSide:
		return fmt.Errorf("picture of %.0fx%.0f pixels: over the limit of %d a side; draw less, or smaller", width, height, maxSide)
	case width*height > maxPixels:
		return fmt.Errorf("picture of %.0fx%.0f pixels: over the limit of %d pixels; draw less, or smaller", width, height, maxPixels)
	}
	return nil
}

// PNG writes the page as an 8-bit PNG, grey where nothing on it has a color. The same page gives
// the same bytes.
func (p Page) PNG(w io.Writer) error {
	s, err := p.sheet()
	if err != nil {
		return err
	}
	return s.encode(w)
}

// Image is the page as an image of 1 or 3 channels: of one only where nothing on it has a color.
func (p Page) Image(channels int) (Image, error) {
	s, err := p.sheet()
	if err != nil {
		return Image{}, err
	}
	return Image{s.width, s.height, channels, s.bytes(channels)}, nil
}

// sheet is the page as pixels.
func (p Page) sheet() (*sheet, error) {
	if err := p.Check(); err != nil {
		return nil, err
	}
	s := newSheet(Box{X1: p.Width, Y1: p.Height}, max(p.Scale, 1))
	p.Draw(s)
	return s, nil
}
