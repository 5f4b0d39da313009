package plot

import (
	"bytes"
	"flag"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

var updatePlot = flag.Bool("update-plot", false, "write the pictures in testdata anew")

// golden compares a picture with one in testdata, which was looked at. Rounding may differ on
// processors with other floating-point instructions.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	a, b := decode(t, got), decode(t, kept(t, name, got))
	if a.Bounds() != b.Bounds() {
		t.Fatalf("%s: bounds %v, want %v", name, a.Bounds(), b.Bounds())
	}
	different := 0
	for y := range a.Bounds().Dy() {
		for x := range a.Bounds().Dx() {
			if !near(pixel(a, x, y), pixel(b, x, y), 4) {
				different++
			}
		}
	}
	if different > 40 {
		t.Errorf("%d pixels differ from testdata/%s; look at the picture that -update-plot writes", different, name)
	}
}

// number is a number of an SVG.
var number = regexp.MustCompile(`-?\d+(\.\d+)?`)

// goldenText compares an SVG with the one in testdata: its numbers to two hundredths, for the same
// reason, all else exactly.
func goldenText(t *testing.T, name string, got []byte) {
	t.Helper()
	want := kept(t, name, got)
	if bytes.Equal(got, want) {
		return
	}
	a, b := number.FindAll(got, -1), number.FindAll(want, -1)
	if len(a) != len(b) || !bytes.Equal(number.ReplaceAll(got, nil), number.ReplaceAll(want, nil)) {
		t.Fatalf("%s differs, %d bytes for %d; look at the picture that -update-plot writes", name, len(got), len(want))
	}
	for i := range a {
		x, _ := strconv.ParseFloat(string(a[i]), 64)
		y, _ := strconv.ParseFloat(string(b[i]), 64)
		if !(math.Abs(x-y) <= 0.02) {
			t.Fatalf("%s: number %d is %s, want %s; look at the picture that -update-plot writes", name, i, a[i], b[i])
		}
	}
}

// kept is a file of testdata, written anew if that is asked for.
func kept(t *testing.T, name string, got []byte) []byte {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *updatePlot {
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return want
}
