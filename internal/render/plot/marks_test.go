package plot

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"vae/internal/render/draw"
)

// TestMarksLieAbove: a mark in the midst of points has its own color, and a line around it.
func TestMarksLieAbove(t *testing.T) {
	points := make([]Point, 3000)
	for i := range points {
		points[i] = Point{X: float32(i%50) - 25, Y: float32(i/50) - 30, Class: 0}
	}
	s := Scatter{Size: DefaultSize, Classes: []string{"0", "1"}, Marks: []Mark{{Point{0, 0, 1}, "new", nil}}, NoAxes: true}
	m := picture(t, s, points)
	area := findFrame(t, m)
	v, err := s.survey(len(points), func(i int) Point { return points[i] })
	if err != nil {
		t.Fatal(err)
	}
	p := newScatter(s, v)
	x, y, _ := p.place(0, 0)
	if want := p.look(1).rgb(); !near(pixel(m, int(x), int(y)), want, 1) {
		t.Errorf("the middle of the mark is %v, want %v", pixel(m, int(x), int(y)), want)
	}
	if got := pixel(m, int(x+(markLine+markWhite)/2*p.em), int(y)); grey(got) > 120 {
		t.Errorf("the line around the mark is %v", got)
	}
	if !area.Contains(x, y) {
		t.Errorf("the mark at %v, %v is not in the frame %v", x, y, area)
	}
}

// TestAxesHoldMarks: also one far from all points.
func TestAxesHoldMarks(t *testing.T) {
	points := make([]Point, 100)
	for i := range points {
		points[i] = Point{X: float32(i % 10), Y: float32(i / 10), Class: NoClass}
	}
	s := Scatter{Size: DefaultSize, Marks: []Mark{{Point{400, -300, NoClass}, "", nil}}}
	v, err := s.survey(len(points), func(i int) Point { return points[i] })
	if err != nil {
		t.Fatal(err)
	}
	p := newScatter(s, v)
	if _, _, inside := p.place(400, -300); !inside {
		t.Errorf("axes %v, %v", p.x, p.y)
	}
}

// TestNamesOfMarksApart: no name lies over another or over a mark, and what finds no room has none.
func TestNamesOfMarksApart(t *testing.T) {
	one := []Point{{0, 0, NoClass}, {10, 10, NoClass}}
	svg := func(marks []Mark) string {
		var b bytes.Buffer
		if err := (Scatter{Marks: marks}).SVG(&b, 2, func(i int) Point { return one[i] }); err != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	var crowd, apart []Mark
	for i := range 12 {
		crowd = append(crowd, Mark{Point{5, 5, NoClass}, "crowd", nil})
		apart = append(apart, Mark{Point{float32(i % 3 * 4), float32(i / 3 * 3), NoClass}, "apart", nil})
	}
	if n := strings.Count(svg(crowd), ">crowd<"); n != 4 {
		t.Errorf("%d of 12 marks at one place have names, want one on each side", n)
	}
	if n := strings.Count(svg(apart), ">apart<"); n != 12 {
		t.Errorf("%d of 12 marks far apart have names", n)
	}
	for len(apart) <= namedMarks {
		apart = append(apart, apart...)
	}
	if n := strings.Count(svg(apart), ">apart<"); n != 0 {
		t.Errorf("%d of %d marks have names", n, len(apart))
	}
}

// TestMarksAreImages: of a picture of images, in a border of the class's color and a dark line.
func TestMarksAreImages(t *testing.T) {
	at := func(_ int, dst []float32) error {
		clear(dst)
		return nil
	}
	s := Scatter{
		Size: DefaultSize, Classes: []string{"0", "1"}, NoAxes: true, Images: &Thumbnails{Height: 1, Width: 1, Channels: 3, Side: DefaultThumbnail, At: at},
		Marks: []Mark{{Point{0, 0, 1}, "", []float32{0, 1, 0}}},
	}
	points := []Point{{-1, -1, 0}, {1, 1, 0}}
	m := picture(t, s, points)
	v, err := s.survey(len(points), func(i int) Point { return points[i] })
	if err != nil {
		t.Fatal(err)
	}
	p := newScatter(s, v)
	x, y, _ := p.place(0, 0)
	half := DefaultThumbnail / 2
	for _, c := range []struct {
		off  int
		want draw.RGB
	}{{0, draw.RGB{G: 255}}, {half + 2, p.look(1).rgb()}, {half + 5, colorText}, {half + 7, draw.White}} {
		if got := pixel(m, int(x)+c.off, int(y)); !near(got, c.want, 1) {
			t.Errorf("%d pixels from the middle: %v, want %v", c.off, got, c.want)
		}
	}
	s.Marks[0].Image = []float32{1}
	if err := s.PNG(&bytes.Buffer{}, 2, func(i int) Point { return points[i] }); err == nil || !strings.HasPrefix(err.Error(), "mark: ") {
		t.Errorf("an image of another shape: %v", err)
	}
}

func TestMarksThatCannotBe(t *testing.T) {
	for _, m := range []Mark{{Point{float32(math.NaN()), 0, NoClass}, "", nil}, {Point{0, 0, 3}, "", nil}} {
		s := Scatter{Classes: []string{"a"}, Marks: []Mark{m}}
		if err := s.PNG(&bytes.Buffer{}, 1, func(int) Point { return Point{} }); err == nil || !strings.HasPrefix(err.Error(), "mark: ") {
			t.Errorf("%v: %v", m, err)
		}
	}
}
