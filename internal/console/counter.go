package console

import (
	"fmt"
	"time"
)

// Counter shows on a terminal how far a long measurement is.
type Counter struct {
	streams Streams
	quiet   bool
	drawn   time.Time
}

// NewCounter returns a counter on stderr.
func NewCounter(s Streams, n Notes) *Counter {
	return &Counter{streams: s, quiet: n.Quiet}
}

// Show is told how many of a part's images are done.
func (c *Counter) Show(part string, done, of int) {
	if c.quiet || !c.streams.ErrTerminal || done < of && time.Since(c.drawn) < redraw {
		return
	}
	c.drawn = time.Now()
	text := fmt.Sprintf("%s: %s of %s images", part, Comma(done), Comma(of))
	if done == of {
		text = ""
	}
	fmt.Fprintf(c.streams.Err, "\r\x1b[K%s", text)
}
