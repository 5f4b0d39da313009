package draw

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"math"
	"strings"
	"testing"
)

// everything draws each kind of shape, with a text.
func everything(text string) func(Canvas) {
	return func(c Canvas) {
		c.Rect(10, 10, 30, 20, RGB{1, 2, 3}, 1)
		c.Rect(10, 10, 30, 20, RGB{1, 2, 3}, 0.5)
		c.Line([]Place{{5, 5}, {50, 40}, {90, 10}}, Stroke{Width: 2, Opacity: 1, Dash: 4, Color: RGB{200, 0, 0}})
		c.Line([]Place{{60, 60}}, Stroke{Width: 3, Opacity: 1})
		c.Line(nil, Stroke{Width: 3, Opacity: 1})
		c.Band([]float64{10, 50, 90}, []float64{70, 60, 65}, []float64{90, 90, 90}, RGB{0, 100, 0}, 1)
		c.Band(nil, nil, nil, RGB{}, 1)
		c.Ellipse(Box{20, 20, 80, 80}, 50, 50, 30, 20, Stroke{Width: 1, Opacity: 0.5})
		for m := range Markers {
			c.Marks(m, 4, 0.7)(20+15*float64(m), 80, RGB{0, 0, 200})
		}
		c.Text(NewLine(text), 5, 50, Style{Size: 12, Color: RGB{9, 9, 9}, Halo: 1})
		c.Text(NewLine(text), 90, 95, Style{Size: 12, Up: true})
		c.Image(Image{2, 1, 3, []uint8{255, 0, 0, 0, 0, 255}}, 70, 20, 5)
		c.Image(Image{1, 2, 1, []uint8{0, 128}}, 80, 20, 2.5)
		c.Raster(Box{40, 40, 60, 60}, func(c Canvas) { c.Rect(0, 0, 100, 100, RGB{50, 60, 70}, 1) })
	}
}

