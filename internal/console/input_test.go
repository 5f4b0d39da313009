package console

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// An interruption ends a read that blocks.
func TestInputIsInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reader, writer := io.Pipe()
	defer writer.Close()
	in := StreamInput(ctx, reader)
	go writer.Write([]byte("abc"))
	if b, err := io.ReadAll(io.LimitReader(in, 3)); string(b) != "abc" || err != nil {
		t.Fatalf("%q, %v", b, err)
	}
	cancel()
	if _, err := in.Read(make([]byte, 1)); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

func TestInputIsRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a")
	if err := os.WriteFile(file, []byte("abc"), 0o666); err != nil {
		t.Fatal(err)
	}
	in, err := OpenInput(t.Context(), file)
	if err != nil || !in.Regular {
		t.Fatal(in, err)
	}
	defer in.Close()
	for range 2 {
		if b, err := io.ReadAll(in); string(b) != "abc" || err != nil {
			t.Errorf("%q, %v", b, err)
		}
		if err := in.Rewind(); err != nil {
			t.Error(err)
		}
	}
	for _, path := range []string{filepath.Dir(file), file + "x"} {
		if _, err := OpenInput(t.Context(), path); err == nil || err.Error()[:len(path)] != path {
			t.Errorf("%s: %v", path, err)
		}
	}
}
