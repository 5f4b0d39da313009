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
		for line := range strings.Lines(string(content)) {
			file, expected, _ := strings.Cut(strings.TrimSpace(line), " ")
			t.Run(file, func(t *testing.T) { wantVariant(t, file, expected) })
		}
	}
}

func wantVariant(t *testing.T, file, expected string) {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "formats", file))
	if err != nil {
		t.Fatal(err)
	}
	img, err := decoded(content, file, Options{})
	if reason, ok := strings.CutPrefix(expected, "refused "); ok {
		wantError(t, err, file+": ", reason)
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	wantSamples(t, *img, strings.Fields(expected))
}

// wantSamples checks an image against the fields of a line: page, type, size,
// range, tolerance, samples.
func wantSamples(t *testing.T, img Image, fields []string) {
	t.Helper()
	kind, size, raw := fields[1], fields[2], unhex(t, fields[6])
	if got := fmt.Sprintf("%dx%dx%d %v %v", img.Width, img.Height, img.Channels, img.Low, img.High); got != strings.Join(fields[2:5], " ") {
		t.Fatalf("is %s, want %s", got, fields[2:5])
	}
	tolerance, err := strconv.ParseFloat(fields[5], 64)
	if err != nil {
		t.Fatal(err)
	}
	got := floats(img)
	want := map[string]func([]byte) []float64{"u8": bytesOf, "u16": shortsOf, "f32": floatsOf}[kind](raw)
	if len(got) != len(want) || (kind == "u8") != (img.U8 != nil) || (kind == "u16") != (img.U16 != nil) {
		t.Fatalf("%d samples, want %d of %s", len(got), len(want), kind)
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance) && !(math.IsNaN(got[i]) && math.IsNaN(want[i])) && got[i] != want[i] {
			t.Fatalf("sample %d of %s is %v, want %v", i, size, got[i], want[i])
		}
	}
}

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
