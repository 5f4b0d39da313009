package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"vae/internal/config"
	"vae/internal/imagefile"
)

// decoder turns tasks into items, for one goroutine.
type decoder struct {
	ctx     context.Context
	options StreamOptions
	file    imagefile.Reader
	fit     fitter
	clipped *clippings
}

// item decodes one task.
func (d *decoder) item(t task) (item Item) {
	defer func() {
		if p := recover(); p != nil {
			item = Item{Name: t.name, Label: t.label, Err: fmt.Errorf("%s: cannot be decoded: %v", cmp.Or(t.path, t.name), p)}
		}
	}()
	pixels, err := d.pixels(t)
	if err != nil && d.isOutput(t.path) {
		err = errOutput
	}
	if err != nil {
		return Item{Name: t.name, Label: t.label, Err: err}
	}
	if d.options.Invert {
		pixels.invert()
	}
	return Item{Name: t.name, Label: t.label, Pixels: pixels}
}

// pixels are D fresh pixels of the wanted shape.
func (d *decoder) pixels(t task) (pixels Pixels, err error) {
	o := imagefile.Options{MaxPixels: d.options.MaxPixels, Channels: d.options.Shape.Channels}
	use := func(img imagefile.Image) error {
		r, clipped, err := ranged(img, d.options.Range)
		if err != nil {
			return err
		}
		d.clipped.add(clipped)
		pixels = pixelsOf(d.fit.fit(r))
		return nil
	}
	switch {
	case t.err != nil:
		return Pixels{}, t.err
	case t.pixels != nil:
		err = use(*t.pixels)
	case t.stdin:
		err = d.stdin(t.name, o, use)
	default:
		err = d.file.File(t.path, o, use)
	}
	return pixels, err
}

// isOutput tells whether the file at path is the output, to which nothing has been
// written yet.
func (d *decoder) isOutput(path string) bool {
	if d.options.Output == nil || path == "" {
		return false
	}
	info, err := os.Stat(path)
	return err == nil && info.Size() == 0 && os.SameFile(info, d.options.Output)
}

// stdin decodes the image on standard input. A read that blocks does not hold
// up the end of the stream.
func (d *decoder) stdin(name string, o imagefile.Options, use func(imagefile.Image) error) error {
	if d.options.Stdin == nil {
		return errors.New("stdin: there is none")
	}
	type result struct {
		data []byte
		err  error
	}
	limit := o.FileLimit()
	read := make(chan result, 1)
	go func() {
		data, err := io.ReadAll(io.LimitReader(d.options.Stdin, limit+1))
		read <- result{data, err}
	}()
	select {
	case r := <-read:
		switch {
		case r.err != nil:
			return fileError(name, r.err)
		case int64(len(r.data)) > limit:
			return fmt.Errorf("%s: has more than the limit of %d bytes; %s raises it", name, limit, config.Mention("max_pixels"))
		}
		return d.file.Bytes(r.data, name, o, use)
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}
