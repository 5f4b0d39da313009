package cli

import (
	"context"
	"fmt"
	"math"
	"sync"
	"time"

	"vae/internal/console"
	"vae/internal/run"
	"vae/internal/train"
)

// observer shows training: a line an epoch, and on a terminal a bar within it.
type observer struct {
	mu      sync.Mutex // what is printed comes from training, and from a signal
	streams console.Streams
	notes   console.Notes
	term    lossText
	bar     *console.Bar
	steps   bool // training is one in steps
	begun   bool // an epoch has been shown
}

func newObserver(s console.Streams, n console.Notes, term lossText) *observer {
	return &observer{streams: s, notes: n, term: term, bar: console.NewBar(s, n)}
}

func (o *observer) Step(p train.Progress) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.bar.Due(p.Images == p.Of) { // most steps: no words for them
		return
	}
	o.bar.Show(console.Progress{
		Done: (p.Epoch-1)*p.Of + p.Images, Of: p.Of * p.Epochs, Now: p.Images == p.Of,
		Place: fmt.Sprintf("epoch %d/%d", p.Epoch, p.Epochs), Figures: o.term.progress(p.Terms),
	})
}

func (o *observer) Epoch(row run.Row, best bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
	if !o.begun {
		o.begun = true
		for _, line := range o.legend(row) {
			o.notes.Printf("%s\n", line)
		}
	}
	forms := o.epoch(row)
	mark := ""
	if best && validated(row) {
		mark = " *"
	}
	line := forms[len(forms)-1]
	for _, form := range forms {
		if len(form)+len(mark) <= o.columns() {
			line = form
			break
		}
	}
	o.notes.Printf("%s%s\n", line, mark)
}

// columns is how wide a line may be.
func (o *observer) columns() int {
	if !o.streams.ErrTerminal {
		return math.MaxInt
	}
	columns, _ := o.streams.Size()
	return columns
}

func validated(row run.Row) bool { return !math.IsNaN(row.Validation.Loss) }

// legend explains the lines that follow, in two lines where one is too short.
func (o *observer) legend(row run.Row) []string {
	text, mark := o.term.legend(), "* best on the validation images so far"
	switch {
	case !validated(row):
		return []string{text}
	case len(text)+len(mark)+2 > o.columns():
		return []string{text, mark}
	}
	return []string{text + "; " + mark}
}

// epoch is the line of an epoch, in forms from the longest to the shortest.
func (o *observer) epoch(row run.Row) []string {
	validation := func(figures string) string {
		if !validated(row) {
			return ""
		}
		return "   validation " + figures
	}
	trained := fmt.Sprintf("epoch %3d   train %s%s", row.Epoch, o.term.figures(2, row.Train)+o.term.bits(row.Train), o.term.activation(row.Train.Activation))
	all, loss, valid := o.term.figures(2, row.Validation)+o.term.bits(row.Validation), console.Fixed(row.Train.Loss, 2), console.Fixed(row.Validation.Loss, 2)
	shortest := fmt.Sprintf("epoch %d  %s", row.Epoch, loss)
	if validated(row) {
		shortest += "  " + valid
	}
	return []string{
		fmt.Sprintf("%s%s   %s images/s   %s", trained, validation(all), console.Comma(int(row.ImagesPerSecond)), console.Seconds(time.Duration(row.Seconds*float64(time.Second)))),
		trained + validation(all),
		trained + validation(valid),
		fmt.Sprintf("epoch %3d   train %s", row.Epoch, loss) + validation(valid),
		shortest,
	}
}

func (o *observer) Warning(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
	o.notes.Printf("warning: %s\n", text)
}

func (o *observer) Note(text string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
	o.notes.Printf("%s\n", text)
}

// watch says, at once, that an interruption was heard. It must be ended by calling
// what it returns.
func (o *observer) watch(ctx context.Context) (end func()) {
	ended, done := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(done)
		select {
		case <-ctx.Done():
		case <-ended:
		}
		if ctx.Err() != nil {
			o.interrupted()
		}
	}()
	return func() {
		close(ended)
		<-done
	}
}

func (o *observer) interrupted() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
	if o.steps {
		o.notes.Printf("finishing what is under way; again to leave at once\n")
	}
}

// close takes the bar off the screen.
func (o *observer) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
}

var _ train.Observer = (*observer)(nil)
