package render

import (
	"fmt"
	"io"

	"vae/internal/config"
)

// Limits of a film. The sides of a GIF are 16 bits; the area keeps the three pictures that
// are in memory within reason.
const (
	maxFilmSide   = 1<<16 - 1 // pixels
	maxFilmArea   = 1 << 26   // pixels
	maxFilmFrames = 1 << 16
	leastDelay    = 2         // browsers take less for 10
	maxDelay      = 1<<16 - 1 // hundredths of a second
)

// DefaultDelay is how long a frame of a film stands, in hundredths of a second.
const DefaultDelay = 8

// Film is an animated GIF of pictures of one size, which begins again at its end.
type Film struct {
	Width, Height, Channels int // of a picture; Channels is 1 (grey) or 3 (red, green, blue)
	Delay                   int // hundredths of a second that a frame stands, at least 2
}

// Validate reports why there is no film of so many frames. The error is one line.
func (f Film) Validate(frames int) error {
	size := fmt.Sprintf("film of %dx%d pixels", f.Width, f.Height)
	switch {
	case f.Width < 1 || f.Height < 1:
		return fmt.Errorf("%s: width and height must be at least 1", size)
	case f.Channels != 1 && f.Channels != 3:
		return fmt.Errorf("%s: %d channels: must be 1 or 3", size, f.Channels)
	case f.Width > maxFilmSide || f.Height > maxFilmSide:
		return fmt.Errorf("%s: over the GIF limit of %d a side; lower %s, or make a PNG", size, maxFilmSide, config.Mention("scale"))
	case f.Width*f.Height > maxFilmArea:
		return fmt.Errorf("%s: over the limit of %d pixels; lower %s, or make a PNG", size, maxFilmArea, config.Mention("scale"))
	case frames < 1 || frames > maxFilmFrames:
		return fmt.Errorf("film of %d frames: there may be 1 to %d", frames, maxFilmFrames)
	case f.Delay < leastDelay || f.Delay > maxDelay:
		return fmt.Errorf("film of %d hundredths of a second a frame: there may be %d to %d", f.Delay, leastDelay, maxDelay)
	}
	return nil
}

// GIF writes a film. It calls picture for frames 0, 1, ... to fill dst [Height*Width*Channels];
// for a film in color it does so twice, as the 256 colors of the whole film are chosen first, so
// picture must give the same each time. Films of grey, and of no more than 256 colors, are exact.
// Frames are written one by one, of each what is new in it; equal ones that follow each other
// become one that stands longer. An error of picture or of w ends the film and is returned.
func (f Film) GIF(w io.Writer, frames int, picture func(dst []uint8, frame int) error) error {
	if err := f.Validate(frames); err != nil {
		return err
	}
	pixels := make([]uint8, f.Width*f.Height*f.Channels)
	colors, err := f.colors(pixels, frames, picture)
	if err != nil {
		return err
	}
	e := newGIFEncoder(w, f.Width, f.Height, colors.table())
	for i := range frames {
		if err := picture(pixels, i); err != nil {
			return fmt.Errorf("drawing frame %d of the film: %w", i+1, err)
		}
		colors.indices(e.frame, pixels)
		e.add(f.Delay)
		if e.err != nil {
			break
		}
	}
	return e.close()
}

// colorTable turns pixels into numbers of a palette.
type colorTable interface {
	table() [][3]uint8 // 1 to 256 colors
	indices(dst, pixels []uint8)
}

// colors chooses the palette of a film.
func (f Film) colors(pixels []uint8, frames int, picture func(dst []uint8, frame int) error) (colorTable, error) {
	if f.Channels == 1 {
		return greys{}, nil
	}
	h := newHistogram()
	for i := range frames {
		if err := picture(pixels, i); err != nil {
			return nil, fmt.Errorf("drawing frame %d of the film: %w", i+1, err)
		}
		h.add(pixels)
	}
	return h.colors(), nil
}

// greys is the palette of all 256 levels.
type greys struct{}

func (greys) table() [][3]uint8 {
	table := make([][3]uint8, 256)
	for i := range table {
		table[i] = [3]uint8{uint8(i), uint8(i), uint8(i)}
	}
	return table
}

func (greys) indices(dst, pixels []uint8) { copy(dst, pixels) }

// Film is a film of pictures of n images each, laid out in this grid, and what draws such a picture
// to dst [Height*Width*Channels]. That calls image to fill dst with image cell of the picture, in
// order; ErrEmpty leaves a cell empty. It is for one goroutine at a time.
func (g Grid) Film(n, delay int) (f Film, draw func(dst []uint8, image func(dst []float32, cell int) error) error, err error) {
	l, err := g.layout(n)
	if err != nil {
		return Film{}, nil, err
	}
	b := newBand(g, l)
	return Film{Width: l.width, Height: l.height, Channels: g.Channels, Delay: delay}, func(dst []uint8, image func(dst []float32, cell int) error) error {
		cell := 0
		return b.picture(&raster{dst}, l, n, func(dst []float32) error {
			cell++
			return image(dst, cell-1)
		})
	}, nil
}

// raster is a picture in memory, which is filled from the top.
type raster struct{ left []uint8 }

func (r *raster) row(line []uint8, count int) {
	for range count {
		r.left = r.left[copy(r.left, line):]
	}
}
