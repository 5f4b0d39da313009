package console

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
)

// An Input is a file that is read, or a stream. An interruption of its context ends a read
// that blocks, and so it does with the wait for the writer of a pipe; both are then left to
// themselves.
type Input struct {
	Regular bool // it can be read again from its start
	ctx     context.Context
	r       io.Reader
	file    *os.File // nil of a stream
	buffer  []byte
}

// OpenInput opens a file for reading.
func OpenInput(ctx context.Context, path string) (*Input, error) {
	type opened struct {
		file *os.File
		err  error
	}
	done := make(chan opened, 1)
	go func() {
		file, err := os.Open(path)
		done <- opened{file, err}
	}()
	select {
	case <-ctx.Done():
		return nil, ctx.Err()
	case o := <-done:
		if o.err != nil {
			return nil, PathError(o.err)
		}
		info, err := o.file.Stat()
		if err == nil && info.IsDir() {
			err = fmt.Errorf("%s: is a folder, not a file", path)
		}
		if err != nil {
			return nil, errors.Join(err, o.file.Close())
		}
		return &Input{Regular: info.Mode().IsRegular(), ctx: ctx, r: o.file, file: o.file}, nil
	}
}

// StreamInput reads a stream.
func StreamInput(ctx context.Context, r io.Reader) *Input { return &Input{ctx: ctx, r: r} }

// Read implements io.Reader.
func (in *Input) Read(p []byte) (int, error) {
	if in.Regular {
		return in.r.Read(p)
	}
	type result struct {
		n   int
		err error
	}
	if in.buffer == nil {
		in.buffer = make([]byte, 1<<16)
	}
	part, done := in.buffer[:min(len(p), len(in.buffer))], make(chan result, 1)
	go func() {
		n, err := in.r.Read(part)
		done <- result{n, err}
	}()
	select {
	case <-in.ctx.Done():
		in.buffer = nil // the read may still write to it
		return 0, in.ctx.Err()
	case r := <-done:
		return copy(p, part[:r.n]), r.err
	}
}

// Rewind goes back to the start of a regular file.
func (in *Input) Rewind() error {
	_, err := in.file.Seek(0, io.SeekStart)
	return err
}

// Close closes the file; a stream stays open.
func (in *Input) Close() error {
	if in.file == nil {
		return nil
	}
	return in.file.Close()
}
