package cli

import (
	"context"
	"fmt"
	"io"
	"strconv"

	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/render/plot"
	"vae/internal/walk"
)

// write draws or writes the traversal to where the result goes.
func (t *traversal) write(ctx context.Context, s console.Streams) error {
	var values [][]float64
	for _, a := range t.along {
		values = append(values, t.values(a))
	}
	p, images, err := t.decode(ctx, walk.Traverse(t.point, t.along, values))
	if err != nil {
		return err
	}
	if !t.out.preview(s) {
		t.tell()
	}
	switch t.out.format {
	case "npy":
		return t.out.array(ctx, s, t.model.Shape(), images, len(t.along), len(t.across.places))
	case "csv":
		return t.out.write(ctx, s, func(w io.Writer) error { return t.table(w, p, t.names(values)) })
	}
	if err := t.draw(ctx, s, values, images); err != nil {
		return err
	}
	if t.out.preview(s) { // above the picture it would scroll away
		t.tell()
	}
	return nil
}

// names are those of the points, in a table.
func (t *traversal) names(values [][]float64) []string {
	var names []string
	for i, a := range t.along {
		for _, v := range values[i] {
			names = append(names, t.nameOf(a)+"="+strconv.FormatFloat(v, 'g', 4, 64))
		}
	}
	return names
}

// tell says what is drawn.
func (t *traversal) tell() {
	if t.remark != "" {
		t.notes.Printf("%s\n", t.remark)
	}
	t.notes.Printf("%s, %s\n", t.origin(), t.note())
	if t.out.format != "csv" {
		t.notes.Printf("rows: %s\n", listedRows(t.labels))
	}
}

// note says what the values and the figures are.
func (t *traversal) note() string {
	if key := t.key(); key != "" {
		return t.across.note + "; " + key
	}
	return t.across.note
}

// listedRows names the first rows of many.
func listedRows(labels []string) string {
	const most = 20
	text := ""
	for i, label := range labels {
		if i == most {
			return text + fmt.Sprintf(" and %d more", len(labels)-most)
		}
		if i > 0 {
			text += "; "
		}
		text += label
	}
	return text
}

// draw draws the traversal, or a film of it.
func (t *traversal) draw(ctx context.Context, s console.Streams, values [][]float64, images []float32) error {
	if t.out.format == "gif" {
		return t.film(ctx, s, images)
	}
	b := t.board(values, images)
	return b.write(ctx, &t.out, s)
}

// board is the picture.
func (t *traversal) board(values [][]float64, images []float32) board {
	shape := t.model.Shape()
	b := board{
		shape: shape, title: t.title(), note: t.note(),
		rows: t.labels, columns: t.across.texts, width: len(t.across.texts), images: each(images, shape.Pixels()),
	}
	if t.image != nil {
		own := make([]int, len(t.along))
		for i, a := range t.along {
			own[i] = t.nearest(a, values[i])
		}
		b.framed = func(row, column int) bool { return own[row] == column }
	}
	return b
}

func (t *traversal) title() string {
	what := "Latent traversal"
	switch {
	case t.axes == principalRows:
		what = "Traversal along principal axes of the codes"
	case t.along[0].Places > 0:
		what = "Traversal of channels of the map of latents"
	}
	if class := t.classed(); class != "" {
		what += ", " + class + ","
	}
	return what + " " + t.origin()
}

// maxFilmStrip is the most rows whose film is one strip with the names above; of more the images
// stand in a nearly square grid.
const maxFilmStrip = 16

// film shows all rows at once, a column a frame, there and back.
func (t *traversal) film(ctx context.Context, s console.Streams, images []float32) error {
	n := len(t.along)
	order, frames := columnFrames(n, len(t.across.places))
	what := "value "
	if t.across.quantiles {
		what = "quantile "
	}
	if n == 1 {
		what = t.nameOf(t.along[0]) + ", " + what
	}
	texts := captions(what, t.across.texts, order)
	if n == 1 || n > maxFilmStrip {
		return t.out.reel(ctx, s, t.model.Shape(), images, frames, texts, hundredths(t.traverseOptions.film.delay))
	}
	return t.strip(ctx, s, images, frames, texts)
}

// strip is a film of one row of images with the names of the latents above and texts below; of each
// frame it is given the numbers of its images, among images [N,D].
func (t *traversal) strip(ctx context.Context, s console.Streams, images []float32, frames [][]int, texts []string) error {
	shape, n := t.model.Shape(), len(t.along)
	g := plot.Gallery{Height: shape.Height, Width: shape.Width, Channels: shape.Channels, Enlarge: t.out.enlarge}
	for _, a := range t.along {
		g.Columns = append(g.Columns, t.nameOf(a))
	}
	width, height, err := g.Size(1, n)
	if err != nil {
		return console.Usage(err)
	}
	f := render.Film{Width: width, Height: height, Channels: shape.Channels, Delay: hundredths(t.traverseOptions.film.delay)}
	return t.out.captioned(ctx, s, plot.Captions{Film: f, Texts: texts, Indent: plot.GalleryMargin}, func(dst []uint8, frame int) error {
		picture, err := g.Image(1, n, func(_, row int, dst []float32) error {
			copy(dst, images[frames[frame][row]*shape.Pixels():])
			return nil
		})
		copy(dst, picture.Pixels)
		return err
	})
}
