// Package plot draws what there is to see of a model: points of a latent space, curves of a
// training, rows and columns of images. Each picture is laid out once and written as PNG or SVG,
// at one to three times its size.
package plot

import (
	"fmt"
	"io"

	"vae/internal/render/draw"
)

// Limits and default of a scatter plot's side in pixels.
const (
	DefaultSize = 900
	minSize     = 300
	maxSize     = 4096
)

// NoClass is the Class of a point that has none.
const NoClass = -1

// Point is a point of a scatter plot.
type Point struct {
	X, Y  float32
	Class int // index in Scatter.Classes, or NoClass
}

// Scatter draws points in the plane, colored by class: the picture of a latent space.
//
// Points are small and translucent, the more of them the smaller, and they are drawn in an order
// that mixes them, so that no class lies over the others. The color of a class follows from its name,
// whichever other classes there are: those called 0 to 19, or a to t, have twenty different ones, of
// which the first ten can be told apart with any of the usual kinds of color vision and the next ten
// nearly so. Classes of one color have other markers, and the legend says so.
//
// Text is set in Go Regular (134 KB): Latin, Greek and Cyrillic, from left to right. Noto has more
// scripts, but its Chinese, Japanese and Korean alone are 16 MB, more than the rest of the program,
// and others cannot be set without a shaper. So other characters are drawn as boxes, and a class whose
// name has one has its number in the legend, of which [Scatter.Key] tells. Text too long for its place is
// shortened with an ellipsis.
type Scatter struct {
	Title, XLabel, YLabel string      // may be empty
	Note                  string      // a line more below the title
	Classes               []string    // names; the legend lists those that occur
	Size                  int         // side of the square picture in pixels, 300 to 4096; 0 is DefaultSize
	Scale                 int         // a PNG has Size times this in pixels, 1 to 3; 0 is 1
	Prior                 bool        // circles of radius 1 and 2 about the origin: the standard normal prior
	Stretch               bool        // each axis has its own scale; otherwise a unit is as long on both
	NoAxes                bool        // neither ticks nor grid: places whose coordinates mean nothing
	Images                *Thumbnails // drawn in place of the points
	Marks                 []Mark      // drawn above the points, and not counted among them
}

// PNG writes a scatter plot of n points as an 8-bit RGB PNG of Size x Size pixels, times Scale. It
// calls at three times for each of 0..n-1, which must give the same point each time; memory does not
// grow with n. The same points in the same order give the same bytes.
//
// The axes hold all points unless a few lie far out: beyond the one in a thousand points farthest to
// each side (at least one point, from 20 points on), the axes go on for at most a quarter of the
// extent of all the others. Points farther out are drawn at the border and counted in a note.
//
// No points, a NaN, an infinity, or a class without a name is an error that names the first such
// point, counted from 0; nothing is written then.
func (s Scatter) PNG(w io.Writer, n int, at func(i int) Point) error {
	p, err := s.page(n, at)
	if err != nil {
		return err
	}
	return p.PNG(w)
}

// SVG writes what PNG does as SVG. More than vectorPoints points are one image in it.
func (s Scatter) SVG(w io.Writer, n int, at func(i int) Point) error {
	p, err := s.page(n, at)
	if err != nil {
		return err
	}
	return p.SVG(w)
}

// page lays the plot out.
func (s Scatter) page(n int, at func(i int) Point) (draw.Page, error) {
	if err := s.check(n); err != nil {
		return draw.Page{}, err
	}
	s = s.sized()
	page := draw.Page{Width: s.Size, Height: s.Size, Scale: s.Scale, Title: s.Title}
	if err := page.Check(); err != nil {
		return draw.Page{}, err
	}
	v, err := s.survey(n, at)
	if err != nil {
		return draw.Page{}, err
	}
	p := newScatter(s, v)
	p.at = at
	if s.Images != nil {
		if p.thumbs, err = p.thumbnails(); err != nil {
			return draw.Page{}, err
		}
	}
	page.Draw = p.draw
	return page, nil
}

// sized has the size that is meant.
func (s Scatter) sized() Scatter {
	if s.Size == 0 {
		s.Size = DefaultSize
	}
	return s
}

func (s Scatter) check(n int) error {
	switch {
	case n < 1:
		return fmt.Errorf("scatter plot of %d points: at least one point is needed", n)
	case s.Size != 0 && (s.Size < minSize || s.Size > maxSize):
		return fmt.Errorf("scatter plot of size %d: the side must be %d to %d pixels, or 0 for %d",
			s.Size, minSize, maxSize, DefaultSize)
	}
	return s.Images.check()
}
