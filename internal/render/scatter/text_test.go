package scatter

import (
	"image"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestTypeface: the characters of the font are found, and no others.
func TestTypeface(t *testing.T) {
	face := goRegular()
	for char, want := range map[rune]int{'A': 36, '~': 97, 0: 1, 0x1d: 0, '文': 0, 0x1f600: 0, utf8.RuneError: 709, -1: 0} {
		if got := face.glyph(char); got != want {
			t.Errorf("glyph of %q is %d, want %d", char, got, want)
		}
	}
}

// TestTextPixels: a full block, 1229 units wide in a font of 2048 an em, fills its rectangle.
func TestTextPixels(t *testing.T) {
	box := func(up bool) (image.Rectangle, rgb) {
		s := newSheet(100)
		s.text(newLine("█"), 40, 60, style{size: 32, color: rgb{1, 2, 3}, up: up})
		var r image.Rectangle
		for i := range 100 * 100 {
			if s.pixels[3*i] < 128 {
				r = r.Union(image.Rect(i%100, i/100, i%100+1, i/100+1))
			}
		}
		center := (r.Min.Y+r.Max.Y)/2*100 + (r.Min.X+r.Max.X)/2
		return r, rgb{s.pixels[3*center], s.pixels[3*center+1], s.pixels[3*center+2]}
	}
	across, c := box(false)
	if c != (rgb{1, 2, 3}) || across.Min.X < 39 || across.Min.X > 41 || across.Max.X-40 < 18 || across.Max.X-40 > 21 || across.Min.Y > 45 || across.Max.Y < 60 {
		t.Errorf("block at (40, 60): %v, color %v", across, c)
	}
	up, _ := box(true)
	turned := image.Rect(40+across.Min.Y-60, 60-(across.Max.X-40), 40+across.Max.Y-60, 60-(across.Min.X-40))
	if d := up.Min.Sub(turned.Min); max(d.X, -d.X, d.Y, -d.Y) > 1 || up.Size() != turned.Size() {
		t.Errorf("turned block: %v, want %v", up, turned)
	}
}

func TestShorten(t *testing.T) {
	for _, text := range []string{"", "short", "a rather long name of a class, with commas", "Ελληνικά και кириллица вместе", "日本語日本語日本語日本語", strings.Repeat("x", 100000), "a\xff\xfe\nb\tc\x00d\u200be\u0301"} {
		full := newLine(text)
		for _, width := range []float64{20, 60, 100, 1e6} {
			l := full.shorten(13, width)
			if !(l.width(13) <= width) {
				t.Errorf("%.20q shortened to %.0f pixels takes %.1f", text, width, l.width(13))
			}
			if cut := len(l) > 0 && l[len(l)-1] == ellipsis; cut != (!(full.width(13) <= width) || len(full) > textLimit) {
				t.Errorf("%.20q at %.0f pixels: %q", text, width, string(l))
			}
			if !slices.Equal(l[:max(0, len(l)-1)], full[:max(0, len(l)-1)]) {
				t.Errorf("%.20q shortened to %q", text, string(l))
			}
		}
		if len(full) > textLimit+1 || !utf8.ValidString(string(full)) {
			t.Errorf("%.20q becomes %d characters", text, len(full))
		}
	}
	if got := string(newLine("a\xff\nb\u200bc\u0301")); got != "a\ufffd bc" {
		t.Errorf("cleaned: %q", got)
	}
}

func TestLegendTexts(t *testing.T) {
	rows := func(classes []string, size int, present ...int) string {
		var points []Point
		for _, c := range present {
			points = append(points, Point{0, 0, c})
		}
		s := Plot{Classes: classes, Size: size}
		var text []string
		for _, row := range newDrawing(s, surveyOf(t, s, points)).legend {
			text = append(text, string(row.text))
		}
		return strings.Join(text, "|")
	}
	all := func(n int) (present []int) {
		for i := range n {
			present = append(present, i)
		}
		return present
	}
	for _, c := range []struct{ got, want string }{
		{rows(names(10), 900, 2, 1, NoClass), "1|2|(none)"},
		{rows([]string{"日", "cat", " \n ", strings.Repeat("long ", 20)}, 900, 0, 1, 2, 3), "[0]|cat|[2]|long long l…long long|classes of one color|have other markers"},
		{rows([]string{"a long name of many letters, 1", "a long name of many letters, 2", "a long name of many words, 1"}, 900, 0, 1, 2), "a long nam…letters, 1|a long nam…letters, 2|a long na…y words, 1"},
		{rows([]string{"a long name, one, that ends alike", "a long name, two, that ends alike", "b"}, 900, 0, 1, 2), "[0] a long n…nds alike|[1] a long n…nds alike|b"},
		{rows([]string{"a\u0301", "a", "á"}, 900, 0, 1, 2), "[0] a|[1] a|á"},
		{rows(names(21), 900, 1, 20), "1|20"},
		{rows(names(22), 900, 1, 20, 21), "1|20|21|classes of one color|have other markers"},
		{rows(names(81), 900, 0, 80), "0|80|more classes than|colors and markers:|some look alike"},
		{rows(names(20), 900, 19), "19"},
		{rows(names(10), 900, NoClass), ""},
		{rows(names(100), 300, all(100)...), "0|1|2|3|4|5|6|7|8|9|10|11|and 88 more|more classes than|colors and markers:|some look alike"},
		{rows(names(20), 300, all(20)...), "0|1|2|3|4|5|6|7|8|9|10|11|and 8 more"},
	} {
		if c.got != c.want {
			t.Errorf("legend %q, want %q", c.got, c.want)
		}
	}
}

// TestShortenMiddle: what is cut is the middle, and as little as must be.
func TestShortenMiddle(t *testing.T) {
	for _, text := range []string{"", "short", "a rather long name of a class, with commas", strings.Repeat("W", 50), strings.Repeat("i", 500), "Ελληνικά και кириллица вместе"} {
		full := newLine(text)
		for _, width := range []float64{1, 20, 60, 100, 1e6} {
			l := full.shortenMiddle(13, width)
			at := slices.Index(l, ellipsis)
			if at < 0 {
				if !slices.Equal(l, full) || !(full.width(13) <= width) {
					t.Errorf("%q at %g pixels: %q", text, width, string(l))
				}
				continue
			}
			left := width - l.width(13)
			if !(left >= 0) && len(l) > 1 || !strings.HasPrefix(string(full), string(l[:at])) || !strings.HasSuffix(string(full), string(l[at+1:])) {
				t.Errorf("%q shortened to %g pixels: %q, of which %g are left", text, width, string(l), left)
			}
			if d := len(l) - 1 - 2*at; width >= 60 && (left > 2*line{'W'}.width(13) || max(d, -d) > 6) {
				t.Errorf("%q shortened to %g pixels: %q, of which %g are left", text, width, string(l), left)
			}
		}
	}
}

func TestKey(t *testing.T) {
	long := "a long name of a class that is "
	s := Plot{Classes: []string{"cat", "猫", " ", long + "one and two", long + "one and too", "emoji 🙂", long + "1, " + long + "x", long + "2, " + long + "x"}}
	if got, want := s.Key(), []int{1, 2, 5, 6, 7}; !slices.Equal(got, want) {
		t.Errorf("key of classes %v, want %v", got, want)
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
}
