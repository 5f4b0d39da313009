package imagefile

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fixture is an image of testdata/images; testdata/make_images.py made it.
func fixture(t testing.TB, name string) []byte {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("testdata", "images", name))
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// cell is the side of the squares of one color that fixtures are made of.
const cell = 8

// Files of real tools are held against what Pillow sees in them: orientations,
// first frames, alpha over white, 16 bits, palettes, CMYK.
func TestDecodeWhatOtherToolsWrite(t *testing.T) {
	lines := strings.Split(strings.TrimSpace(string(fixture(t, "expected.txt"))), "\n")
	if len(lines) < 30 {
		t.Fatalf("%d images", len(lines))
	}
	for _, line := range lines {
		fields := strings.Fields(line)
		t.Run(fields[0], func(t *testing.T) {
			img, err := decoded(fixture(t, fields[0]), fields[0], Options{Channels: 3})
			if fields[0] == "arithmetic.jpg" {
				wantError(t, err, "arithmetic.jpg: cannot be decoded: unsupported JPEG feature")
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			tolerance := 1
			if ext := filepath.Ext(fields[0]); ext == ".jpg" || ext == ".webp" { // rounded otherwise than by Pillow
				tolerance = 4
			}
			wantCells(t, img, fields[1], fields[2:], tolerance)
		})
	}
}

// wantCells checks the size and the middle of each cell, row by row.
func wantCells(t *testing.T, img *Image, size string, colors []string, tolerance int) {
	t.Helper()
	if got := fmt.Sprintf("%dx%d", img.Width, img.Height); got != size {
		t.Fatalf("is %s, want %s", got, size)
	}
	for i, color := range colors {
		x, y := i%(img.Width/cell)*cell+cell/2, i/(img.Width/cell)*cell+cell/2
		got, want := top(img)[3*(y*img.Width+x):][:3], unhex(t, color)
		for c := range want {
			if distance(int(got[c]), int(want[c])) > tolerance {
				t.Errorf("cell %d is %x, want %x", i, got, want)
				break
			}
		}
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// top is the upper 8 bits of an image of 8 or 16.
func top(img *Image) []uint8 {
	if img.U8 != nil {
		return img.U8
	}
	out := make([]uint8, len(img.U16))
	for i, v := range img.U16 {
		out[i] = uint8(v >> 8)
	}
	return out
}
