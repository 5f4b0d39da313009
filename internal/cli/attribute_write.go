package cli

import (
	"fmt"
	"io"
	"math"
	"slices"

	"vae/internal/console"
)

// attributeFigures are what --json prints. A figure that is not known is null.
type attributeFigures struct {
	Model         string    `json:"model"`
	With          int       `json:"with"`    // images
	Without       int       `json:"without"` // images
	Length        float64   `json:"length"`
	StandardError *float64  `json:"standard_error"`
	Right         *float64  `json:"right"`
	AUROC         *float64  `json:"auroc"`
	Direction     []float64 `json:"direction"`
}

func (w *attributing) figures() attributeFigures {
	l, d := w.model.Latent(), w.direction
	known := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	return attributeFigures{
		Model: w.model.file, With: len(w.some.codes) / l, Without: len(w.others.codes) / l,
		Length: d.Length, StandardError: known(d.Error), Right: known(d.Right), AUROC: known(d.AUROC), Direction: d.Vector,
	}
}

// tell says what the direction is made of, and how sure it is.
func (w *attributing) tell() {
	l := w.model.Latent()
	w.notes.Printf("%s with the attribute, %s without: the direction has length %.3g\n",
		console.Count(len(w.some.codes)/l, "image"), console.Count(len(w.others.codes)/l, "image"), w.direction.Length)
	w.notes.Printf("%s\n", w.sureness())
}

// sureness says how sure the direction is.
func (w *attributing) sureness() string {
	switch d := w.direction; {
	case d.Length == 0:
		return "both have the same mean code: there is no direction, and nothing changes"
	case math.IsNaN(d.Error):
		return "how sure it is cannot be said of a single image: it takes two of each kind at least"
	case d.Error == 0:
		return fmt.Sprintf("its standard error is 0; it tells %.1f %% of held-out images rightly (AUROC %.3f)", 100*d.Right, d.AUROC)
	default:
		return fmt.Sprintf("%.1f times its standard error (chance alone: about 1); it tells %.1f %% of held-out images rightly (AUROC %.3f)",
			d.Length/d.Error, 100*d.Right, d.AUROC)
	}
}

// draw writes the images.
func (w *attributing) draw(s console.Streams) error {
	n, shape := len(w.places), w.model.Shape()
	if w.out.format == "csv" {
		return w.out.write(w.ctx, s, w.table)
	}
	images, err := w.decode(w.ctx, w.points, w.mixes)
	if err != nil {
		return err
	}
	switch w.out.format {
	case "npy":
		return w.out.array(w.ctx, s, shape, images, len(w.rows), n)
	case "gif":
		order, frames := columnFrames(len(w.rows), n)
		return w.out.reel(w.ctx, s, shape, images, frames, captions("strength ", ticks(w.places, ""), order), hundredths(w.film.delay))
	}
	return w.board(images).write(w.ctx, &w.out, s)
}

// board is the picture: originals, if there are any, and strengths.
func (w *attributing) board(images []float32) *board {
	b := &board{
		shape: w.model.Shape(), width: len(w.places), columns: ticks(w.places, ""),
		title: fmt.Sprintf("%s less %s", w.some.name, w.others.name),
		note:  w.sureness(), across: "strength",
	}
	original := slices.ContainsFunc(w.rows, func(r *codeSet) bool { return r.image != nil })
	if original {
		b.width++
		b.columns = append([]string{"original"}, b.columns...)
	}
	decoded := each(images, b.shape.Pixels())
	for i, row := range w.rows {
		b.rows = append(b.rows, row.name)
		if original {
			b.images = append(b.images, row.image)
		}
		b.images = append(b.images, decoded[i*len(w.places):(i+1)*len(w.places)]...)
	}
	return b
}

// table writes the codes of the picture.
func (w *attributing) table(out io.Writer) error {
	rows, n := w.codeRows(out, true, "strength"), len(w.places)
	for i := range w.points.Len() {
		rows.row([]string{w.rows[i/n].name}, weights(w.mixes, i), []float32{float32(w.places[i%n])}, w.points.At(i))
	}
	return rows.close()
}
