package console

import (
	"errors"
	"fmt"
	"io"
	"os"
)

// PathError drops the system call's name: "open x: no such file" says less than
// "x: no such file".
func PathError(err error) error {
	var e *os.PathError
	if errors.As(err, &e) {
		return fmt.Errorf("%s: %w", e.Path, e.Err)
	}
	return err
}

// WriteError says which output cannot be written.
type WriteError struct {
	Path string
	Err  error
}

func (e *WriteError) Error() string { return fmt.Sprintf("cannot write %s: %v", e.Path, e.Err) }
func (e *WriteError) Unwrap() error { return e.Err }

// OutputError makes a [WriteError] of an error that is none yet; nil stays nil.
func OutputError(path string, err error) error {
	var known *WriteError
	if err == nil || errors.As(err, &known) {
		return err
	}
	var pe *os.PathError
	var le *os.LinkError
	switch {
	case errors.As(err, &pe):
		err = pe.Err
	case errors.As(err, &le):
		err = le.Err
	}
	return &WriteError{path, err}
}

// namedWriter gives the errors of a writer the output's name.
type namedWriter struct {
	io.Writer
	name string
}

func (n namedWriter) Write(p []byte) (int, error) {
	written, err := n.Writer.Write(p)
	return written, OutputError(n.name, err)
}
