package dataset

import (
	"image"
	"os"
	"runtime"
	"strings"
	"testing"
)

// addFixtures makes seeds of all images in testdata.
func addFixtures(f *testing.F) {
	files, err := os.ReadDir("testdata/images")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		f.Add(fixture(f, file.Name()))
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
			err = decode(content, "file", limit, func(img image.Image) { mustFit(t, img, limit) })
		})
		if err != nil && (!strings.HasPrefix(err.Error(), "file: ") || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("the error is %q", err)
		}
		if most := uint64(1000*limit + 100*len(content)); n > most {
			t.Fatalf("%d bytes were allocated, more than %d", n, most)
		}
	})
}

// mustFit brings an image to a shape, as the program does.
func mustFit(t *testing.T, img image.Image, limit int) {
	r := natural(img)
	if r.w*r.h > limit || len(r.pix) != r.w*r.h*r.c || r.w < 1 || r.h < 1 {
		t.Fatalf("%dx%dx%d with %d values", r.w, r.h, r.c, len(r.pix))
	}
	fit := fitter{shape: mnistShape}
	if got := fit.fit(r); len(got) != mnistShape.Pixels() {
		t.Errorf("fitted to %d values", len(got))
	}
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
	if frame, err := firstFrame(content); err == nil && (len(frame) <= frameHeader || len(frame) > len(content) || asFile(frame) == nil) {
		t.Errorf("a frame of %d bytes", len(frame))
	}
	if n := countScans(content); n > len(content) {
		t.Errorf("%d scans", n)
	}
}
