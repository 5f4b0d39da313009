package imagefile

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// addFixtures makes seeds of all images in testdata.
func addFixtures(f *testing.F) {
	for _, folder := range []string{"images", "formats"} {
		files, err := filepath.Glob(filepath.Join("testdata", folder, "*"))
		if err != nil || len(files) == 0 {
			f.Fatal("no images in", folder, err)
		}
		for _, file := range files {
			content, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(content)
		}
	}
}

// allocated is how many bytes run takes in all.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// FuzzDecode: whatever the bytes, there is an image of at most the allowed pixels
// or one line that begins with the name, in bounded memory.
func FuzzDecode(f *testing.F) {
	for _, content := range everyFormat(f) {
		f.Add(content)
	}
	addFixtures(f)
	f.Add(bombPNG(100000, 100000))
	f.Add([]byte("GIF89a"))
	f.Add(manyScans(f, maxScans))
	f.Fuzz(func(t *testing.T, content []byte) {
		const limit = 1 << 16
		var err error
		n := allocated(func() {
			_, err = new(Reader).Bytes(content, "file", Options{MaxPixels: limit}, func(_ int, img Image) error {
				if err := wellFormed(img, limit); err != nil {
					t.Error(err)
				}
				return nil
			})
		})
		if err != nil && (!strings.HasPrefix(err.Error(), "file: ") || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("the error is %q", err)
		}
		if most := uint64(1000*limit + 100*len(content)); n > most {
			t.Fatalf("%d bytes were allocated, more than %d", n, most)
		}
	})
}

// FuzzPages: pages come in order, as many as are said, or there is one line that begins
// with the name, in memory for a few of them.
func FuzzPages(f *testing.F) {
	addFixtures(f)
	enough := errors.New("enough")
	f.Fuzz(func(t *testing.T, content []byte) {
		const limit, most = 1 << 14, 10
		var err error
		pages, given := 0, 0
		n := allocated(func() {
			pages, err = new(Reader).Bytes(content, "file", Options{MaxPixels: limit, All: true}, func(page int, img Image) error {
				if err := wellFormed(img, limit); err != nil || page != given {
					t.Errorf("page %d after %d: %v", page, given, err)
				}
				if given++; given == most {
					return enough
				}
				return nil
			})
		})
		if err != nil && (!strings.HasPrefix(err.Error(), "file: ") || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("the error is %q", err)
		}
		if err == nil && pages != given {
			t.Fatalf("%d pages of %d", given, pages)
		}
		if bound := uint64(100*most*limit + 64<<20 + 1000*len(content)); n > bound {
			t.Fatalf("%d bytes were allocated, more than %d", n, bound)
		}
	})
}

// wellFormed is an error about an image that is not what
// [Image] says.
func wellFormed(img Image, limit int) error {
	n, filled := img.Width*img.Height*img.Channels, 0
	for _, have := range []int{len(img.U8), len(img.U16), len(img.F32)} {
		if have > 0 {
			filled++
		}
		if have > 0 && have != n {
			return fmt.Errorf("%d values of %dx%dx%d", have, img.Width, img.Height, img.Channels)
		}
	}
	if filled != 1 || img.Width*img.Height > limit || img.Channels != 1 && img.Channels != 3 {
		return fmt.Errorf("%dx%dx%d in %d slices", img.Width, img.Height, img.Channels, filled)
	}
	return nil
}

// FuzzContainers: what looks into files for an orientation, a first frame and scans
// never panics, stays small, and says what is allowed.
func FuzzContainers(f *testing.F) {
	addFixtures(f)
	f.Add(manyScans(f, 3))
	f.Fuzz(func(t *testing.T, content []byte) {
		n := allocated(func() { mustLookInto(t, content) })
		if most := uint64(16<<20 + 100*len(content)); n > most {
			t.Fatalf("%d bytes were allocated, more than %d", n, most)
		}
	})
}

func mustLookInto(t *testing.T, content []byte) {
	for i := range formats {
		if o := formats[i].exif.orientation(content); o < 1 || o > 8 {
			t.Errorf("orientation %d", o)
		}
	}
	for frame, err := range webpFrames(content) {
		if err == nil && (len(frame) <= frameHeader || len(frame) > len(content) || asFile(frame) == nil) {
			t.Errorf("a frame of %d bytes", len(frame))
		}
	}
	for f, err := range gifFrames(content) {
		if err == nil && len(f.parts[2]) > len(content) {
			t.Errorf("a frame of %d bytes", len(f.parts[2]))
		}
	}
	if a := readAPNG(content); a.len() > len(content)/12 {
		t.Errorf("%d frames", a.len())
	}
	if n := countScans(content); n > len(content) {
		t.Errorf("%d scans", n)
	}
}
