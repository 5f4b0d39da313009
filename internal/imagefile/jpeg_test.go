package imagefile

import (
	"bytes"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// manyScans is the progressive fixture with its last scan n times: a few bytes
// each that go over all pixels again.
func manyScans(t testing.TB, n int) []byte {
	content := fixture(t, "progressive.jpg")
	last, end := bytes.LastIndex(content, []byte{0xff, 0xda}), len(content)-2
	return bytes.Join([][]byte{content[:last], bytes.Repeat(content[last:end], n), content[end:]}, nil)
}

func TestDecodeLimitsTheScansOfJPEG(t *testing.T) {
	if n := countScans(fixture(t, "progressive.jpg")); n != 10 {
		t.Errorf("%d scans", n)
	}
	if _, err := decoded(manyScans(t, maxScans-9), "x.jpg", Options{}); err != nil {
		t.Error(err)
	}
	_, err := decoded(manyScans(t, maxScans-8), "x.jpg", Options{})
	wantError(t, err, "x.jpg: cannot be decoded: jpeg: 101 scans, more than the limit of 100")
}

// What looks like a scan is none in metadata, among pixels or after the end.
func TestCountScans(t *testing.T) {
	for _, c := range []struct {
		data string
		want int
	}{
		{"", 0}, {"\xff", 0}, {"\xff\xd8\xff", 0}, {"\xff\xd8\xff\xd9", 0},
		{"\xff\xd8\xff\xe1\x00\x06\xff\xda\xff\xda\xff\xda\x00\x02", 1},
		{"\xff\xd8\xff\xda\x00\x03\xda\xff\x00\xda\xff\xd3\xff\xff\xda\x00\x02\xff\xd9\xff\xda", 2},
		{"\xff\xd8\xff\xe1\x00\x00\xff\xda\x00\x02", 1}, // a segment shorter than its length
		{"\xff\xd8\xff\xe1\xff\xff\xff\xda\x00\x02", 0}, // and one beyond the end
	} {
		if got := countScans([]byte(c.data)); got != c.want {
			t.Errorf("%q: %d scans, want %d", c.data, got, c.want)
		}
	}
}

// A JPEG of one scan that lacks but its end is whole, and so is one with something
// behind its end; a cut within its pixels, or before a scan, is none.
func TestJPEGWithoutItsEnd(t *testing.T) {
	for _, name := range []string{"grey.jpg", "orientation-1.jpg", "cmyk.jpg", "progressive.jpg"} {
		good := fixture(t, name)
		want, err := decoded(good, name, Options{})
		if err != nil {
			t.Fatal(err)
		}
		whole := len(good)
		if name != "progressive.jpg" {
			whole -= 2
		}
		for n := bytes.LastIndex(good, []byte{0xff, 0xda}); n < len(good)+20; n++ {
			content := append(bytes.Clone(good[:min(n, len(good))]), make([]byte, max(0, n-len(good)))...)
			got, err := decoded(content, name, Options{})
			if n < whole-1 { // of the last byte some bits are padding
				wantError(t, err, name+": ends too early")
			} else if n >= whole && (err != nil || !cmp.Equal(got, want)) {
				t.Errorf("%s: %d of %d bytes: %v", name, n, len(good), err)
			}
		}
	}
	good := fixture(t, "grey.jpg")
	zeros := append(bytes.Clone(good[:len(good)-2]), make([]byte, 100)...)
	if _, err := decoded(zeros, "zeros.jpg", Options{}); err != nil {
		t.Error(err)
	}
}
