package dataset

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"vae/internal/folder"
)

// manyImages are as many images of one form, or of two, and of one part, or of the two of which each second is.
type manyImages struct {
	n, side       int
	forms, parted bool
}

// each gives the images, and calls at before the one with that number.
func (m manyImages) each(number int, at func()) func(reading, func(imageFile) error) (int, error) {
	return func(_ reading, use func(imageFile) error) (int, error) {
		for i := range m.n {
			if i == number {
				at()
			}
			f := imageFile{Image: folder.Image{Name: fmt.Sprint(i), Label: fmt.Sprint(i % 3)}, r: raster{w: m.side, h: m.side, c: 1, pix: make([]uint8, m.side*m.side), high: 255}}
			if m.parted && i%2 > 0 {
				f.Part = folder.Test
			}
			if m.forms && i%2 > 0 {
				f.r.c, f.r.pix = 3, make([]uint8, 3*m.side*m.side)
			}
			if err := use(f); err != nil {
				return 0, err
			}
		}
		return 0, nil
	}
}

// An interruption ends the making of a cache soon, whatever is done: images come, they are brought elsewhere as others come between, they are written as they
// have to lie, and what is known of them is. Nothing is left of it, and the cache before stays.
func TestCacheIsInterrupted(t *testing.T) {
	for _, m := range []manyImages{{n: 40, side: 1000}, {n: 40, side: 1000, forms: true}, {n: 40, side: 1000, parted: true}, {n: 40, side: 2, forms: true, parted: true}} {
		for _, moment := range []string{"coming", "brought elsewhere", "stored"} {
			if m.side == 2 && moment != "stored" { // which are in memory until then
				continue
			}
			ctx, interrupt := context.WithCancel(context.Background())
			defer interrupt()
			how := reading{ctx: ctx, say: func(string) {}, seen: &seen{}, pages: &pageCount{}, odd: &oddCount{}}
			file := filepath.Join(t.TempDir(), "c")
			o := original{source: "many", order: strings.Compare, found: func() *found { return nil }, each: m.each(-1, nil)}
			if err := how.make(o, file, "old"); err != nil {
				t.Fatal(err)
			}
			before, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			switch moment {
			case "coming":
				o.each = m.each(20, interrupt)
			case "brought elsewhere":
				o.each = m.each(1, interrupt)
			case "stored":
				o.order = func(a, b string) int {
					interrupt()
					return strings.Compare(a, b)
				}
			}
			began := time.Now()
			err = how.make(o, file, "new")
			if took := time.Since(began); !errors.Is(err, context.Canceled) || took > 5*time.Second {
				t.Errorf("%+v %s: %v after %v", m, moment, err, took)
			}
			if after, err := os.ReadFile(file); err != nil || string(after) != string(before) {
				t.Errorf("%+v %s: what was there has changed: %v", m, moment, err)
			}
			if entries, err := os.ReadDir(filepath.Dir(file)); err != nil || len(entries) != 1 {
				t.Errorf("%+v %s: beside it %v, %v", m, moment, entries, err)
			}
		}
	}
}

// An interruption while a cache is read is no reason to decode the images instead.
func TestCacheIsInterruptedWhenRead(t *testing.T) {
	ctx, interrupt := context.WithCancel(context.Background())
	defer interrupt()
	file := filepath.Join(t.TempDir(), "c")
	how := reading{ctx: ctx, say: func(string) {}, seen: &seen{}, pages: &pageCount{}, odd: &oddCount{}, cache: file}
	o := original{source: "many", order: strings.Compare, found: func() *found { return nil }, each: manyImages{n: 40, side: 300}.each(-1, nil)}
	if err := how.make(o, file, "key"); err != nil {
		t.Fatal(err)
	}
	o.key = func(reading) (string, error) {
		interrupt()
		return "key", nil
	}
	o.all = func(reading) ([]imageFile, int, error) { return nil, 0, errors.New("decoded") }
	o.each = func(reading, func(imageFile) error) (int, error) { return 0, errors.New("made again") }
	for _, how.measures = range []bool{false, true} {
		if l, err := how.loaded(o); l != nil || !errors.Is(err, context.Canceled) {
			t.Errorf("measured %v: %v", how.measures, err)
		}
	}
}
