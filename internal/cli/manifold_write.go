package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"

	"vae/internal/console"
	"vae/internal/walk"
)

// path is the points of the grid, row by row from the top, or of the strip.
func (m *manifold) path() walk.Path {
	if len(m.along) == 1 {
		return walk.Traverse(m.point, m.along, m.values)
	}
	return walk.Grid(m.point, m.along[0], m.along[1], m.values[0], m.values[1])
}

// write draws or writes the manifold to where the result goes.
func (m *manifold) write(ctx context.Context, s console.Streams) error {
	p, images, err := m.decode(ctx, m.path())
	if err != nil {
		return err
	}
	if !m.out.preview(s) {
		m.tell()
	}
	switch m.out.format {
	case "npy":
		return m.out.array(ctx, s, m.model.Shape(), images, m.rows(), m.side)
	case "csv":
		return m.out.write(ctx, s, func(w io.Writer) error { return m.table(w, p, m.names()) })
	}
	b := m.board(images)
	if err := b.write(ctx, &m.out, s); err != nil {
		return err
	}
	if m.out.preview(s) { // above the picture it would scroll away
		m.tell()
	}
	return nil
}

func (m *manifold) tell() {
	if m.remark != "" {
		m.notes.Printf("%s\n", m.remark)
	}
	m.notes.Printf("%s\n", m.note)
}

// rows is how many rows of images there are.
func (m *manifold) rows() int {
	if len(m.along) == 1 {
		return 1
	}
	return m.side
}

// names are those of the points, in a table.
func (m *manifold) names() []string {
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
	var names []string
	for row := range m.rows() {
		for _, x := range m.values[0] {
			name := m.nameOf(m.along[0]) + "=" + number(x)
			if len(m.along) > 1 {
				name += " " + m.nameOf(m.along[1]) + "=" + number(m.values[1][m.side-1-row])
			}
			names = append(names, name)
		}
	}
	return names
}

// board is the picture.
func (m *manifold) board(images []float32) board {
	shape := m.model.Shape()
	b := board{
		shape: shape, title: m.title(), note: m.note,
		across: m.edge(m.along[0]), columns: fixed(m.values[0]), below: true,
		width: m.side, images: each(images, shape.Pixels()), touching: true,
	}
	if len(m.along) > 1 {
		b.up, b.rows = m.edge(m.along[1]), fixed(m.values[1])
		slices.Reverse(b.rows)
	}
	return b
}

// edge is what stands at the edge along which an axis goes.
func (m *manifold) edge(a walk.Axis) string {
	of := ""
	if a.Vector != nil {
		of = " of the codes"
	}
	if share, ok := m.space.Share(a); ok {
		return fmt.Sprintf("%s (%s %% of the variance%s)", m.nameOf(a), console.Fixed(100*share, 1), of)
	}
	return m.nameOf(a)
}

func (m *manifold) title() string {
	title := "Images along " + m.nameOf(m.along[0])
	switch {
	case m.along[0].Vector != nil:
		title = "Manifold of the first two principal axes of the codes"
	case len(m.along) > 1:
		title = fmt.Sprintf("Manifold of %s and %s", m.nameOf(m.along[0]), m.nameOf(m.along[1]))
	}
	if m.classed() != "" {
		title += ", " + m.classed()
	}
	return title
}

// fixed are values as texts.
func fixed(values []float64) []string {
	texts := make([]string, len(values))
	for i, v := range values {
		texts[i] = console.Fixed(v, 2)
	}
	return texts
}
