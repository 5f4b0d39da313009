package plot

import (
	"errors"
	"fmt"
	"io"

	"vae/internal/render"
	"vae/internal/render/draw"
)

// Gallery draws rows and columns of equal images with labels beside the rows and above or below
// the columns. Small images are enlarged, so that what is on them can be seen.
type Gallery struct {
	Title, Note             string                     // may be empty
	XLabel, YLabel          string                     // what changes from column to column, and from row to row
	Rows, Columns           []string                   // labels, as many as there are rows and columns, or none
	Below                   bool                       // the labels of the columns stand below the images
	Touching                bool                       // there are no gaps between the images, and no frames
	Height, Width, Channels int                        // of each image
	Enlarge                 int                        // each pixel of an image is Enlarge x Enlarge; 0 makes small images about 80 pixels
	Scale                   int                        // a PNG has this many times the pixels, 1 to 3; 0 is 1
	Framed                  func(row, column int) bool // images with a frame in color, those that were given; may be nil
}

// GalleryMargin is how many pixels are left of the images where nothing stands beside them.
const GalleryMargin = 17

// PNG writes a gallery as an 8-bit PNG, grey where its images are. It calls at for each image, row
// by row, to write its values in [0, 1]; render.ErrEmpty leaves the cell empty, another error is
// returned, and nothing is written then.
func (g Gallery) PNG(w io.Writer, rows, columns int, at func(row, column int, dst []float32) error) error {
	p, err := g.page(rows, columns, at)
	if err != nil {
		return err
	}
	return p.PNG(w)
}

// SVG writes what PNG does as SVG, with each image embedded.
func (g Gallery) SVG(w io.Writer, rows, columns int, at func(row, column int, dst []float32) error) error {
	p, err := g.page(rows, columns, at)
	if err != nil {
		return err
	}
	return p.SVG(w)
}

// Image is what PNG writes, as bytes: a picture of a film. Galleries that differ in their images and
// labels of one length alone have one size; the channels are those of the images, or 3 where one is framed.
func (g Gallery) Image(rows, columns int, at func(row, column int, dst []float32) error) (draw.Image, error) {
	p, err := g.page(rows, columns, at)
	if err != nil {
		return draw.Image{}, err
	}
	channels := g.Channels
	if g.Framed != nil {
		channels = 3
	}
	return p.Image(channels)
}

// Size is the size of the picture in pixels.
func (g Gallery) Size(rows, columns int) (width, height int, err error) {
	l, err := g.layout(rows, columns)
	scale := max(g.Scale, 1)
	return scale * l.width, scale * l.height, err
}

func (g Gallery) page(rows, columns int, at func(row, column int, dst []float32) error) (draw.Page, error) {
	l, err := g.layout(rows, columns)
	if err != nil {
		return draw.Page{}, err
	}
	l.images, err = g.images(rows, columns, at)
	if err != nil {
		return draw.Page{}, err
	}
	return l.page(), nil
}

// images are those of all cells, row by row, nil where a cell is empty.
func (g Gallery) images(rows, columns int, at func(row, column int, dst []float32) error) ([][]uint8, error) {
	values := make([]float32, g.Height*g.Width*g.Channels)
	images := make([][]uint8, rows*columns)
	for i := range images {
		err := at(i/columns, i%columns, values)
		if errors.Is(err, render.ErrEmpty) {
			continue
		}
		if err != nil {
			return nil, err
		}
		images[i] = make([]uint8, len(values))
		render.Bytes(images[i], values)
	}
	return images, nil
}

// maxGallery is the most rows, and the most columns, of a gallery.
const maxGallery = 1 << 12

func (g Gallery) check(rows, columns int) error {
	switch {
	case g.Height < 1 || g.Width < 1 || g.Channels != 1 && g.Channels != 3:
		return fmt.Errorf("images of %dx%dx%d: width and height must be at least 1, channels 1 or 3", g.Width, g.Height, g.Channels)
	case rows < 1 || columns < 1 || rows > maxGallery || columns > maxGallery:
		return fmt.Errorf("picture of %d rows and %d columns of images: there must be 1 to %d of each", rows, columns, maxGallery)
	case g.Rows != nil && len(g.Rows) != rows || g.Columns != nil && len(g.Columns) != columns:
		return fmt.Errorf("picture of %d rows and %d columns of images: %d and %d labels", rows, columns, len(g.Rows), len(g.Columns))
	case g.Enlarge < 0 || g.Enlarge > maxEnlarge:
		return fmt.Errorf("images enlarged %d times: must be 1 to %d, or 0 for what suits them", g.Enlarge, maxEnlarge)
	}
	return nil
}
