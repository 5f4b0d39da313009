package render

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"vae/internal/config"
)

// Defaults of the fields of Grid that a user may leave alone.
const (
	DefaultScale   = 1
	DefaultPadding = 2 // pixels
)

// Limits of a picture. A PNG side is at most 2^31-1; the others keep sizes within reason.
const (
	maxSide   = 1<<31 - 1 // pixels
	maxArea   = 1 << 31   // pixels
	maxBand   = 1<<31 - 1 // bytes of one row of cells before scaling
	maxValues = 1 << 28   // values of one image
)

// ErrEmpty, returned by the next function of PNG or Preview, leaves its cell empty: the
// background shows. It does not stop the drawing.
var ErrEmpty = errors.New("empty cell")

// Grid lays out equal images in cells, row by row from the top left.
type Grid struct {
	Width, Height, Channels int   // of one image; Channels is 1 (grey) or 3 (red, green, blue)
	Columns                 int   // images in a row; 0 makes the picture nearly square
	Scale                   int   // every pixel becomes Scale x Scale pixels; at least 1
	Padding                 int   // pixels between images and around them, after scaling; at least 0
	Background              uint8 // grey level of padding and empty cells
	Color                   Color // of Preview only
}

// layout is the size of a picture: in cells, and in pixels with scale and padding.
type layout struct {
	columns, rows int
	width, height int
}

// Validate reports why n images cannot be drawn in this grid as one PNG: a field out of range, or
// a picture beyond the format's limits or beyond reason. The error is one line that names the
// option to change.
func (g Grid) Validate(n int) error {
	_, err := g.layout(n)
	return err
}

// PNG writes n images as one PNG: 8-bit grey for one channel, 8-bit RGB for three. It calls next
// n times, in order, to fill dst (Height*Width*Channels values); an error other than ErrEmpty, or
// an error of w, ends the drawing and is returned. Only one row of cells is in memory, and
// nothing is written before the first of them is complete.
func (g Grid) PNG(w io.Writer, n int, next func(dst []float32) error) error {
	l, err := g.layout(n)
	if err != nil {
		return err
	}
	b := newBand(g, l)
	if err := b.fill(n, next); err != nil {
		return err
	}
	e := newEncoder(w, l.width, l.height, g.Channels)
	defer e.release()
	if err := b.rest(e, l, n, next); err != nil {
		return err
	}
	return e.close()
}

// PNG writes one image of width x height pixels and 1 or 3 channels as an 8-bit PNG, without
// padding.
func PNG(w io.Writer, width, height, channels int, pixels []float32) error {
	g := Grid{Width: width, Height: height, Channels: channels, Scale: 1}
	if err := g.check(); err != nil {
		return err
	}
	if len(pixels) != width*height*channels {
		return fmt.Errorf("image of %s: %d values, want %d", g.shape(), len(pixels), width*height*channels)
	}
	return g.PNG(w, 1, func(dst []float32) error { copy(dst, pixels); return nil })
}

// PNGBytes is PNG of pixels that are bytes already, as drawings are.
func PNGBytes(w io.Writer, width, height, channels int, pixels []uint8) error {
	g := Grid{Width: width, Height: height, Channels: channels, Scale: 1}
	if err := g.check(); err != nil {
		return err
	}
	line := width * channels
	if len(pixels) != height*line {
		return fmt.Errorf("image of %s: %d values, want %d", g.shape(), len(pixels), height*line)
	}
	e := newEncoder(w, width, height, channels)
	defer e.release()
	for y := range height {
		e.row(pixels[y*line:][:line], 1)
	}
	return e.close()
}

// check validates the fields that describe one image.
func (g Grid) check() error {
	switch {
	case g.Width < 1 || g.Height < 1:
		return fmt.Errorf("image of %s: width and height must be at least 1", g.shape())
	case g.Channels != 1 && g.Channels != 3:
		return fmt.Errorf("image of %s: channels must be 1 or 3", g.shape())
	case float64(g.Width)*float64(g.Height)*float64(g.Channels) > maxValues:
		return fmt.Errorf("image of %s: too large to draw (limit: %d values)", g.shape(), maxValues)
	}
	return nil
}

func (g Grid) shape() string { return fmt.Sprintf("%dx%dx%d", g.Width, g.Height, g.Channels) }

