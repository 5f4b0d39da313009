package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"vae/internal/console"
	"vae/internal/vaez"
)

// compressed is a file of compressed images that is read.
type compressed struct {
	*vaez.Reader
	name   string
	closer io.Closer
	bytes  int64 // of the file; of a stream those that were read
}

// counted counts what is read.
type counted struct {
	io.Reader
	bytes *int64
}

func (c counted) Read(p []byte) (n int, err error) {
	n, err = c.Reader.Read(p)
	*c.bytes += int64(n)
	return n, err
}

// streamed reads a compressed file from front to back.
func streamed(in *console.Input, name string) (*compressed, error) {
	c := &compressed{name: name, closer: in}
	r, err := vaez.NewReader(counted{in, &c.bytes})
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), in.Close())
	}
	c.Reader = r
	return c, nil
}

func (c *compressed) close() { _ = c.closer.Close() }

// openCompressed opens a file, or stdin.
func openCompressed(ctx context.Context, path string, s console.Streams) (*compressed, error) {
	if path == "-" {
		return streamed(console.StreamInput(ctx, s.In), "stdin")
	}
	in, err := console.OpenInput(ctx, path)
	if err != nil {
		return nil, err
	}
	if !in.Regular {
		return streamed(in, path)
	}
	if err := in.Close(); err != nil {
		return nil, err
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, console.PathError(err)
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(console.PathError(err), f.Close())
	}
	r, err := vaez.Open(f, info.Size())
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return &compressed{Reader: r, name: path, closer: f, bytes: info.Size()}, nil
}
