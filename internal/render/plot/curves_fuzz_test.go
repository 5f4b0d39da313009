package plot

import (
	"bytes"
	"encoding/binary"
	"encoding/xml"
	"errors"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

// FuzzCurves: any values and texts give either an error of one line and no bytes, or a PNG and an
// SVG that can be read and are the same a second time.
func FuzzCurves(f *testing.F) {
	number := func(values ...float64) (b []byte) {
		for _, v := range values {
			b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
		}
		return b
	}
	f.Add(number(1, 2, 3), number(100, 90, 80), "loss", "a\nb", false)
	f.Add(number(1), number(math.NaN()), "", "\xff", true)
	f.Add(number(-1e15, 0, 1e15), number(1e300, -1e300, 5e-324), "<", "日本", true)
	f.Add(number(1, 2), number(math.MaxFloat64, math.Inf(1)), "x", "y", false)
	f.Fuzz(func(t *testing.T, xs, ys []byte, label, name string, log bool) {
		read := func(b []byte) (v []float64) {
			for ; len(b) >= 8 && len(v) < 200; b = b[8:] {
				v = append(v, math.Float64frombits(binary.LittleEndian.Uint64(b)))
			}
			return v
		}
		x, y := read(xs), read(ys)
		n := min(len(x), len(y))
		x, y = x[:n], y[:n]
		s := Curves{Title: name, Note: label, XLabel: label, Solid: name, Faint: label, Width: 400, Panels: []Panel{
			{Label: label, Log: log, Series: []Series{{Name: name, X: x, Y: y}, {Name: label, X: x, Y: y, Faint: true}}},
			{Label: name, Bands: &Bands{Names: []string{label, name}, X: x, Values: [][]float64{y, y}, Most: 1}},
		}}
		if n > 0 {
			s.Panels[0].Series[0].Best, s.Panels[0].Spans = []int{n / 2}, []Span{{y[0], x[0], name}}
		}
		var first, second, drawn bytes.Buffer
		if err := s.PNG(&first); err != nil {
			if first.Len() > 0 || strings.Contains(err.Error(), "\n") {
				t.Fatalf("error %v, %d bytes", err, first.Len())
			}
			return
		}
		if _, err := png.Decode(bytes.NewReader(first.Bytes())); err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(s.PNG(&second), s.SVG(&drawn)); err != nil || !bytes.Equal(first.Bytes(), second.Bytes()) {
			t.Fatalf("another picture the second time (%v)", err)
		}
		for d := xml.NewDecoder(&drawn); ; {
			if _, err := d.Token(); err == io.EOF {
				break
			} else if err != nil {
				t.Fatal(err)
			}
		}
	})
}
