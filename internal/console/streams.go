package console

import (
	"bufio"
	"context"
	"io"
	"os"

	"golang.org/x/term"
)

// Streams is what a command may touch of the world besides files.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
	// OutTerminal and ErrTerminal tell whether a person looks at the stream.
	OutTerminal, ErrTerminal bool
	// OutFile is the regular file behind Out; nil where it is none.
	OutFile os.FileInfo
	// Size returns the columns and rows of the terminal.
	Size func() (columns, rows int)
	Env  func(string) string
}

// System is the streams of the process.
func System() Streams {
	out, err := int(os.Stdout.Fd()), int(os.Stderr.Fd())
	file, e := os.Stdout.Stat()
	if e != nil || !file.Mode().IsRegular() {
		file = nil
	}
	return Streams{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr,
		OutTerminal: term.IsTerminal(out), ErrTerminal: term.IsTerminal(err),
		OutFile: file,
		Size: func() (int, int) {
			for _, stream := range []int{out, err} {
				if columns, rows, e := term.GetSize(stream); e == nil {
					return columns, rows
				}
			}
			return 80, 24
		},
		Env: os.Getenv,
	}
}

// Until returns the streams as a command has them: an interruption of ctx ends a write
// that blocks, and an error of Out names it. unwritten is the first such error, for
// those who drop it.
func (s Streams) Until(ctx context.Context) (own Streams, unwritten func() error) {
	out := &firstError{Writer: namedWriter{&yielding{ctx: ctx, w: s.Out}, "stdout"}}
	s.Out, s.Err = out, &yielding{ctx: ctx, w: s.Err}
	return s, func() error { return out.err }
}

// WriteOut sends what produce writes to stdout, at once only where it calls [Flush].
func (s Streams) WriteOut(produce func(w io.Writer) error) error {
	w := bufio.NewWriterSize(s.Out, 1<<16)
	if err := produce(flushing{w}); err != nil {
		return err
	}
	return w.Flush()
}

// flushing lets a producer push out what it has: rows appear as they are made.
type flushing struct{ *bufio.Writer }

// Flush pushes buffered output to the reader of a pipe.
func Flush(w io.Writer) error {
	if f, ok := w.(flushing); ok {
		return f.Flush()
	}
	return nil
}
