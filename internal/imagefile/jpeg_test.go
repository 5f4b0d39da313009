package imagefile

import (
	"bytes"
	"testing"
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
