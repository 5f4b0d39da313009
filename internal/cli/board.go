package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/render/draw"
	"vae/internal/render/plot"
)

// board is a picture of images of one shape in rows and columns, with what they are beside
// them.
type board struct {
	shape           config.Shape
	title, note     string
	across, up      string      // what changes from column to column, and from row to row; "" for none
	rows, columns   []string    // beside each row and above each column; nil for none
	width           int         // images in a row
	images          [][]float32 // row by row; nil leaves a place empty
	framed          func(row, column int) bool
	touching, below bool // without gaps between the images; the labels of the columns below them
}

// boardFlags are those of a command whose result is a board.
func boardFlags(c *cobra.Command, o *output, formats ...string) {
	outputFlags(c, o, formats...)
	o.single, o.board = true, true
	o.grid = gridOptions{scale: 1, padding: render.DefaultPadding}
	intFlag(c.Flags(), &o.enlarge, "enlarge", "", "make each pixel of an image so many of the picture's (default as far as small images are seen well)")
	c.Flags().Lookup("enlarge").DefValue = ""
	intFlag(c.Flags(), &o.grid.scale, "scale", "", fmt.Sprintf("make the whole picture so many times larger, 1 to %d, as PNG", draw.MaxScale))
}

// checkBoard refuses sizes that no picture can have, and any where there is no picture.
func (o *output) checkBoard() error {
	switch picture := o.format == "png" || o.format == "svg"; {
	case o.flags.Changed("enlarge") && !picture && o.format != "gif":
		return usagef("--enlarge is for a picture, not for %s: leave it out", o.format)
	case o.flags.Changed("scale") && o.format != "png":
		return usagef("--scale is for PNG, not for %s: leave it out", o.format)
	case o.flags.Changed("enlarge") && (o.enlarge < 1 || o.enlarge > maxEnlarge):
		return usagef("--enlarge %d: must be from 1 to %d", o.enlarge, maxEnlarge)
	}
	return checkScale(o.grid.scale)
}

// checkScale refuses a size that no page is drawn in.
func checkScale(scale int) error {
	if scale < 1 || scale > draw.MaxScale {
		return usagef("--scale %d: must be from 1 to %d", scale, draw.MaxScale)
	}
	return nil
}

// leastFilmSide is how large the longer side of an image is at least in a film whose scale the
// user has not chosen.
const leastFilmSide = 160

// maxEnlarge is the most that a pixel is enlarged to.
const maxEnlarge = 64

// enlarged is the user's choice, or what makes an image at least so large.
func (o *output) enlarged(shape config.Shape, least int) int {
	if o.enlarge > 0 {
		return o.enlarge
	}
	side := max(shape.Width, shape.Height)
	return max(1, (least+side-1)/side)
}

// write draws the board, to a terminal as a preview.
func (b *board) write(ctx context.Context, o *output, s console.Streams) error {
	if o.preview(s) {
		return b.preview(o.grid.grid(b.shape, s), s)
	}
	g := plot.Gallery{
		Title: b.title, Note: b.note, XLabel: b.across, YLabel: b.up, Rows: b.rows, Columns: b.columns, Below: b.below, Touching: b.touching,
		Height: b.shape.Height, Width: b.shape.Width, Channels: b.shape.Channels, Enlarge: o.enlarge, Scale: o.grid.scale, Framed: b.framed,
	}
	rows := (len(b.images) + b.width - 1) / b.width
	if _, _, err := g.Size(rows, b.width); err != nil {
		return console.Usage(err)
	}
	paint := g.PNG
	if o.format == "svg" {
		paint = g.SVG
	}
	return o.write(ctx, s, func(w io.Writer) error { return paint(w, rows, b.width, b.at) })
}

// at is the image at a place.
func (b *board) at(row, column int, dst []float32) error {
	i := row*b.width + column
	if i >= len(b.images) || b.images[i] == nil {
		return render.ErrEmpty
	}
	copy(dst, b.images[i])
	return nil
}

// preview draws the board on a terminal. Of several rows it shows as many columns, evenly chosen, as
// stand side by side, and does not go on with a row in the next line.
func (b *board) preview(grid render.Grid, s console.Streams) error {
	columns, rows := s.Size()
	if len(b.images) > b.width {
		grid.Columns = b.width
		grid.Columns = grid.PreviewColumns(len(b.images), columns, rows)
		b = b.thinned(grid.Columns)
	}
	return grid.Preview(s.Out, len(b.images), columns, rows, b.next())
}

// thinned is a board of some of its columns, the first and the last among them.
func (b *board) thinned(columns int) *board {
	less := board{width: columns}
	for i := range len(b.images) / b.width * columns {
		row, column := i/columns, i%columns
		at := 0
		if columns > 1 {
			at = column * (b.width - 1) / (columns - 1)
		}
		less.images = append(less.images, b.images[row*b.width+at])
	}
	return &less
}

// next hands out the images in order.
func (b *board) next() func(dst []float32) error {
	i := -1
	return func(dst []float32) error {
		i++
		return b.at(i/b.width, i%b.width, dst)
	}
}

// array writes images [N,D] as an array of so many dimensions before those of an image.
func (o *output) array(ctx context.Context, s console.Streams, shape config.Shape, images []float32, before ...int) error {
	axes := slices.Concat(before, imageAxes(shape))
	return o.write(ctx, s, func(w io.Writer) error {
		a, err := render.NewNPY(w, axes[0], axes[1:]...)
		if err != nil {
			return err
		}
		if err := a.Write(images); err != nil {
			return err
		}
		return a.Close()
	})
}

// each cuts images [N,D] into one slice an image.
func each(images []float32, pixels int) [][]float32 {
	return slices.Collect(slices.Chunk(images, pixels))
}
