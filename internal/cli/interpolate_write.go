package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/walk"
)

// maxInRow is how many images of a path stand in one row of a picture.
const maxInRow = 24

// walk goes from one image to another.
func (w *interpolating) walk(s console.Streams) error {
	a, b := w.ends[0], w.ends[1]
	way := w.between(w.path, a, b)
	var err error
	if w.path == graphPath {
		if way, err = w.graph(s); err != nil {
			return err
		}
	}
	if slices.Equal(a.code, b.code) && a.class == b.class {
		w.notes.Printf("%s and %s have the same code: nothing changes on the way\n", a.name, b.name)
	}
	note, err := w.tellContinuity(way)
	if err != nil {
		return err
	}
	w.tellLabels()
	if err := w.fits(w.n); err != nil {
		return err
	}
	points, mix := way(w.n)
	images, err := w.decode(w.ctx, points, mix)
	if err != nil {
		return err
	}
	switch w.out.format {
	case "gif":
		return w.reel(s, images)
	case "npy":
		return w.out.array(w.ctx, s, w.model.Shape(), images, w.n)
	case "csv":
		return w.out.write(w.ctx, s, func(out io.Writer) error { return w.table(out, points, mix, []string{"t"}, w.n) })
	}
	return w.strip(images, note).write(w.ctx, &w.out, s)
}

// reel is the way as a film, each frame with how far it has come.
func (w *interpolating) reel(s console.Streams, images []float32) error {
	order := filmOrder(w.n, w.film.loop)
	var frames [][]int
	var texts []string
	for _, i := range order {
		frames = append(frames, []int{i})
		texts = append(texts, wayText(i, w.n)+" of the way")
	}
	return w.out.reel(w.ctx, s, w.model.Shape(), images, frames, texts, hundredths(w.film.delay))
}

// wayText is how far image i of n on a way has come, 0.00 to 1.00.
func wayText(i, n int) string { return console.Fixed(float64(i)/float64(n-1), 2) }

// tellContinuity says how evenly the image changes on the way, and on the straight one; the note is
// for the picture.
func (w *interpolating) tellContinuity(way course) (note string, err error) {
	got, err := w.continuity(way)
	if err != nil {
		return "", err
	}
	note = fmt.Sprintf("continuity %.2f", got)
	if w.path != straightPath {
		straight, err := w.continuity(w.between(straightPath, w.ends[0], w.ends[1]))
		if err != nil {
			return "", err
		}
		note += fmt.Sprintf(", of the straight way %.2f", straight)
	}
	w.notes.Printf("%s (1: the image changes evenly on the way; %.1f: in one jump)\n", note, 1./walk.MeasuredSteps)
	return note, nil
}

// tellLabels says where a conditional model is given two labels at once.
func (w *interpolating) tellLabels() {
	var classes []string
	for _, end := range w.ends {
		if end.class >= 0 && !slices.Contains(classes, w.model.Classes()[end.class]) {
			classes = append(classes, w.model.Classes()[end.class])
		}
	}
	if len(classes) > 1 {
		w.notes.Printf("labels %s: on the way they are mixed by weight\n", console.Listed(classes))
	}
}

// fits refuses more images than memory is meant for.
func (w *interpolating) fits(n int) error {
	if pixels := w.model.Shape().Pixels(); n > maxStrip/4/max(pixels, w.model.Latent()) {
		return usagef("-n %d: so many images of %v are too large: lower -n", w.n, w.model.Shape())
	}
	return nil
}

// title is the kind at the beginning of a title.
func (p pathKind) title() string { return strings.ToUpper(string(p[:1])) + string(p[1:]) }

// strip is the way in one row, or in several, between the two originals.
func (w *interpolating) strip(images []float32, note string) *board {
	a, b := w.ends[0], w.ends[1]
	board := &board{
		shape: w.model.Shape(), images: each(images, w.model.Shape().Pixels()),
		title: fmt.Sprintf("%s path from %s to %s", w.path.title(), a.name, b.name), note: note,
	}
	for i := range w.n {
		board.columns = append(board.columns, wayText(i, w.n))
	}
	if a.image != nil {
		board.images = slices.Concat([][]float32{a.image}, board.images, [][]float32{b.image})
		board.columns = slices.Concat([]string{"original"}, board.columns, []string{"original"})
	}
	if board.width = len(board.images); board.width > maxInRow {
		if board.columns = nil; a.image != nil {
			board.note += "; the first image and the last are the originals"
		}
		grid := render.Grid{Width: board.shape.Width, Height: board.shape.Height, Scale: 1}
		board.width = int(math.Ceil(grid.IdealColumns(len(board.images))))
	}
	return board
}

