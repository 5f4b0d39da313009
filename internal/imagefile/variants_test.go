package imagefile

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Every variant of a format is held against the samples that Pillow, tifffile or
// NumPy find in it, or is refused for a reason; testdata/make_formats.py made them.
func TestVariants(t *testing.T) {
	lists, err := filepath.Glob(filepath.Join("testdata", "formats", "*-expected.txt"))
	if err != nil || len(lists) == 0 {
		t.Fatal("no expected images", err)
	}
	for _, list := range lists {
		content, err := os.ReadFile(list)
		if err != nil {
			t.Fatal(err)
		}
		expected := map[string][]string{}
		for line := range strings.Lines(string(content)) {
			file, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
			expected[file] = append(expected[file], rest)
		}
		for file, pages := range expected {
			t.Run(file, func(t *testing.T) { wantVariant(t, file, pages) })
		}
	}
}

func wantVariant(t *testing.T, file string, expected []string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "formats", file))
	if err != nil {
		t.Fatal(err)
	}
	first, err := decoded(content, file, Options{})
	if reason, ok := strings.CutPrefix(expected[0], "refused "); ok {
		wantError(t, err, file+": ", reason)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	wantSamples(t, *first, strings.Fields(expected[0]))
	if counted, err := new(Reader).Bytes(content, file, Options{}, func(int, Image) error { return nil }); err != nil || counted != len(expected) {
		t.Errorf("%d pages are counted, want %d: %v", counted, len(expected), err)
	}
	given := 0
	pages, err := new(Reader).Bytes(content, file, Options{All: true}, func(page int, img Image) error {
		if page != given || page >= len(expected) {
			t.Fatalf("page %d after %d, of %d", page, given, len(expected))
		}
		given++
		wantSamples(t, img, strings.Fields(expected[page]))
		return nil
	})
	if reason, ok := strings.CutPrefix(expected[len(expected)-1], "refused "); ok { // a later page
		wantError(t, err, file+": ", reason)
		return
	}
	if err != nil || pages != len(expected) || given != pages {
		t.Errorf("%d pages, %d of them given, want %d: %v", pages, given, len(expected), err)
	}
}

// wantSamples checks an image against the fields of a line: page, type, size,
// range, tolerance, samples.
func wantSamples(t *testing.T, img Image, fields []string) {
	t.Helper()
	kind, size, raw := fields[1], fields[2], unhex(t, fields[6])
	low, high, tolerance := number(t, fields[3]), number(t, fields[4]), number(t, fields[5])
	if got := fmt.Sprintf("%dx%dx%d", img.Width, img.Height, img.Channels); got != size || !same(img.Low, low) || !same(img.High, high) {
		t.Fatalf("is %s from %v to %v, want %s", got, img.Low, img.High, fields[2:5])
	}
	got := floats(img)
	want := map[string]func([]byte) []float64{"u8": bytesOf, "u16": shortsOf, "f32": floatsOf}[kind](raw)
	if len(got) != len(want) || (kind == "u8") != (img.U8 != nil) || (kind == "u16") != (img.U16 != nil) {
		t.Fatalf("%d samples, want %d of %s", len(got), len(want), kind)
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) && !same(got[i], want[i]) {
			t.Fatalf("sample %d of %s is %v, want %v", i, size, got[i], want[i])
		}
	}
}

func number(t *testing.T, text string) float64 {
	t.Helper()
	v, err := strconv.ParseFloat(text, 64)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// same tells whether numbers are equal, NaN among them.
func same(a, b float64) bool { return a == b || math.IsNaN(a) && math.IsNaN(b) }

// floats are the samples of an image of any type.
func floats(img Image) (out []float64) {
	for _, v := range img.U8 {
		out = append(out, float64(v))
	}
	for _, v := range img.U16 {
		out = append(out, float64(v))
	}
	for _, v := range img.F32 {
		out = append(out, float64(v))
	}
	return out
}

func bytesOf(raw []byte) []float64 { return floats(Image{U8: raw}) }

func shortsOf(raw []byte) (out []float64) {
	for i := 0; i < len(raw); i += 2 {
		out = append(out, float64(binary.LittleEndian.Uint16(raw[i:])))
	}
	return out
}

func floatsOf(raw []byte) (out []float64) {
	for i := 0; i < len(raw); i += 4 {
		out = append(out, float64(math.Float32frombits(binary.LittleEndian.Uint32(raw[i:]))))
	}
	return out
}