func svgOf(t testing.TB, p Page) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := p.SVG(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSVGTexts: whatever is written, the file is XML whose texts are what was to be set, without
// characters that turn the direction of others.
func TestSVGTexts(t *testing.T) {
	for text, want := range map[string]string{
		"plain":                           "plain",
		`</text><script>alert("1")&amp;'`: `</text><script>alert("1")&amp;'`,
		"]]>":                             "]]>",
		"a\x00b\x1bc\nd\te":               "a b c d e",
		"\xff\xfe":                        "\ufffd\ufffd",
		"x\ufffey\uffffz":                 "xyz",
		"שלום عربي":                       "שלום عربي",
		"evil\u202eexe.png":               "evilexe.png",
		"emoji 🙂 日本":                      "emoji 🙂 日本",
	} {
		b := svgOf(t, Page{Width: 100, Height: 100, Title: text, Draw: everything(text)})
		var got []string
		d := xml.NewDecoder(bytes.NewReader(b))
		for {
			token, err := d.Token()
			if err == io.EOF {
				break
			}
			if err != nil {
				t.Fatalf("%q: %v", text, err)
			}
			if chars, ok := token.(xml.CharData); ok && strings.TrimSpace(string(chars)) != "" {
				got = append(got, string(chars))
			}
		}
		if fmt.Sprint(got) != fmt.Sprint([]string{want, want, want}) { // title and two lines
			t.Errorf("%q: texts %q, want three times %q", text, got, want)
		}
	}
}

// TestSVGNumbers: no number is one that a viewer cannot read.
func TestSVGNumbers(t *testing.T) {
	for v, want := range map[float64]string{1.0 / 3: "0.33", -0.001: "0", 1e30: "0", math.Inf(-1): "0", 12: "12", -7.256: "-7.26"} {
		if got := string(appendNumber(nil, v)); got != want {
			t.Errorf("%g is written %s, want %s", v, got, want)
		}
	}
	if got := string(appendNumber(nil, math.NaN())); got != "0" {
		t.Errorf("NaN is written %s", got)
	}
}

// TestSVGImages: an embedded image is a PNG of the pixels given.
func TestSVGImages(t *testing.T) {
	b := svgOf(t, Page{Width: 100, Height: 100, Draw: func(c Canvas) {
		c.Image(Image{2, 1, 3, []uint8{255, 0, 0, 0, 0, 255}}, 70, 20, 5)
	}})
	_, rest, ok := strings.Cut(string(b), "data:image/png;base64,")
	data, _, _ := strings.Cut(rest, `"`)
	decoded, err := base64.StdEncoding.DecodeString(data)
	if err != nil || !ok {
		t.Fatal(err, ok)
	}
	m, err := png.Decode(bytes.NewReader(decoded))
	if err != nil {
		t.Fatal(err)
	}
	if r, _, blue, _ := m.At(0, 0).RGBA(); m.Bounds().Dx() != 2 || r != 0xffff || blue != 0 {
		t.Errorf("image %v, first pixel %v", m.Bounds(), m.At(0, 0))
	}
	if !strings.Contains(string(b), `<image x="70" y="20" width="10" height="5" `) {
		t.Errorf("no image of 10x5 at (70, 20) in\n%s", b)
	}
}

// TestScales: a page at scale 3 has three times the pixels, and where it is even the same colors.
func TestScales(t *testing.T) {
	p := Page{Width: 100, Height: 100, Draw: everything("text")}
	small, err := p.Image(3)
	if err != nil {
		t.Fatal(err)
	}
	p.Scale = 3
	large, err := p.Image(3)
	if err != nil {
		t.Fatal(err)
	}
	if large.Width != 300 || large.Height != 300 {
		t.Fatalf("%dx%d pixels", large.Width, large.Height)
	}
	for _, at := range [][2]int{{12, 12}, {25, 18}, {45, 45}, {55, 55}, {72, 22}, {78, 22}, {20, 80}, {50, 85}, {3, 90}} {
		a := small.Pixels[3*(at[1]*100+at[0]):][:3]
		b := large.Pixels[3*((3*at[1]+1)*300+3*at[0]+1):][:3]
		if !bytes.Equal(a, b) {
			t.Errorf("at %v: %v, and %v at scale 3", at, a, b)
		}
	}
	if svg := svgOf(t, p); !bytes.Contains(svg, []byte(`width="300" height="300" viewBox="0 0 100 100"`)) {
		t.Error("an SVG at scale 3 is not three times as large")
	}
}

func TestPageErrors(t *testing.T) {
	for _, c := range []struct {
		p    Page
		want string
	}{
		{Page{Width: 100, Height: 100, Scale: 4}, "must be 1 to 3"},
		{Page{Width: 100, Height: 100, Scale: -1}, "must be 1 to 3"},
		{Page{Width: 0, Height: 100}, "0x100 pixels"},
		{Page{Width: 40000, Height: 10, Scale: 2}, "80000x20 pixels: over the limit of 65536 a side"},
		{Page{Width: 60000, Height: 60000}, "over the limit of 134217728 pixels"},
	} {
		c.p.Draw = func(Canvas) { t.Error("drawn in spite of an error") }
		for _, err := range []error{c.p.PNG(io.Discard), c.p.SVG(io.Discard)} {
			if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%dx%d at %d: %v, want %q", c.p.Width, c.p.Height, c.p.Scale, err, c.want)
			}
		}
	}
	failure := errors.New("disk full")
	p := Page{Width: 100, Height: 100, Draw: everything("text")}
	for name, write := range map[string]func(io.Writer) error{"PNG": p.PNG, "SVG": p.SVG} {
		if err := write(failing{failure}); !errors.Is(err, failure) {
			t.Errorf("%s to a full disk: %v", name, err)
		}
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

// TestGrey: a page without colors is a PNG of one channel.
func TestGrey(t *testing.T) {
	for color, want := range map[RGB]byte{{7, 7, 7}: 0, {7, 7, 8}: 2} {
		var b bytes.Buffer
		err := Page{Width: 9, Height: 9, Draw: func(c Canvas) { c.Rect(2, 2, 5, 5, color, 1) }}.PNG(&b)
		if err != nil || b.Bytes()[25] != want { // the color type in the header
			t.Errorf("%v: color type %d, want %d (%v)", color, b.Bytes()[25], want, err)
		}
	}
}
