package render

import (
	"errors"
	"io"
)

// canvas draws a preview, one row of images at a time.
type canvas struct {
	w       io.Writer
	grid    Grid
	fitting fitting
	values  []float32 // one image, filled by next
	small   []float32 // the same, reduced
	pixels  []rgb     // height x stride: one row of images
	above   []rgb     // a line of pixels that waits for the one below it, if waiting
	waiting bool
	text    []byte
}

func newCanvas(w io.Writer, g Grid, f fitting) *canvas {
	c := &canvas{w: w, grid: g, fitting: f}
	c.values = make([]float32, g.Width*g.Height*g.Channels)
	c.small = make([]float32, f.width*f.height*g.Channels)
	c.pixels = make([]rgb, f.height*c.stride())
	c.above = make([]rgb, c.stride())
	return c
}

// stride is the width of a full row of images in pixels.
func (c *canvas) stride() int {
	return c.fitting.columns*(c.fitting.width+previewGap) - previewGap
}

// draw writes count images, each row as soon as it is complete.
func (c *canvas) draw(count int, next func(dst []float32) error) error {
	blank := c.blank(make([]rgb, c.stride()))
	for left := count; left > 0; left -= c.fitting.columns {
		if err := c.fill(min(left, c.fitting.columns), next); err != nil {
			return err
		}
		if left < count {
			c.put(blank)
		}
		for y := range c.fitting.height {
			c.put(c.pixels[y*c.stride():][:c.stride()])
		}
		if c.waiting && left <= c.fitting.columns {
			c.put(blank)
		}
		if _, err := c.w.Write(c.text); err != nil {
			return err
		}
		c.text = c.text[:0]
	}
	return nil
}

// fill draws the next count images into pixels; the rest is background.
func (c *canvas) fill(count int, next func(dst []float32) error) error {
	c.blank(c.pixels)
	for column := range count {
		switch err := next(c.values); {
		case err == nil:
			c.image(column)
		case !errors.Is(err, ErrEmpty):
			return err
		}
	}
	return nil
}

func (c *canvas) blank(pixels []rgb) []rgb {
	bg := c.grid.Background
	for i := range pixels {
		pixels[i] = rgb{bg, bg, bg}
	}
	return pixels
}

// image reduces the image in values and copies it to its place.
func (c *canvas) image(column int) {
	g, f := c.grid, c.fitting
	shrink(c.small, f.height, f.width, c.values, g.Height, g.Width, g.Channels)
	for y := range f.height {
		dst := c.pixels[y*c.stride()+column*(f.width+previewGap):]
		for x := range f.width {
			p := c.small[(y*f.width+x)*g.Channels:]
			dst[x] = rgb{quantize(p[0]), quantize(p[g.Channels/2]), quantize(p[g.Channels-1])}
		}
	}
}

// put takes a line of pixels; every second one completes a line of characters.
func (c *canvas) put(pixels []rgb) {
	if !c.waiting {
		copy(c.above, pixels)
		c.waiting = true
		return
	}
	c.text = c.grid.Color.appendLine(c.text, c.above, pixels)
	c.waiting = false
}
