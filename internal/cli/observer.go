package cli

import (
	"context"
	"fmt"
	"sync"
	"time"

	"vae/internal/console"
	"vae/internal/run"
	"vae/internal/train"
)

// observer shows training: a line an epoch, and on a terminal a bar within it.
type observer struct {
	mu    sync.Mutex // what is printed comes from training, and from a signal
	notes console.Notes
	term  lossText
	bar   *console.Bar
	steps bool // training is one in steps
	begun bool // an epoch has been shown
}

func newObserver(s console.Streams, n console.Notes, term lossText) *observer {
	return &observer{notes: n, term: term, bar: console.NewBar(s, n)}
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
	validated, mark := "", ""
	if row.Validation.Loss == row.Validation.Loss { // not NaN: there are validation images
		validated = "   validation " + o.term.figures(2, row.Validation)
		if best {
			mark = " *"
		}
	}
	if !o.begun {
		o.begun = true
		o.notes.Printf("%s; * best on the validation images so far\n", o.term.legend())
	}
	o.notes.Printf("epoch %3d   train %s%s%s   %s images/s   %s%s\n", row.Epoch,
		o.term.figures(2, row.Train), o.term.activation(row.Train.Activation), validated, console.Comma(int(row.ImagesPerSecond)), console.Seconds(time.Duration(row.Seconds*float64(time.Second))), mark)
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
		o.notes.Printf("finishing the step; again to leave at once\n")
	}
}

// close takes the bar off the screen.
func (o *observer) close() {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.bar.Clear()
}

var _ train.Observer = (*observer)(nil)
