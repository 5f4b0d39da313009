package console

import (
	"bufio"
	"io"
	"os"
	"path/filepath"

	"vae/internal/atomicfile"
)

// WriteFile gives a file its content, all or nothing. A link leads to the file
// that is replaced; a pipe or a device stays what it is and is written to.
func WriteFile(path string, produce func(w io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(path, produce)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	return produceInto(path, produce, func(write func(io.Writer) error) error { return atomicfile.Replace(path, write) })
}

// produceInto has replace write what produce makes for the file at path.
func produceInto(path string, produce func(io.Writer) error, replace func(write func(io.Writer) error) error) error {
	var failed error // of produce, which names its own subject
	err := replace(func(w io.Writer) error {
		failed = produce(namedWriter{w, path})
		return failed
	})
	if failed != nil {
		return failed
	}
	return OutputError(path, err)
}

// writeInto writes to what cannot be replaced.
func writeInto(path string, produce func(w io.Writer) error) error {
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		return OutputError(path, err)
	}
	w := bufio.NewWriterSize(namedWriter{f, path}, 1<<16)
	err = produce(w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = OutputError(path, closed)
	}
	return err
}
