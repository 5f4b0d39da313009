package dataset

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

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
			item = Item{Name: t.name, Label: t.label, Path: t.path, Err: fmt.Errorf("%s: cannot be decoded: %v", cmp.Or(t.path, t.name), p)}
		}
	}()
	pixels, err := d.pixels(t)
	if err != nil && d.isOutput(t.path) {
		err = errOutput
	}
	if err != nil {
		return Item{Name: t.name, Label: t.label, Path: t.path, Err: err}
	}
	if d.options.Invert {
		pixels.invert()
	}
	return Item{Name: t.name, Label: t.label, Path: t.path, Pixels: pixels}
}

// pixels are D fresh pixels of the wanted shape.
func (d *decoder) pixels(t task) (pixels Pixels, err error) {
	o := imagefile.Options{MaxPixels: d.options.MaxPixels, Channels: d.options.Shape.Channels}
	use := func(_ int, img imagefile.Image) error {
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
		err = use(0, *t.pixels)
	case t.stdin:
		err = d.stdin(t.name, o, use)
	default:
		_, err = d.file.File(t.path, o, use)
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
func (d *decoder) stdin(name string, o imagefile.Options, use func(int, imagefile.Image) error) error {
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
		_, err := d.file.Bytes(r.data, name, o, use)
		return err
	case <-d.ctx.Done():
		return d.ctx.Err()
	}
}

// SplitNumber takes an image's number off the name that it has in a file of many:
// mnist:test/00017. What exists under the whole name is no such image.
func SplitNumber(arg string) (file string, number int, ok bool) {
	if _, err := os.Stat(arg); err == nil {
		return arg, 0, false
	}
	at := strings.LastIndexAny(arg, `/`+string(filepath.Separator))
	if at < 0 {
		return arg, 0, false
	}
	file, digits := arg[:at], arg[at+1:]
	n, err := strconv.ParseUint(digits, 10, 31)
	if err != nil {
		return arg, 0, false
	}
	if info, err := os.Stat(file); !strings.HasPrefix(file, "mnist:") && (err != nil || !info.Mode().IsRegular()) {
		return arg, 0, false
	}
	return file, int(n), true
}

func images(n int) string {
	if n == 1 {
		return "1 image"
	}
	return thousands(n) + " images"
}

// one is the image of a number in a file of many.
type one struct {
	source
	arg, file string
	number    int
	done      bool
}

func (s *one) next() (t task, ok bool) {
	if s.done {
		return task{}, false
	}
	s.done = true
	for i := 0; i <= s.number; i++ {
		if t, ok = s.source.next(); !ok {
			return task{name: s.arg, err: fmt.Errorf("%s: there is no such image: %s holds %s, counted from 0", s.arg, s.file, images(i))}, true
		}
		if t.err != nil {
			break
		}
	}
	return t, true
}