// layout validates the grid and computes the picture's size for n images.
func (g Grid) layout(n int) (layout, error) {
	if err := g.check(); err != nil {
		return layout{}, err
	}
	switch {
	case n < 1:
		return layout{}, fmt.Errorf("%s: at least one image is needed", config.Mention("number", strconv.Itoa(n)))
	case g.Columns < 0:
		return layout{}, fmt.Errorf("%s: must be at least 1, or 0 for a nearly square picture", config.Mention("columns", strconv.Itoa(g.Columns)))
	case g.Scale < 1:
		return layout{}, fmt.Errorf("%s: must be at least 1", config.Mention("scale", strconv.Itoa(g.Scale)))
	case g.Padding < 0:
		return layout{}, fmt.Errorf("%s: must be at least 0", config.Mention("padding", strconv.Itoa(g.Padding)))
	}
	columns := g.columns(n)
	rows := 1 + (n-1)/columns
	width, height := g.span(columns, g.Width), g.span(rows, g.Height)
	if err := g.checkSize(n, columns, rows, width, height); err != nil {
		return layout{}, err
	}
	return layout{columns, rows, int(width), int(height)}, nil
}

// columns is the number of cells in a row: Columns, at most n, or what makes the picture nearly
// square (for square images the square root of n, rounded up), with rows filled evenly.
func (g Grid) columns(n int) int {
	if g.Columns > 0 {
		return min(g.Columns, n)
	}
	rows := 1 + (n-1)/g.squareColumns(n)
	return 1 + (n-1)/rows
}

// squareColumns is the number of cells in a row that makes a picture of n images nearly square,
// whatever shape they have.
func (g Grid) squareColumns(n int) int {
	whole := func(x float64) int { return int(min(float64(n), max(1, x))) }
	columns := g.IdealColumns(n)
	rows := float64(n) / columns
	best := whole(math.Ceil(columns)) // of square images none is better
	for _, other := range []int{whole(math.Floor(columns)), 1 + (n-1)/whole(math.Floor(rows)), 1 + (n-1)/whole(math.Ceil(rows))} {
		if g.unevenness(n, other) < g.unevenness(n, best) {
			best = other
		}
	}
	return best
}

// IdealColumns is how many of n images in a row would make a square picture.
func (g Grid) IdealColumns(n int) float64 {
	return math.Sqrt(float64(n) * (g.span(1, g.Height) / g.span(1, g.Width)))
}

// unevenness is the longer side of a picture in parts of the shorter, its rows filled evenly.
func (g Grid) unevenness(n, columns int) float64 {
	rows := 1 + (n-1)/columns
	width, height := g.span(1+(n-1)/rows, g.Width), g.span(rows, g.Height)
	return max(width/height, height/width)
}

// span is the side of count cells in pixels, in float64 so that absurd sizes do not wrap around.
func (g Grid) span(count, side int) float64 {
	return float64(count)*(float64(side)*float64(g.Scale)+float64(g.Padding)) + float64(g.Padding)
}

// checkSize refuses pictures that no PNG or no memory can hold.
func (g Grid) checkSize(n, columns, rows int, width, height float64) error {
	band := float64(columns) * float64(g.Width) * float64(g.Height) * float64(g.Channels)
	switch {
	case width > maxSide || height > maxSide:
		return fmt.Errorf("picture of %.0fx%.0f pixels (%dx%d images): over the PNG limit of %d a side; %s",
			width, height, columns, rows, maxSide, g.remedy(n))
	case width*height > maxArea:
		return fmt.Errorf("picture of %.0fx%.0f pixels (%dx%d images): over the limit of %d pixels; %s",
			width, height, columns, rows, maxArea, g.remedy(n))
	case band > maxBand:
		return fmt.Errorf("picture of %.0fx%.0f pixels: one row of %d images needs %.0f bytes (limit: %d); lower %s",
			width, height, columns, band, maxBand, config.Mention("columns"))
	}
	return nil
}

// remedy says what to lower so that a picture of n images can be made: the first option
// that helps alone, by being what it is when it is not given.
func (g Grid) remedy(n int) string {
	for _, option := range []struct {
		name  string
		reset func(*Grid)
	}{
		{"padding", func(g *Grid) { g.Padding = min(g.Padding, DefaultPadding) }},
		{"scale", func(g *Grid) { g.Scale = DefaultScale }},
		{"columns", func(g *Grid) { g.Columns = 0 }},
	} {
		other := g
		if option.reset(&other); other.fits(n) {
			return "lower " + config.Mention(option.name)
		}
	}
	g.Columns, g.Scale, g.Padding = 0, DefaultScale, min(g.Padding, DefaultPadding)
	if g.fits(n) {
		return "lower " + config.Mention("scale") + ", " + config.Mention("padding") + " or " + config.Mention("columns")
	}
	return "lower " + config.Mention("number")
}

// fits tells whether a picture of n images is within the limits.
func (g Grid) fits(n int) bool {
	columns := g.columns(n)
	width, height := g.span(columns, g.Width), g.span(1+(n-1)/columns, g.Height)
	return width <= maxSide && height <= maxSide && width*height <= maxArea
}
