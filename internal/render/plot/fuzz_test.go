package plot

import (
	"bytes"
	"encoding/binary"
	"image/png"
	"math"
	"strings"
	"testing"
)

// FuzzScatter: any points and texts give either an error and no bytes, or a PNG of the right size
// that is the same a second time.
func FuzzScatter(f *testing.F) {
	f.Add([]byte("\x00\x00\x80\x3f\x00\x00\x00\x40\x01"), "title", "a\nb", 300, true, false)
	f.Add(bytes.Repeat([]byte{0x7f, 0x7f, 0x7f, 0x7f, 1, 2, 3, 4, 0}, 30), "\xff", "", 0, false, true)
	f.Add([]byte{0, 0, 192, 127, 0, 0, 0, 0, 0}, "", "日\n本", 400, true, true)
	f.Fuzz(func(t *testing.T, data []byte, title, classes string, size int, prior, stretch bool) {
		var points []Point
		valid := len(data) >= 9 && (size == 0 || size >= minSize && size <= maxSize)
		s := Scatter{Title: title, XLabel: title, YLabel: classes, Classes: strings.Split(classes, "\n"), Size: size, Prior: prior, Stretch: stretch}
		for ; len(data) >= 9; data = data[9:] {
			p := Point{math.Float32frombits(binary.LittleEndian.Uint32(data)), math.Float32frombits(binary.LittleEndian.Uint32(data[4:])), int(int8(data[8]))}
			points = append(points, p)
			for _, v := range []float32{p.X, p.Y} {
				valid = valid && !math.IsNaN(float64(v)) && !math.IsInf(float64(v), 0)
			}
			valid = valid && p.Class >= -1 && p.Class < len(s.Classes)
		}
		if valid && size > 700 {
			t.Skip("large pictures only take longer")
		}
		var first, second bytes.Buffer
		at := func(i int) Point { return points[i] }
		err := s.PNG(&first, len(points), at)
		if (err == nil) != valid || err != nil && (first.Len() > 0 || strings.Contains(err.Error(), "\n")) {
			t.Fatalf("error %v, %d bytes; valid: %v", err, first.Len(), valid)
		}
		if !valid {
			return
		}
		m, err := png.DecodeConfig(bytes.NewReader(first.Bytes()))
		if want := s.sized().Size; err != nil || m.Width != want || m.Height != want {
			t.Fatalf("%dx%d, want %d (%v)", m.Width, m.Height, want, err)
		}
		if s.PNG(&second, len(points), at); !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatal("another picture the second time")
		}
	})
}
