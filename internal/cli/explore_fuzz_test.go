package cli

import (
	"runtime"
	"strings"
	"testing"
)

// FuzzUploads: an image that is sent has the model's pixels, from 0 to 1, or there is one line, in memory for what may be, not for what it claims.
func FuzzUploads(f *testing.F) {
	m, err := loadModel(modelFile(f))
	if err != nil {
		f.Fatal(err)
	}
	const limit = 1 << 16
	o := &exploreOptions{}
	o.images.pixels = limit
	for _, content := range [][]byte{nil, []byte("no image"), bomb(60_000, 60_000), bomb(200, 200), bomb(8, 8), []byte("GIF89a"), []byte("BM"), []byte("RIFF\xff\xff\xff\xffWEBPVP8 "), []byte("\xff\xd8\xff\xe0"), []byte("II*\x00\x08\x00\x00\x00"),
		[]byte("P5 8 8 255\n" + strings.Repeat("a", 64)), []byte("\x00\x00\x08\x03\xff\xff\xff\xff\x00\x00\x00\x08\x00\x00\x00\x08")} {
		f.Add(content, false)
		f.Add(content, true)
	}
	f.Fuzz(func(t *testing.T, content []byte, invert bool) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		pixels, err := o.upload(m, content, invert)
		runtime.ReadMemStats(&after)
		if took, most := after.TotalAlloc-before.TotalAlloc, uint64(1000*limit+100*len(content)); took > most {
			t.Errorf("%d bytes were allocated, more than %d", took, most)
		}
		if err != nil {
			if text := err.Error(); !strings.HasPrefix(text, "this is no image that can be read") || strings.Contains(text, "\n") {
				t.Errorf("the error is %q", text)
			}
			return
		}
		values := make([]float32, pixels.Len())
		pixels.Floats(values)
		if len(values) != m.Shape().Pixels() {
			t.Errorf("%d pixels", len(values))
		}
		for i, v := range values {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("pixel %d is %v", i, v)
			}
		}
	})
}
