package plot

import (
	"fmt"
	"math"

	"vae/internal/render"
	"vae/internal/render/draw"
)

// DefaultThumbnail is the longer side of a thumbnail in pixels; where images are few it is a multiple.
const DefaultThumbnail = 28

// largestFactor is how much larger than the default a thumbnail may be.
const largestFactor = 4

// Thumbnails are the images of points, which a scatter plot draws in place of them: the area is cut
// into equal cells, and each that holds points shows the image of the one nearest to its middle. So
// none lies over another, and every region with points has one.
type Thumbnails struct {
	Height, Width, Channels int                              // of the images
	Side                    int                              // longer side of a thumbnail in pixels, 8 to 256; 0 is DefaultThumbnail, or up to four times that if as many images are drawn
	At                      func(i int, dst []float32) error // writes the image of point i, values in [0, 1]
}

// Sizes of a thumbnail in pixels.
const (
	minThumbnail    = 8
	maxThumbnail    = 256
	thumbnailBorder = 2
	thumbnailGap    = 2
)

// thumbnail is the image of a point, at a cell.
type thumbnail struct {
	point    int
	class    int
	distance float64 // of the point from the middle of the cell, squared, in pixels
	x, y     float64 // middle of the cell
	image    draw.Image
}

func (t *Thumbnails) check() error {
	switch {
	case t == nil:
		return nil
	case t.Height < 1 || t.Width < 1 || t.Channels != 1 && t.Channels != 3:
		return fmt.Errorf("thumbnails of images of %dx%dx%d: width and height must be at least 1, channels 1 or 3", t.Width, t.Height, t.Channels)
	case t.Side != 0 && (t.Side < minThumbnail || t.Side > maxThumbnail):
		return fmt.Errorf("thumbnails of side %d: must be %d to %d pixels, or 0 for %d", t.Side, minThumbnail, maxThumbnail, DefaultThumbnail)
	}
	return nil
}

// values is how many an image has, 0 without images.
func (t *Thumbnails) values() int {
	if t == nil {
		return 0
	}
	return t.Height * t.Width * t.Channels
}

func (t *Thumbnails) side() int {
	if t.Side == 0 {
		return DefaultThumbnail
	}
	return t.Side
}

// thumbnails are those of all cells with points, row by row.
func (p *scatter) thumbnails() ([]thumbnail, error) {
	p.chooseSide()
	found := p.nearest()
	values := make([]float32, p.Images.Height*p.Images.Width*p.Images.Channels)
	for i := range found {
		if err := p.Images.At(found[i].point, values); err != nil {
			return nil, fmt.Errorf("the image of point %d: %w", found[i].point, err)
		}
		found[i].image = p.Images.reduced(values, max(p.Scale, 1))
	}
	return found, nil
}

// chooseSide settles the side of the images where that is left open: the largest of a few with which
// as many are drawn as with the least.
func (p *scatter) chooseSide() {
	if p.Images.Side != 0 {
		return
	}
	images := *p.Images
	p.Images = &images
	images.Side = DefaultThumbnail
	most := len(p.nearest())
	for factor := largestFactor; factor > 1; factor-- {
		images.Side = factor * DefaultThumbnail
		if columns, rows := p.cells(); columns*rows >= most && len(p.nearest()) >= most {
			return
		}
	}
	images.Side = DefaultThumbnail
}

// cells are how many images have room beside each other, and one below another.
func (p *scatter) cells() (columns, rows int) {
	pitch := float64(p.Images.side() + 2*thumbnailBorder + thumbnailGap)
	return max(1, int(p.area.Width()/pitch)), max(1, int(p.area.Height()/pitch))
}

// reduced is an image in the size of a thumbnail, or in its own if that is smaller.
func (t *Thumbnails) reduced(values []float32, scale int) draw.Image {
	factor := min(1, float64(t.side()*scale)/float64(max(t.Height, t.Width)))
	h, w := max(1, int(math.Round(factor*float64(t.Height)))), max(1, int(math.Round(factor*float64(t.Width))))
	return draw.Image{Width: w, Height: h, Channels: t.Channels, Pixels: render.Reduced(values, t.Height, t.Width, t.Channels, h, w)}
}

// nearest finds the point nearest to the middle of each cell that has any, of equally near ones the
// first.
func (p *scatter) nearest() (found []thumbnail) {
	columns, rows := p.cells()
	p.beyond = 0
	cells := make([]thumbnail, columns*rows)
	for i := range cells {
		cells[i] = thumbnail{distance: math.Inf(1),
			x: float64(p.area.X0) + (float64(i%columns)+0.5)*p.area.Width()/float64(columns),
			y: float64(p.area.Y0) + (float64(i/columns)+0.5)*p.area.Height()/float64(rows)}
	}
	for i := range p.survey.n {
		point := p.at(i)
		x, y, inside := p.place(float64(point.X), float64(point.Y))
		if !inside {
			p.beyond++
		}
		column := min(int((x-float64(p.area.X0))/p.area.Width()*float64(columns)), columns-1)
		row := min(int((y-float64(p.area.Y0))/p.area.Height()*float64(rows)), rows-1)
		c := &cells[row*columns+column]
		if d := (x-c.x)*(x-c.x) + (y-c.y)*(y-c.y); d < c.distance {
			c.point, c.class, c.distance = i, point.Class, d
		}
	}
	for _, c := range cells {
		if c.distance < math.Inf(1) {
			found = append(found, c)
		}
	}
	return found
}

// drawThumbnails draws each image at the middle of its cell, with a border in its class's color.
func (p *scatter) drawThumbnails() {
	for _, t := range p.thumbs {
		side := float64(p.Images.side()) / float64(max(t.image.Height, t.image.Width))
		w, h := math.Round(side*float64(t.image.Width)), math.Round(side*float64(t.image.Height))
		x, y := math.Round(t.x-w/2), math.Round(t.y-h/2)
		if len(p.legend) > 0 {
			p.canvas.Rect(x-thumbnailBorder, y-thumbnailBorder, x+w+thumbnailBorder, y+h+thumbnailBorder, p.look(t.class).rgb(), 1)
		}
		p.canvas.Image(t.image, x, y, side)
	}
}
