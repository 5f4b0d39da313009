package cli

import (
	"fmt"
	"math"
	"time"

	"github.com/schollz/progressbar/v3"

	"vae/internal/console"
	"vae/internal/train"
)

const (
	redraw = 100 * time.Millisecond
	settle = 500 * time.Millisecond // what a rate is measured over, at least
)

// bar is the progress of training on a terminal. A nil bar shows nothing.
type bar struct {
	streams console.Streams
	drawn   time.Time
	started time.Time
	before  int // images done when the bar was first shown
	shown   *progressbar.ProgressBar
}

// show draws the bar anew, unless it has just been drawn.
func (b *bar) show(p train.Progress) {
	if b == nil || p.Images < p.Of && time.Since(b.drawn) < redraw {
		return
	}
	b.drawn = time.Now()
	done := (p.Epoch-1)*p.Of + p.Images
	if b.shown == nil {
		b.started, b.before = b.drawn, done
	}
	columns, _ := b.streams.Size()
	width := barWidth(columns)
	if b.shown == nil {
		b.shown = progressbar.NewOptions(p.Of*p.Epochs, // of the whole run
			progressbar.OptionSetWriter(b.streams.Err), progressbar.OptionSetWidth(width), progressbar.OptionClearOnFinish(),
			progressbar.OptionSetPredictTime(false), progressbar.OptionSetElapsedTime(false))
	}
	b.shown.Describe(progressText(p, b.rate(done), columns-width-len("  100% || ")))
	_ = b.shown.Set(done) // a terminal that cannot be drawn on is no reason to stop training
}

// rate is the images a second since the bar was first shown, validation included; 0
// as long as that says little.
func (b *bar) rate(done int) float64 {
	elapsed := b.drawn.Sub(b.started)
	if elapsed < settle {
		return 0
	}
	return float64(done-b.before) / elapsed.Seconds()
}

// clear takes the bar off the screen, until it is drawn again.
func (b *bar) clear() {
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

// progressText puts as much of the progress in words as room columns take, with
// the time left at the given images a second; 0 is unknown.
func progressText(p train.Progress, rate float64, room int) string {
	epoch := fmt.Sprintf("epoch %d/%d", p.Epoch, p.Epochs)
	loss := fmt.Sprintf("  %.1f = %.1f + %.1f", p.Terms.Loss, p.Terms.Reconstruction, p.Terms.Loss-p.Terms.Reconstruction)
	speed, left := "", ""
	if rate > 0 {
		images := (p.Epochs-p.Epoch)*p.Of + p.Of - p.Images
		speed = fmt.Sprintf("  %s images/s", console.Comma(int(rate)))
		seconds := min(math.Ceil(float64(images)/rate), 1e9) // a Duration holds some more
		left = fmt.Sprintf("  left %v", time.Duration(seconds)*time.Second)
	}
	for _, text := range []string{epoch + loss + speed + left, epoch + loss + left, epoch + left} {
		if len(text) <= room {
			return text
		}
	}
	return epoch
}
