package render

import (
	"fmt"
	"io"
	"strconv"

	"vae/internal/config"
)

const (
	previewGap  = 1  // pixels between images, across and down
	previewSide = 14 // pixels: images are not made smaller than this only to show more of them
)

// Preview draws images in block characters, two pixels to a character cell, for a terminal of
// that many columns (80 if less than 1) and rows (no limit if less than 1). Images keep their
// size if all fit; else they are reduced by area averaging, to no less than 14 pixels unless one
// image alone needs it. As many as fit stand in a row, at most Columns if that is set. What does
// not fit is not drawn, and next is not called for it: the last line says how many are left. Scale and
// Padding are ignored. An error of next other than ErrEmpty, or of w, ends the drawing and is
// returned.
func (g Grid) Preview(w io.Writer, n, terminalColumns, terminalRows int, next func(dst []float32) error) error {
	if err := g.check(); err != nil {
		return err
	}
	if n < 1 {
		return fmt.Errorf("%s: at least one image is needed", config.Mention("number", strconv.Itoa(n)))
	}
	f := g.fit(n, terminalColumns, terminalRows)
	shown := n
	if f.rows <= (n-1)/f.columns {
		shown = f.rows * f.columns
	}
	if err := newCanvas(w, g, f).draw(shown, next); err != nil {
		return fmt.Errorf("drawing the preview: %w", err)
	}
	if shown == n {
		return nil
	}
	_, err := fmt.Fprintf(w, "… and %d more\n", n-shown)
	return err
}

// PreviewColumns is the number of images that Preview puts in a row.
func (g Grid) PreviewColumns(n, terminalColumns, terminalRows int) int {
	if g.check() != nil || n < 1 {
		return 1
	}
	return g.fit(n, terminalColumns, terminalRows).columns
}

// fitting is how images stand in a terminal.
type fitting struct {
	width, height int // of one image, in pixels, after reduction
	columns, rows int // images in a row, rows of images
}

// fit finds the least reduction that shows n images, or the greatest allowed if none does.
func (g Grid) fit(n, columns, rows int) fitting {
	if columns < 1 {
		columns = 80
	}
	least := max(1, float64(g.Width)/float64(columns))
	if rows > 0 {
		least = max(least, float64(g.Height)/float64(2*max(1, rows-2)))
	}
	f := g.arrange(n, columns, rows, least)
	for factor := 2.0; (n-1)/f.columns >= f.rows; factor++ {
		smaller := g.arrange(n, columns, rows, least*factor)
		if min(smaller.width, smaller.height) < previewSide {
			break
		}
		f = smaller
	}
	return f
}

// arrange places n images reduced by a factor of at least 1. One line of the terminal is kept for
// the prompt, and another for the last line if not all images fit.
func (g Grid) arrange(n, columns, rows int, factor float64) fitting {
	f := fitting{width: max(1, int(float64(g.Width)/factor)), height: max(1, int(float64(g.Height)/factor))}
	f.columns = min(n, max(1, (columns+previewGap)/(f.width+previewGap)))
	if g.Columns > 0 {
		f.columns = min(f.columns, g.Columns)
	}
	f.rows = 1 + (n-1)/f.columns
	if rows < 1 || f.lines(f.rows) <= rows-1 {
		return f
	}
	f.rows = max(1, (2*(rows-2)+previewGap)/(f.height+previewGap))
	return f
}

// lines is the number of lines that so many rows of images take.
func (f fitting) lines(rows int) int { return (rows*(f.height+previewGap) - previewGap + 1) / 2 }
