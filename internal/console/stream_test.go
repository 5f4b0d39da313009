package console

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// TestYielding: an interruption ends a write that blocks, after a while, and only that.
func TestYielding(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		reader, writer := io.Pipe()
		defer reader.Close()
		y := &yielding{ctx: ctx, w: writer}
		go func() {
			time.Sleep(time.Hour)
			io.CopyN(io.Discard, reader, 4)
			cancel()
			time.Sleep(patience / 2)
			io.CopyN(io.Discard, reader, 4)
		}()
		for range 2 { // before and after the interruption
			if n, err := y.Write([]byte("text")); n != 4 || err != nil {
				t.Fatalf("%d bytes, %v", n, err)
			}
		}
		start := time.Now()
		for range 2 {
			if n, err := y.Write([]byte("text")); n != 0 || !errors.Is(err, context.Canceled) {
				t.Errorf("nobody reads: %d bytes, %v", n, err)
			}
		}
		if took := time.Since(start); took != patience {
			t.Errorf("given up after %v", took)
		}
	})
}

func TestFirstError(t *testing.T) {
	reader, writer := io.Pipe()
	first := errors.New("first")
	reader.CloseWithError(first)
	f := &firstError{Writer: writer}
	f.Write([]byte("a"))
	f.Writer = io.Discard
	f.Write([]byte("b"))
	if f.err != first {
		t.Errorf("keeps %v", f.err)
	}
}

// TestReportUnread: that the reader has gone is said to nobody, but as the exit code.
func TestReportUnread(t *testing.T) {
	gone, cancel := context.WithCancelCause(t.Context())
	cancel(interruption{syscall.SIGPIPE})
	for _, tt := range []struct {
		ctx  context.Context
		err  error
		code int
	}{
		{t.Context(), OutputError("stdout", closedPipe[0]), 141},
		{t.Context(), PartialError{1, 2}, 3},
		{gone, fmt.Errorf("reading: %w", context.Canceled), 141},
		{gone, errors.New("something else"), 1},
		{gone, nil, 0},
	} {
		var said bytes.Buffer
		code := Reporter{W: &said}.Report(tt.ctx, tt.err)
		if code != tt.code || (said.Len() > 0) != (code == 1 || code == 3) {
			t.Errorf("%v: exit code %d, want %d, and %q", tt.err, code, tt.code, said.String())
		}
	}
}
