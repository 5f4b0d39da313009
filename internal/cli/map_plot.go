package cli

import (
	"io"

	"vae/internal/console"
	"vae/internal/render/plot"
)

// draw draws the map.
func (w *mapping) draw() error {
	p := plot.Scatter{
		Title: w.title(), Note: w.figures(), XLabel: w.laid.Axes[0], YLabel: w.laid.Axes[1], Classes: w.labels.names, Scale: w.scale,
		NoAxes: w.laid.Axes[0] == "", Images: w.drawnImages(), Marks: w.marks(),
	}
	if p.NoAxes {
		p.XLabel = w.meaning()
	}
	tellKey(w.notes, p)
	at := w.points()
	return w.out.write(w.ctx, w.streams, func(out io.Writer) error {
		if w.out.format == "svg" {
			return p.SVG(out, w.base.len(), at)
		}
		return p.PNG(out, w.base.len(), at)
	})
}

// points are those of the map.
func (w *mapping) points() func(i int) plot.Point {
	labels := w.labels.of(w.base)
	return func(i int) plot.Point {
		p := plot.Point{X: w.laid.Places[2*i], Y: w.laid.Places[2*i+1], Class: plot.NoClass}
		if labels != nil && labels[i] >= 0 {
			p.Class = labels[i]
		}
		return p
	}
}

// marks are what was put on the map.
func (w *mapping) marks() (marks []plot.Mark) {
	labels := w.labels.of(w.fresh)
	for i := range w.fresh.len() {
		m := plot.Mark{Point: plot.Point{X: w.fresh.places[2*i], Y: w.fresh.places[2*i+1], Class: plot.NoClass}, Text: console.ValidText(w.fresh.names[i])}
		if labels != nil && labels[i] >= 0 {
			m.Class = labels[i]
		}
		if t := w.fresh.images; t != nil {
			m.Image = make([]float32, t.shape.Pixels())
			t.write(m.Image, i)
		}
		marks = append(marks, m)
	}
	return marks
}

// drawnImages are the images of the map, to be drawn in place of points; nil where none are
// wanted.
func (w *mapping) drawnImages() *plot.Thumbnails {
	t := w.base.images
	if t == nil {
		return nil
	}
	return &plot.Thumbnails{Height: t.shape.Height, Width: t.shape.Width, Channels: t.shape.Channels, At: func(i int, dst []float32) error {
		t.write(dst, i)
		return nil
	}}
}
