package render

import (
	"errors"
	"fmt"
)

// band is one row of cells: its images as bytes, unscaled and without padding.
type band struct {
	grid    Grid
	columns int
	values  []float32 // one image, filled by next
	pixels  []uint8   // Height x columns*Width x Channels
	line    []uint8   // one line of the picture, padding in place
	blank   []uint8   // one line of background
}

func newBand(g Grid, l layout) *band {
	b := &band{
		grid:    g,
		columns: l.columns,
		values:  make([]float32, g.Width*g.Height*g.Channels),
		pixels:  make([]uint8, l.columns*g.Width*g.Height*g.Channels),
		line:    make([]uint8, l.width*g.Channels),
		blank:   make([]uint8, l.width*g.Channels),
	}
	fill(b.line, g.Background)
	fill(b.blank, g.Background)
	return b
}

// fill draws the next images, at most left of them; cells beyond are background.
func (b *band) fill(left int, next func(dst []float32) error) error {
	if left < b.columns {
		fill(b.pixels, b.grid.Background)
	}
	for column := range min(left, b.columns) {
		err := next(b.values)
		if err != nil && !errors.Is(err, ErrEmpty) {
			return fmt.Errorf("drawing the grid: %w", err)
		}
		b.put(column, err == nil)
	}
	return nil
}

// lines takes the lines of a picture from the top, each count times.
type lines interface {
	row(line []uint8, count int)
}

// picture draws a whole picture of n images.
func (b *band) picture(to lines, l layout, n int, next func(dst []float32) error) error {
	if err := b.fill(n, next); err != nil {
		return err
	}
	return b.rest(to, l, n, next)
}

// rest draws a picture whose first row of cells is filled.
func (b *band) rest(to lines, l layout, n int, next func(dst []float32) error) error {
	for row := range l.rows {
		if row > 0 {
			if err := b.fill(n-row*l.columns, next); err != nil {
				return err
			}
		}
		b.draw(to)
	}
	to.row(b.blank, b.grid.Padding)
	return nil
}

// put copies the image in values, or background, into a cell.
func (b *band) put(column int, full bool) {
	row := b.grid.Width * b.grid.Channels
	for y := range b.grid.Height {
		dst := b.pixels[(y*b.columns+column)*row:][:row]
		if !full {
			fill(dst, b.grid.Background)
			continue
		}
		for i, p := range b.values[y*row:][:row] {
			dst[i] = quantize(p)
		}
	}
}

// draw writes the padding above the band and its lines.
func (b *band) draw(to lines) {
	to.row(b.blank, b.grid.Padding)
	stride := b.columns * b.grid.Width * b.grid.Channels
	for y := range b.grid.Height {
		b.spread(b.pixels[y*stride:][:stride])
		to.row(b.line, b.grid.Scale)
	}
}

// spread puts one line of pixels into line, scaled across, each image after its padding.
func (b *band) spread(pixels []uint8) {
	g := b.grid
	row := g.Width * g.Channels
	for column := range b.columns {
		src := pixels[column*row:][:row]
		at := (g.Padding + column*(g.Width*g.Scale+g.Padding)) * g.Channels
		dst := b.line[at:][:row*g.Scale]
		if g.Scale == 1 {
			copy(dst, src)
			continue
		}
		widen(dst, src, g.Channels, g.Scale)
	}
}

// widen repeats each pixel of src scale times in dst.
func widen(dst, src []uint8, channels, scale int) {
	for i := 0; i < len(src); i += channels {
		for range scale {
			dst = dst[copy(dst, src[i:i+channels]):]
		}
	}
}

func fill(dst []uint8, v uint8) {
	for i := range dst {
		dst[i] = v
	}
}
