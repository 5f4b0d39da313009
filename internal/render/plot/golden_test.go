package plot

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
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

// goldenText compares an SVG with the one in testdata.
func goldenText(t *testing.T, name string, got []byte) {
	t.Helper()
	if want := kept(t, name, got); !bytes.Equal(got, want) {
		t.Errorf("%s differs, %d bytes for %d; look at the picture that -update-plot writes", name, len(got), len(want))
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
