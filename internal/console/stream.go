package console

import (
	"context"
	"io"
	"sync"
	"time"
)

// patience is how long a write may still take once the command is interrupted.
const patience = time.Second

// yielding is a stream of the process that does not outlast an interruption: a write
// into a pipe that nobody reads blocks, and a signal does not wake it. After a write
// that was given up nothing is written any more.
type yielding struct {
	ctx context.Context
	w   io.Writer

	mu  sync.Mutex
	err error // of the write that was given up
}

func (y *yielding) Write(p []byte) (n int, err error) {
	y.mu.Lock()
	defer y.mu.Unlock()
	if y.err != nil {
		return 0, y.err
	}
	done := make(chan struct{})
	var written int
	var failed error
	go func() {
		defer close(done)
		written, failed = y.w.Write(p)
	}()
	select {
	case <-done:
		return written, failed
	case <-y.ctx.Done():
	}
	select {
	case <-done:
		return written, failed
	case <-time.After(patience):
		y.err = y.ctx.Err()
		return 0, y.err
	}
}

// firstError keeps the first error of a writer, for those who drop it, as cobra does
// when it prints help.
type firstError struct {
	io.Writer
	err error
}

func (f *firstError) Write(p []byte) (int, error) {
	n, err := f.Writer.Write(p)
	if f.err == nil {
		f.err = err
	}
	return n, err
}
