package cli

import (
	"fmt"
	"io"
	"time"

	"github.com/schollz/progressbar/v3"

	"vae/internal/run"
	"vae/internal/train"
)

// notes prints messages for the person at the keyboard, unless told not to.
type notes struct {
	w     io.Writer
	quiet bool
}

func (n notes) printf(format string, args ...any) {
	if !n.quiet {
		fmt.Fprintf(n.w, format, args...)
	}
}

// observer shows training: a line an epoch, and on a terminal a bar within it.
type observer struct {
	streams Streams
	notes   notes
	term    string // name of the reconstruction term
	bar     *progressbar.ProgressBar
	drawn   time.Time
}

func newObserver(s Streams, n notes, term string) *observer {
	return &observer{streams: s, notes: n, term: term}
}

const redraw = 100 * time.Millisecond

func (o *observer) Step(p train.Progress) {
	if o.notes.quiet || !o.streams.ErrTerminal || p.Images < p.Of && time.Since(o.drawn) < redraw {
		return
	}
	o.drawn = time.Now()
	if o.bar == nil {
		o.bar = progressbar.NewOptions(p.Of*p.Epochs, // of the whole run, so that the time left is too
			progressbar.OptionSetWriter(o.streams.Err), progressbar.OptionSetWidth(20), progressbar.OptionClearOnFinish(),
			progressbar.OptionShowIts(), progressbar.OptionSetItsString("images"), progressbar.OptionSetPredictTime(true))
	}
	o.bar.Describe(fmt.Sprintf("epoch %d/%d  %.1f = %.1f + %.1f", p.Epoch, p.Epochs, p.Terms.Loss, p.Terms.Reconstruction, p.Terms.Loss-p.Terms.Reconstruction))
	_ = o.bar.Set((p.Epoch-1)*p.Of + p.Images) // a terminal that cannot be drawn on is no reason to stop training
}

func (o *observer) Epoch(row run.Row, best bool) {
	o.close()
	validated, mark := "", ""
	if row.ValLoss == row.ValLoss { // not NaN: there are validation images
		validated = fmt.Sprintf("   validation %.2f = %.2f + %.2f", row.ValLoss, row.ValReconstruction, row.ValLoss-row.ValReconstruction)
		if best {
			mark = " *"
		}
	}
	if row.Epoch == 1 {
		o.notes.printf("losses in nats per image: total = %s + KL; * best on the validation images so far\n", o.term)
	}
	o.notes.printf("epoch %3d   train %.2f = %.2f + %.2f%s   %s images/s   %s%s\n", row.Epoch, row.TrainLoss, row.TrainReconstruction,
		row.TrainLoss-row.TrainReconstruction, validated, comma(int(row.ImagesPerSecond)), seconds(time.Duration(row.Seconds*float64(time.Second))), mark)
}

func (o *observer) Warning(text string) {
	o.close()
	o.notes.printf("warning: %s\n", text)
}

// close takes the bar off the screen, until the next step draws it again.
func (o *observer) close() {
	if o.bar != nil {
		_ = o.bar.Clear()
	}
}

var _ train.Observer = (*observer)(nil)
