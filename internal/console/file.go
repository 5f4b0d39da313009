package console

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"vae/internal/atomicfile"
)

// CheckFile sees, before any work is done, that there is a folder for a file to be
// written to, and that the path is not that of a folder.
func CheckFile(path string) error {
	if info, err := os.Stat(path); err == nil && info.IsDir() {
		return fmt.Errorf("cannot write %s: it is a folder: name a file in it", path)
	}
	parent := filepath.Dir(path)
	switch info, err := os.Stat(parent); {
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("cannot write %s: there is no folder %s; make it first", path, parent)
	case err != nil:
		return OutputError(path, err)
	case !info.IsDir():
		return fmt.Errorf("cannot write %s: %s is a file, not a folder", path, parent)
	}
	return nil
}

// ReadFile reads a file, or a pipe, which an interruption of ctx ends; of one that is
// longer than limit the first limit+1 bytes.
func ReadFile(ctx context.Context, path string, limit int64) ([]byte, error) {
	return await(ctx, func() ([]byte, error) {
		f, err := os.Open(path)
		if err != nil {
			return nil, PathError(err)
		}
		defer f.Close()
		src, err := io.ReadAll(io.LimitReader(f, limit+1))
		return src, PathError(err)
	})
}

// WriteFile gives a file its content, all or nothing, or none once ctx is interrupted: its
// writer then fails. A link leads to the file that is replaced; a pipe or a device stays what
// it is and is written to.
func WriteFile(ctx context.Context, path string, produce func(w io.Writer) error) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return writeInto(ctx, path, produce)
	}
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	stoppable := func(w io.Writer) error { return produce(stopping{ctx, w}) }
	return produceInto(path, stoppable, func(write func(io.Writer) error) error { return atomicfile.Replace(path, write) })
}

// stopping is a writer that fails once ctx is interrupted, so that what takes long to write
// ends there.
type stopping struct {
	ctx context.Context
	io.Writer
}

func (s stopping) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Writer.Write(p)
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
func writeInto(ctx context.Context, path string, produce func(w io.Writer) error) error {
	f, err := await(ctx, func() (*os.File, error) { return os.OpenFile(path, os.O_WRONLY, 0) })
	if err != nil {
		return OutputError(path, err)
	}
	w := bufio.NewWriterSize(namedWriter{&yielding{ctx: ctx, w: f}, path}, 1<<16)
	err = produce(w)
	if err == nil {
		err = w.Flush()
	}
	if closed := f.Close(); err == nil {
		err = OutputError(path, closed)
	}
	return err
}
