package mapped

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Whenever an interruption comes, nothing is made, nothing is left, and what was there stays.
func TestBuildIsInterrupted(t *testing.T) {
	const much = 8 << 20
	chunk := make([]byte, 1<<16)
	until := func(do func() error) error {
		for range much / len(chunk) {
			if err := do(); err != nil {
				return err
			}
		}
		return errors.New("went on to its end")
	}
	for name, write := range map[string]func(*Building, func()) error{
		"while the body is written": func(b *Building, interrupt func()) error {
			interrupt()
			return until(func() error { _, err := b.Write(chunk); return err })
		},
		"while the body is read": func(b *Building, interrupt func()) error {
			if _, err := b.Write(make([]byte, much)); err != nil {
				return err
			}
			r := b.Body(0, much)
			interrupt()
			return until(func() error { _, err := io.ReadFull(r, chunk); return err })
		},
		"while a log is written": func(b *Building, interrupt func()) error {
			l, err := b.Log("log")
			if err != nil {
				return err
			}
			interrupt()
			return until(func() error { _, err := l.Write(chunk); return err })
		},
		"while a log is read": func(b *Building, interrupt func()) error {
			l, err := b.Log("log")
			if err != nil {
				return err
			}
			if _, err := l.Write(make([]byte, much)); err != nil {
				return err
			}
			r, err := l.Reader()
			if err != nil {
				return err
			}
			interrupt()
			return until(func() error { _, err := io.ReadFull(r, chunk); return err })
		},
		"while a log becomes the body": func(b *Building, interrupt func()) error {
			l, err := b.Log("log")
			if err != nil {
				return err
			}
			if _, err := b.Write(make([]byte, much)); err != nil {
				return err
			}
			interrupt()
			_, err = io.Copy(l, b.Body(0, much))
			return err
		},
		"behind the body": func(_ *Building, interrupt func()) error {
			interrupt()
			return nil
		},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "f")
		buildOne(t, file, "key", "old")
		ctx, interrupt := context.WithCancel(context.Background())
		err := Build(ctx, file, "new", nil, func(b *Building) ([]byte, error) { return []byte("header"), write(b, interrupt) })
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%s: %v", name, err)
		}
		left(t, dir, "f")
		if f := mustOpen(t, file, "key"); string(f.Body) != "old" {
			t.Errorf("%s: %q is there", name, f.Body)
		}
	}
}

// A slow disk holds nobody up who goes.
func TestBuildIsInterruptedAtTheDisk(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "f")
	buildOne(t, file, "key", "old")
	ctx, interrupt := context.WithCancel(context.Background())
	ended := make(chan int64, 1)
	defer func(before func(*os.File) error) { toDisk = before }(toDisk)
	toDisk = func(f *os.File) error { // which takes as long as the file has bytes
		interrupt()
		for range 1000 {
			if info, err := f.Stat(); err != nil || info.Size() == 0 {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		info, err := f.Stat()
		if err != nil { // closed
			ended <- 0
			return err
		}
		ended <- info.Size()
		return nil
	}
	began := time.Now()
	err := Build(ctx, file, "new", nil, func(b *Building) ([]byte, error) {
		_, err := b.Write([]byte(strings.Repeat("new", 1000)))
		return []byte("header"), err
	})
	if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
	if size := <-ended; size != 0 {
		t.Errorf("%d bytes are still on their way", size)
	}
	left(t, dir, "f")
	mustOpen(t, file, "key")
}

// The checksums of a file are not read to their end for who is gone.
func TestOpenIsInterrupted(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	buildOne(t, file, "key", strings.Repeat("body", 1<<20))
	ctx, interrupt := context.WithCancel(context.Background())
	interrupt()
	if f, why, err := Open(ctx, file, "key"); f != nil || why == OtherKey || !errors.Is(err, context.Canceled) {
		t.Errorf("%v, %q, %v", f, why, err)
	}
}
