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

	"vae/internal/archive"
	"vae/internal/config"
	"vae/internal/imagefile"
)

// decoder turns tasks into items, for one goroutine.
type decoder struct {
	ctx     context.Context
	options StreamOptions
	file    imagefile.Reader
	fit     fitter
}

// noted is what is told of an item at the end, if it is asked for.
type noted struct {
	clipped  int  // values outside of the range
	span     span // of the others
	odd      bool // it had other proportions
	pages    int  // of its file
	readable bool // it has pixels
}

// items decodes one task: an image, or the pages of one.
func (d *decoder) items(t task) (items []Item) {
	bad := func(err error) []Item { return []Item{{Name: t.name, Label: t.label, Path: t.path, Err: err}} }
	defer func() {
		if p := recover(); p != nil {
			items = bad(fmt.Errorf("%s: cannot be decoded: %v", cmp.Or(t.path, t.name), p))
		}
	}()
	pages, notes, err := d.pixels(t)
	if err != nil && d.isOutput(t.path) {
		err = errOutput
	}
	if err != nil {
		return bad(err)
	}
	for i, pixels := range pages {
		item := Item{Name: t.name, Label: t.label, Path: t.path, Pixels: pixels, noted: notes[i]}
		if len(pages) > 1 {
			item.page = pageName("", i)
			item.Name += item.page
		}
		if d.options.Invert {
			pixels.invert()
		}
		items = append(items, item)
	}
	return items
}

// pixels are fresh pixels of the wanted shape, of each page that is wanted.
func (d *decoder) pixels(t task) (pages []Pixels, notes []noted, err error) {
	o := imagefile.Options{MaxPixels: d.options.MaxPixels, Channels: d.options.Shape.Channels, All: d.options.AllPages}
	if d.options.Exact {
		o.Channels = 0
	}
	use := func(_ int, img imagefile.Image) error {
		r, clipped, err := ranged(img, d.options.Range)
		if err == nil && d.options.Exact {
			r, err = d.options.exactly(img, r, clipped)
		}
		if err != nil {
			return err
		}
		shaped, odd := d.options.brought(&d.fit, r)
		notes = append(notes, noted{clipped: clipped, span: r.span, odd: odd, readable: true})
		pages = append(pages, pixelsOf(shaped))
		return nil
	}
	n := 1
	switch {
	case t.err != nil:
		return nil, nil, t.err
	case t.pixels != nil:
		if err = use(0, *t.pixels); err != nil {
			err = fmt.Errorf("%s: %w", t.name, err)
		}
	case t.stdin:
		n, err = d.stdin(t.name, o, use)
	default:
		n, err = readImage(&d.file, t.path, t.packed, o, use)
	}
	if len(notes) > 0 {
		notes[0].pages = n
	}
	return pages, notes, err
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
func (d *decoder) stdin(name string, o imagefile.Options, use func(int, imagefile.Image) error) (pages int, err error) {
	if d.options.Stdin == nil {
		return 0, errors.New("stdin: there is none")
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
			return 0, fileError(name, r.err)
		case int64(len(r.data)) > limit:
			return 0, fmt.Errorf("%s: has more than the limit of %d bytes; %s raises it", name, limit, config.Mention("max_pixels"))
		}
		return d.file.Bytes(r.data, name, o, use)
	case <-d.ctx.Done():
		return 0, d.ctx.Err()
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
	if strings.HasPrefix(file, "mnist:") {
		return file, int(n), true
	}
	if file, before, ok := arrayOf(file); ok {
		return file, before + int(n), true
	}
	for _, file := range []string{file, file + ".gz"} { // the ending is not in the names of images
		if info, err := os.Stat(file); err == nil && info.Mode().IsRegular() {
			return file, int(n), true
		}
	}
	return arg, 0, false
}

// arrayOf is the file of several arrays that holds the one of a name, d.npz of d.npz/x_test, and how many images stand before it there.
func arrayOf(name string) (file string, before int, ok bool) {
	file = filepath.Dir(name)
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() || !imagefile.IsArray(file) {
		return "", 0, false
	}
	arrays, err := imagefile.OpenArrays(file, imagefile.Options{})
	if err != nil {
		return "", 0, false
	}
	for _, a := range arrays.Images {
		if a.Name == filepath.Base(name) {
			return file, before, true
		}
		before += a.N
	}
	return "", 0, false
}

// inFile says of the name of what lies in a file, as tables have it, why it is none of an input; "" of any other name.
func inFile(arg string) string {
	if at := strings.LastIndexByte(arg, '#'); at > 0 && isRegular(arg[:at]) {
		return fmt.Sprintf("a page of %s is no input of its own: name the file, and all of its pages with %s", arg[:at], config.Mention("data.pages", string(config.AllPages)))
	}
	for file := filepath.Dir(arg); file != filepath.Dir(file); file = filepath.Dir(file) {
		switch {
		case !isRegular(file):
		case archive.IsName(file):
			return file + " is an archive: unpack it to name one of its files"
		case imagefile.IsArray(file), looksIDX(file):
			return file + " is a file of images, which are named by their numbers, such as " + file + "/" + indexName(0)
		}
	}
	return ""
}

func isRegular(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular()
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
