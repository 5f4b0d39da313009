package console

import (
	"fmt"
	"io"
)

// Notes prints messages for the person at the keyboard, unless told not to.
type Notes struct {
	W     io.Writer
	Quiet bool
}

// Printf prints a message, which ends its line itself.
func (n Notes) Printf(format string, args ...any) {
	if !n.Quiet {
		fmt.Fprintf(n.W, format, args...)
	}
}