// table writes points as CSV, where they lie before them: per is how many there are of each
// coordinate.
func (w *interpolating) table(out io.Writer, points, mix walk.Path, names []string, per int) error {
	rows := w.codeRows(out, false, names...)
	for i := range points.Len() {
		var numbers []float32
		for at := i; len(numbers) < len(names); at /= per {
			numbers = append(numbers, float32(at%per)/float32(per-1))
		}
		rows.row(nil, weights(mix, i), numbers, points.At(i))
	}
	return rows.close()
}

// square fills the square between four images, or goes round it.
func (w *interpolating) square(s console.Streams) error {
	w.tellLabels()
	if err := w.tellEdges(); err != nil {
		return err
	}
	if w.out.format == "gif" {
		return w.tour(s)
	}
	if err := w.fits(w.n * w.n); err != nil {
		return err
	}
	var codes, classes [4][]float32
	for i, end := range w.ends {
		if codes[i] = end.code; end.class >= 0 {
			classes[i] = w.model.oneHot(end.class)
		}
	}
	points, mix := walk.Corners(codes, w.n, w.n, w.line(w.path)), walk.Path{}
	if classes[0] != nil {
		mix = walk.Corners(classes, w.n, w.n, walk.Line)
	}
	images, err := w.decode(w.ctx, points, mix)
	if err != nil {
		return err
	}
	switch w.out.format {
	case "npy":
		return w.out.array(w.ctx, s, w.model.Shape(), images, w.n, w.n)
	case "csv":
		return w.out.write(w.ctx, s, func(out io.Writer) error { return w.table(out, points, mix, []string{"x", "y"}, w.n) })
	}
	return w.corners(images).write(w.ctx, &w.out, s)
}

// roundSquare are the ends of the ways round the square: A to B, D, C and A.
var roundSquare = [4][2]int{{0, 1}, {1, 3}, {3, 2}, {2, 0}}

// edgeName is that of way i round the square, without folders.
func (w *interpolating) edgeName(i int) string {
	e := roundSquare[i]
	return filepath.Base(w.ends[e[0]].name) + " to " + filepath.Base(w.ends[e[1]].name)
}

// edges are the ways round the square.
func (w *interpolating) edges() []course {
	var edges []course
	for _, e := range roundSquare {
		edges = append(edges, w.between(w.path, w.ends[e[0]], w.ends[e[1]]))
	}
	return edges
}

// tellEdges says how even the edges of the square are.
func (w *interpolating) tellEdges() error {
	var sum float64
	for _, edge := range w.edges() {
		c, err := w.continuity(edge)
		if err != nil {
			return err
		}
		sum += c / 4
	}
	w.notes.Printf("continuity %.2f along the edges, in the mean (1: the image changes evenly; %.1f: in one jump)\n", sum, 1./walk.MeasuredSteps)
	return nil
}

// tour is a film round the square, which stands still at each corner.
func (w *interpolating) tour(s console.Streams) error {
	var images []float32
	var frames [][]int
	var texts []string
	side := max(2, w.n/4+1)
	if err := w.fits(4 * side); err != nil {
		return err
	}
	for i, edge := range w.edges() {
		points, mix := edge(side)
		decoded, err := w.decode(w.ctx, points, mix)
		if err != nil {
			return err
		}
		images = append(images, decoded...)
		for j := range side - 1 + filmPause {
			at := max(0, j-filmPause)
			frames = append(frames, []int{i*side + at})
			texts = append(texts, w.edgeName(i)+", "+wayText(at, side))
		}
	}
	return w.out.reel(w.ctx, s, w.model.Shape(), images, frames, texts, hundredths(w.film.delay))
}

// corners is the square, the originals beside its corners.
func (w *interpolating) corners(images []float32) *board {
	shape := w.model.Shape()
	b := &board{
		shape: shape, width: w.n + 2,
		title: w.path.title() + " paths between four images",
		note:  fmt.Sprintf("%s and %s above, %s and %s below", w.ends[0].name, w.ends[1].name, w.ends[2].name, w.ends[3].name),
	}
	b.columns = slices.Concat([]string{"original"}, make([]string, w.n), []string{"original"})
	rows := slices.Collect(slices.Chunk(each(images, shape.Pixels()), w.n))
	for i, row := range rows {
		left, right := []float32(nil), []float32(nil)
		switch i {
		case 0:
			left, right = w.ends[0].image, w.ends[1].image
		case w.n - 1:
			left, right = w.ends[2].image, w.ends[3].image
		}
		b.images = slices.Concat(b.images, [][]float32{left}, row, [][]float32{right})
	}
	return b
}
