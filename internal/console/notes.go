package console

import (
	"fmt"
	"io"
	"strings"
)

// Notes prints messages for the person at the keyboard, unless told not to.
type Notes struct {
	W     io.Writer
	Quiet bool
}

// Printf prints a message, which ends its line itself. Texts and errors among the
// arguments are made one line each.
func (n Notes) Printf(format string, args ...any) {
	if n.Quiet {
		return
	}
	clean := make([]any, len(args))
	for i, arg := range args {
		switch a := arg.(type) {
		case string:
			clean[i] = oneLineMarked(a)
		case error:
			clean[i] = oneLineMarked(a.Error())
		default:
			clean[i] = a
		}
	}
	fmt.Fprintf(n.W, format, clean...)
}

// clipped leaves out the middle of a text that nobody reads to its end: names in files may be of any length.
func clipped(s string) string {
	const most, kept = 1000, 400
	if len(s) <= most {
		return s
	}
	letters := []rune(s)
	if len(letters) <= most {
		return s
	}
	return string(letters[:kept]) + " ... " + string(letters[len(letters)-kept:])
}

// oneLineMarked is [OneLine], in some length, of a text in which zero bytes mark what whoever shows it has
// another word for.
func oneLineMarked(s string) string {
	parts := strings.Split(s, "\x00")
	for i, part := range parts {
		parts[i] = clipped(OneLine(part))
	}
	return strings.Join(parts, "\x00")
}
