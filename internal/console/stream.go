package console

import (
	"context"
	"io"
	"sync"
	"time"
)

// patience is how long a write may still take once the command is interrupted.
const patience = time.Second

// await runs what may block for as long as others like, as opening a pipe does that has
// no other end. Once ctx is done it has a little time left, and then is left to itself.
func await[T any](ctx context.Context, do func() (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	done := make(chan result, 1)
	go func() {
		value, err := do()
		done <- result{value, err}
	}()
	select {
	case r := <-done:
		return r.value, r.err
	case <-ctx.Done():
	}
	select {
	case r := <-done:
		return r.value, r.err
	case <-time.After(patience):
		var none T
		return none, ctx.Err()
	}
}

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
	n, err = await(y.ctx, func() (int, error) { return y.w.Write(p) })
	if err != nil && err == y.ctx.Err() {
		y.err = err
	}
	return n, err
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
