package draw

import (
	"math"
	"testing"
)

// ink is the sum of what is not white on a sheet of 100 x 100, in pixels of black.
func ink(draw func(s *sheet)) float64 {
	s := newSheet(Box{X1: 100, Y1: 100}, 1)
	draw(s)
	sum := 0.0
	for i := 0; i < len(s.pixels); i += 3 {
		sum += float64(255-s.pixels[i]) / 255
	}
	return sum
}

// TestLineInk: a line has the ink of its area, once, also where it crosses or touches itself.
func TestLineInk(t *testing.T) {
	for name, c := range map[string]struct {
		through []Place
		stroke  Stroke
		want    float64
	}{
		"across":     {[]Place{{20, 50}, {80, 50}}, Stroke{Width: 2, Opacity: 1}, 120 + math.Pi},
		"slanted":    {[]Place{{20.3, 20.9}, {60.3, 50.9}}, Stroke{Width: 3, Opacity: 1}, 150 + math.Pi*2.25},
		"back again": {[]Place{{20, 50}, {80, 50}, {20, 50}}, Stroke{Width: 2, Opacity: 0.5}, 60 + math.Pi/2},
		"a point":    {[]Place{{50, 50}}, Stroke{Width: 10, Opacity: 1}, math.Pi * 25},
		"dashed":     {[]Place{{10, 50}, {50, 50}, {90, 50}}, Stroke{Width: 2, Dash: 16, Opacity: 1}, 3*(32+math.Pi) - 0},
		"outside":    {[]Place{{-50, -50}, {-10, -10}}, Stroke{Width: 2, Opacity: 1}, 0},
		"leaving":    {[]Place{{50, 50}, {1e9, 50}}, Stroke{Width: 2, Opacity: 1}, 100 + math.Pi/2},
		"nowhere":    {[]Place{{math.NaN(), 50}, {20, math.NaN()}}, Stroke{Width: 2, Opacity: 1}, 0},
	} {
		got := ink(func(s *sheet) { s.Line(c.through, c.stroke) })
		if !(math.Abs(got-c.want) <= 0.03*c.want+0.5) {
			t.Errorf("%s: %.1f pixels of ink, want %.1f", name, got, c.want)
		}
	}
}

// TestBandInk: a band has the ink of the area between its lines, whichever is the upper one.
func TestBandInk(t *testing.T) {
	xs, top, bottom := []float64{10.5, 40, 90.25}, []float64{20, 30.5, 10}, []float64{60, 60, 80}
	want := (40+29.5)/2*29.5 + (29.5+70)/2*50.25
	for _, lines := range [][2][]float64{{top, bottom}, {bottom, top}} {
		if got := ink(func(s *sheet) { s.Band(xs, lines[0], lines[1], RGB{}, 1) }); !(math.Abs(got-want) <= 0.005*want) {
			t.Errorf("%.1f pixels of ink, want %.1f", got, want)
		}
	}
	if got := ink(func(s *sheet) { s.Band(xs, top, top, RGB{}, 1) }); got != 0 {
		t.Errorf("a band without height has %g pixels of ink", got)
	}
}

// TestRectPixels: rectangles fill whole pixels, on the part of a page that a sheet is too.
func TestRectPixels(t *testing.T) {
	s := newSheet(Box{10, 20, 30, 40}, 2)
	s.Rect(5, 15, 15, 25, RGB{1, 2, 3}, 1)
	for i := range 40 * 40 {
		want := White
		if i%40 < 10 && i/40 < 10 {
			want = RGB{1, 2, 3}
		}
		if got := (RGB{s.pixels[3*i], s.pixels[3*i+1], s.pixels[3*i+2]}); got != want {
			t.Fatalf("pixel (%d, %d) is %v, want %v", i%40, i/40, got, want)
		}
	}
}
