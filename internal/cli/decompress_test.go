package cli

import (
	"bytes"
	"context"
	"errors"
	"io"
	"strings"
	"testing"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/vaez"
)

// meanwhile is a context that ends between the first look at it and the second.
type meanwhile struct {
	context.Context
	looks int
}

func (m *meanwhile) Err() error {
	if m.looks++; m.looks > 1 {
		return context.Canceled
	}
	return nil
}

// An interruption while a block is decoded is one, and no damage of the file.
func TestDecompressInterrupted(t *testing.T) {
	var file bytes.Buffer
	c, err := codec.NewWriter(t.Context(), &file, vaez.Head{Width: 2, Height: 2, Channels: 1, Levels: 2}, codec.Options{Block: 1})
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if err := c.Add(codec.Image{Values: []uint16{0, 1, 1, 0}}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := c.Close(); err != nil {
		t.Fatal(err)
	}
	in, err := vaez.NewReader(&file)
	if err != nil {
		t.Fatal(err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var said strings.Builder
	w := &decompressing{decompressOptions: &decompressOptions{}, ctx: &meanwhile{Context: t.Context()}, file: &compressed{Reader: in, name: "set.vaez", closer: io.NopCloser(nil)},
		reader: codec.NewReader(ended, in, nil), notes: console.Notes{W: &said}, images: 1}
	err = w.each(func(string, []uint16) error { return nil })
	if !errors.Is(err, context.Canceled) || said.Len() > 0 || w.bad > 0 {
		t.Errorf("%v, and %q is said of %d", err, said.String(), w.bad)
	}
}
