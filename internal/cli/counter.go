package cli

import (
	"fmt"
	"time"

	"vae/internal/console"
)

// counter shows on a terminal how far a long measurement is.
type counter struct {
	streams console.Streams
	quiet   bool
	drawn   time.Time
}

func newCounter(s console.Streams, n console.Notes) *counter {
	return &counter{streams: s, quiet: n.Quiet}
}

// show is told how many of a part's images are done.
func (c *counter) show(part string, done, of int) {
	if c.quiet || !c.streams.ErrTerminal || done < of && time.Since(c.drawn) < redraw {
		return
	}
	c.drawn = time.Now()
	text := fmt.Sprintf("%s: %s of %s images", part, console.Comma(done), console.Comma(of))
	if done == of {
		text = ""
	}
	fmt.Fprintf(c.streams.Err, "\r\x1b[K%s", text)
}
