package cli

import (
	"math"
	"strings"
	"testing"
	"time"

	"vae/internal/console"
	"vae/internal/evaluate"
	"vae/internal/train"
)

func TestProgressText(t *testing.T) {
	p := train.Progress{Epoch: 3, Epochs: 20, Images: 50, Of: 100, Terms: evaluate.Terms{Loss: 103.14, Reconstruction: 80.04}}
	for _, c := range []struct {
		rate float64
		room int
		want string
	}{
		{0, 100, "epoch 3/20  103.1 = 80.0 + 23.1"},
		{25, 100, "epoch 3/20  103.1 = 80.0 + 23.1  25 images/s  left 1m10s"},
		{25000, 100, "epoch 3/20  103.1 = 80.0 + 23.1  25,000 images/s  left 1s"},
		{25, 50, "epoch 3/20  103.1 = 80.0 + 23.1  left 1m10s"},
		{25, 40, "epoch 3/20  left 1m10s"},
		{25, 15, "epoch 3/20"},
		{25, -5, "epoch 3/20"},
		{1e-300, 40, "epoch 3/20  left 277777h46m40s"},
	} {
		if got := progressText(p, c.rate, c.room); got != c.want {
			t.Errorf("rate %g, room %d: got %q, want %q", c.rate, c.room, got, c.want)
		}
	}
}

// TestBar: there is no rate before it is measured over half a second, and no line
// is wider than the terminal.
func TestBar(t *testing.T) {
	for _, columns := range []int{20, 60, 80, 200} {
		var out strings.Builder
		b := &bar{streams: console.Streams{Err: &out, Size: func() (int, int) { return columns, 24 }}}
		p := train.Progress{Epoch: 1, Epochs: 20, Images: 100, Of: 100, ImagesPerSecond: math.Inf(1)}
		b.show(p)
		p.Epoch = 2
		b.show(p)
		if strings.Contains(out.String(), "left") {
			t.Errorf("%d columns: time left after no time; %q", columns, out.String())
		}
		b.started = b.started.Add(-2 * time.Second)
		p.Epoch = 5
		b.show(p)
		if got := b.rate(500); !(got > 150 && got <= 200) {
			t.Errorf("%d columns: rate %v, want 400 images in 2 s", columns, got)
		}
		if strings.Contains(out.String(), "left 8s") != (columns > 20) {
			t.Errorf("%d columns: %q", columns, out.String())
		}
		for line := range strings.SplitSeq(out.String(), "\r") {
			if n := len([]rune(strings.TrimRight(line, " "))); n >= max(columns, 30) {
				t.Errorf("%d columns: a line of %d, %q", columns, n, line)
			}
		}
	}
}
