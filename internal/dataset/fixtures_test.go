package dataset

import (
	"encoding/hex"
	"fmt"
	"image"
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
			img, err := decoded(fixture(t, fields[0]), fields[0], 0)
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
func wantCells(t *testing.T, img image.Image, size string, colors []string, tolerance int) {
	t.Helper()
	r := rgb(img)
	if got := fmt.Sprintf("%dx%d", r.w, r.h); got != size {
		t.Fatalf("is %s, want %s", got, size)
	}
	for i, color := range colors {
		x, y := i%(r.w/cell)*cell+cell/2, i/(r.w/cell)*cell+cell/2
		got, want := r.pix[3*(y*r.w+x):][:3], unhex(t, color)
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
