package console

import (
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/schollz/progressbar/v3"
)

const (
	redraw = 100 * time.Millisecond
	settle = 500 * time.Millisecond // what a rate is measured over, at least
)

// Progress is how far long work over images is.
type Progress struct {
	Done, Of int    // images, of all the work
	Now      bool   // show it even if the bar has just been drawn
	Place    string // in the work: "epoch 3/20"
	// Figures are what else is to be seen, in forms from the longest to the shortest,
	// of which the first is shown that there is room for.
	Figures []string
}

// Bar is the progress of long work on a terminal. A nil bar shows nothing.
type Bar struct {
	streams Streams
	drawn   time.Time
	started time.Time
	before  int // images done when the bar was first shown
	shown   *progressbar.ProgressBar
}

// NewBar returns a bar on stderr; nil where nobody would see it.
func NewBar(s Streams, n Notes) *Bar {
	if !s.ErrTerminal || n.Quiet {
		return nil
	}
	return &Bar{streams: s}
}

// Due reports whether Show would draw the bar now, which with now it does even if it has
// just been drawn.
func (b *Bar) Due(now bool) bool { return b != nil && (now || time.Since(b.drawn) >= redraw) }

// Show draws the bar anew, unless it has just been drawn.
func (b *Bar) Show(p Progress) {
	if !b.Due(p.Now) {
		return
	}
	b.drawn = time.Now()
	if b.shown == nil {
		b.started, b.before = b.drawn, p.Done
	}
	columns, _ := b.streams.Size()
	width := barWidth(columns)
	if b.shown == nil {
		b.shown = progressbar.NewOptions(p.Of,
			progressbar.OptionSetWriter(b.streams.Err), progressbar.OptionSetWidth(width), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false))
	}
	b.shown.Describe(p.text(b.rate(p.Done), columns-width-len("  100% || ")))
	_ = b.shown.Set(p.Done) // a terminal that cannot be drawn on is no reason to stop the work
}

// rate is the images a second since the bar was first shown, pauses included; 0 as
// long as that says little.
func (b *Bar) rate(done int) float64 {
	elapsed := b.drawn.Sub(b.started)
	if elapsed < settle {
		return 0
	}
	return float64(done-b.before) / elapsed.Seconds()
}

// Clear takes the bar off the screen, until it is drawn again.
func (b *Bar) Clear() {
	if b != nil && b.shown != nil {
		_ = b.shown.Clear()
	}
}

func barWidth(columns int) int {
	if columns < 100 {
		return 6
	}
	return 20
}

// text puts as much of the progress in words as room columns take, with the time left
// at the given images a second; 0 is unknown.
func (p Progress) text(rate float64, room int) string {
	speed, left := "", ""
	if rate > 0 {
		speed = fmt.Sprintf("  %s images/s", Comma(int(rate)))
		seconds := min(math.Ceil(float64(p.Of-p.Done)/rate), 1e9) // a Duration holds some more
		left = fmt.Sprintf("  left %v", time.Duration(seconds)*time.Second)
	}
	forms := make([]string, 0, 3)
	for i, figures := range p.Figures {
		if i == 0 {
			forms = append(forms, p.Place+"  "+figures+speed+left)
		}
		forms = append(forms, p.Place+"  "+figures+left)
	}
	for _, form := range append(forms, p.Place+left) {
		if utf8.RuneCountInString(form) <= room {
			return form
		}
	}
	return p.Place
}
