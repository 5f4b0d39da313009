package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"hash/crc32"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"vae/internal/config"
)

// write puts a file at a slash path below dir.
func write(t testing.TB, dir, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// grayImage is w x h pixels: first, first+1, ...
func grayImage(w, h int, first uint8) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	for i := range img.Pix {
		img.Pix[i] = first + uint8(i)
	}
	return img
}

func pngOf(t testing.TB, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, img); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func grayFile(t testing.TB, w, h int, first uint8) []byte { return pngOf(t, grayImage(w, h, first)) }

func solid(w, h int, c color.Color) image.Image {
	img := image.NewNRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			img.Set(x, y, c)
		}
	}
	return img
}

// idxBytes is an IDX file of the given dimensions, claimed or true.
func idxBytes(magic uint32, dims []int32, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, magic)
	for _, d := range dims {
		b = binary.BigEndian.AppendUint32(b, uint32(d))
	}
	return append(b, content...)
}

// ramp is n bytes 0, 1, 2, ...
func ramp(n int) []byte {
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(i)
	}
	return b
}

func zipped(t testing.TB, content []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// wantError checks that err is one line that holds every part.
func wantError(t *testing.T, err error, parts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error; want one that says %q", parts)
	}
	if strings.Contains(err.Error(), "\n") {
		t.Errorf("more than one line: %q", err)
	}
	for _, p := range parts {
		if !strings.Contains(err.Error(), p) {
			t.Errorf("error %q does not say %q", err, p)
		}
	}
}

func loadFrom(source string) config.Data {
	return config.Data{Source: source, Validation: config.Auto}
}

func mustLoad(t *testing.T, cfg config.Data, seed uint64) *Splits {
	t.Helper()
	s, err := Load(cfg, seed, 0)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func small(w, h, c int) StreamOptions {
	return StreamOptions{Shape: config.Shape{Width: w, Height: h, Channels: c}}
}

// readAll opens a stream, reads it to its end and closes it.
func readAll(t *testing.T, o StreamOptions, args ...string) []Item {
	t.Helper()
	s, err := Open(context.Background(), args, o)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	var items []Item
	for item, ok := s.Next(); ok; item, ok = s.Next() {
		if (item.Err == nil) != (item.Pixels.Len() == o.Shape.Pixels()) {
			t.Errorf("%s: %d pixels with error %v", item.Name, item.Pixels.Len(), item.Err)
		}
		items = append(items, item)
	}
	return items
}

// allocated is how many bytes run takes in all.
func allocated(run func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	run()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bombPNG claims w x h pixels and holds none.
func bombPNG(w, h uint32) []byte {
	b := []byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d")
	ihdr := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	ihdr = binary.BigEndian.AppendUint32(ihdr, h)
	ihdr = append(ihdr, 8, 0, 0, 0, 0)
	return binary.BigEndian.AppendUint32(append(b, ihdr...), crc32.ChecksumIEEE(ihdr))
}
