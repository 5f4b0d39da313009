//go:build unix

package console

import (
	"context"
	"errors"
	"path/filepath"
	"syscall"
	"testing"
)

// An interruption ends the wait for the writer of a pipe.
func TestPipeWithoutWriter(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o666); err != nil {
		t.Skip("this system makes no named pipes: ", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	go cancel()
	if _, err := OpenInput(ctx, pipe); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}
