package draw

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
	box := func(up bool) (image.Rectangle, RGB) {
		s := newSheet(Box{X1: 100, Y1: 100}, 1)
		s.Text(NewLine("█"), 40, 60, Style{Size: 32, Color: RGB{1, 2, 3}, Up: up})
		var r image.Rectangle
		for i := range 100 * 100 {
			if s.pixels[3*i] < 128 {
				r = r.Union(image.Rect(i%100, i/100, i%100+1, i/100+1))
			}
		}
		center := (r.Min.Y+r.Max.Y)/2*100 + (r.Min.X+r.Max.X)/2
		return r, RGB{s.pixels[3*center], s.pixels[3*center+1], s.pixels[3*center+2]}
	}
	across, c := box(false)
	if c != (RGB{1, 2, 3}) || across.Min.X < 39 || across.Min.X > 41 || across.Max.X-40 < 18 || across.Max.X-40 > 21 || across.Min.Y > 45 || across.Max.Y < 60 {
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
		full := NewLine(text)
		for _, width := range []float64{20, 60, 100, 1e6} {
			l := full.Shorten(13, width)
			if !(l.Width(13) <= width) {
				t.Errorf("%.20q shortened to %.0f pixels takes %.1f", text, width, l.Width(13))
			}
			if cut := len(l) > 0 && l[len(l)-1] == ellipsis; cut != (!(full.Width(13) <= width) || len(full) > textLimit) {
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
	if got := string(NewLine("a\xff\nb\u200bc\u0301")); got != "a\ufffd bc" {
		t.Errorf("cleaned: %q", got)
	}
}

// TestShortenMiddle: what is cut is the middle, and as little as must be.
func TestShortenMiddle(t *testing.T) {
	for _, text := range []string{"", "short", "a rather long name of a class, with commas", strings.Repeat("W", 50), strings.Repeat("i", 500), "Ελληνικά και кириллица вместе"} {
		full := NewLine(text)
		for _, width := range []float64{1, 20, 60, 100, 1e6} {
			l := full.ShortenMiddle(13, width)
			at := slices.Index(l, ellipsis)
			if at < 0 {
				if !slices.Equal(l, full) || !(full.Width(13) <= width) {
					t.Errorf("%q at %g pixels: %q", text, width, string(l))
				}
				continue
			}
			left := width - l.Width(13)
			if !(left >= 0) && len(l) > 1 || !strings.HasPrefix(string(full), string(l[:at])) || !strings.HasSuffix(string(full), string(l[at+1:])) {
				t.Errorf("%q shortened to %g pixels: %q, of which %g are left", text, width, string(l), left)
			}
			if d := len(l) - 1 - 2*at; width >= 60 && (left > 2*Line{'W'}.Width(13) || max(d, -d) > 6) {
				t.Errorf("%q shortened to %g pixels: %q, of which %g are left", text, width, string(l), left)
			}
		}
	}
}
