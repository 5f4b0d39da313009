package console

import (
	"strings"
	"testing"
	"time"
)

func TestProgressText(t *testing.T) {
	p := Progress{Done: 250, Of: 2000, Place: "epoch 3/20", Figures: []string{"103.1 = 80.0 + 23.1", "103.1"}}
	for _, c := range []struct {
		rate float64
		room int
		want string
	}{
		{0, 100, "epoch 3/20  103.1 = 80.0 + 23.1"},
		{25, 100, "epoch 3/20  103.1 = 80.0 + 23.1  25 images/s  left 1m10s"},
		{25000, 100, "epoch 3/20  103.1 = 80.0 + 23.1  25,000 images/s  left 1s"},
		{25, 50, "epoch 3/20  103.1 = 80.0 + 23.1  left 1m10s"},
		{25, 40, "epoch 3/20  103.1  left 1m10s"},
		{25, 25, "epoch 3/20  left 1m10s"},
		{25, 15, "epoch 3/20"},
		{25, -5, "epoch 3/20"},
		{1e-300, 40, "epoch 3/20  103.1  left 277777h46m40s"},
	} {
		if got := p.text(c.rate, c.room); got != c.want {
			t.Errorf("rate %g, room %d: got %q, want %q", c.rate, c.room, got, c.want)
		}
	}
}

// TestBar: there is no rate before it is measured over half a second, and no line
// is wider than the terminal.
func TestBar(t *testing.T) {
	for _, columns := range []int{20, 60, 80, 200} {
		var out strings.Builder
		b := &Bar{streams: Streams{Err: &out, Size: func() (int, int) { return columns, 24 }}}
		p := Progress{Done: 100, Of: 2000, Now: true, Place: "epoch 1/20", Figures: []string{"103.1 = 80.0 + 23.1"}}
		b.Show(p)
		p.Done, p.Place = 200, "epoch 2/20"
		b.Show(p)
		if strings.Contains(out.String(), "left") {
			t.Errorf("%d columns: time left after no time; %q", columns, out.String())
		}
		b.started = b.started.Add(-2 * time.Second)
		p.Done, p.Place = 500, "epoch 5/20"
		b.Show(p)
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
