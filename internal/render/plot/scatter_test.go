package plot

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"

	"vae/internal/render/draw"
)

// picture draws points and decodes the picture.
func picture(t testing.TB, s Scatter, points []Point) image.Image {
	t.Helper()
	m, err := png.Decode(bytes.NewReader(plotBytes(t, s, points)))
	if err != nil {
		t.Fatal(err)
	}
	size := s.Size
	if size == 0 {
		size = 900
	}
	if m.Bounds() != image.Rect(0, 0, size, size) {
		t.Fatalf("bounds %v, want side %d", m.Bounds(), size)
	}
	return m
}

func plotBytes(t testing.TB, s Scatter, points []Point) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.PNG(&b, len(points), func(i int) Point { return points[i] }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func pixel(m image.Image, x, y int) draw.RGB {
	c := color.RGBAModel.Convert(m.At(x, y)).(color.RGBA)
	return draw.RGB{R: c.R, G: c.G, B: c.B}
}

// grey is the luminance of a color, 0..255 (ITU-R BT.601 weights).
func grey(c draw.RGB) int { return (299*int(c.R) + 587*int(c.G) + 114*int(c.B) + 500) / 1000 }

// near tells whether every channel is within by.
func near(a, b draw.RGB, by int) bool {
	d := func(p, q uint8) int { return max(int(p)-int(q), int(q)-int(p)) }
	return max(d(a.R, b.R), d(a.G, b.G), d(a.B, b.B)) <= by
}

// findFrame is the area inside the frame, found by the frame's color along the picture's middle.
func findFrame(t testing.TB, m image.Image) draw.Box {
	t.Helper()
	size, frame := m.Bounds().Dx(), draw.RGB{R: 150, G: 153, B: 160}
	var xs, ys []int
	for i := range size {
		if near(pixel(m, i, size/3), frame, 0) {
			xs = append(xs, i)
		}
		if near(pixel(m, size/2, i), frame, 0) {
			ys = append(ys, i)
		}
	}
	if len(xs) < 2 || len(ys) < 2 {
		t.Fatalf("no frame: columns %v, rows %v", xs, ys)
	}
	return draw.Box{X0: xs[0] + 1, Y0: ys[0] + 1, X1: xs[len(xs)-1], Y1: ys[len(ys)-1]}
}

func names(n int) (s []string) {
	for i := range n {
		s = append(s, fmt.Sprint(i))
	}
	return s
}

// over is a color at an opacity over white.
func over(c draw.RGB, opacity float64) draw.RGB {
	f := func(v uint8) uint8 { return uint8(math.Round(255 + (float64(v)-255)*opacity)) }
	return draw.RGB{R: f(c.R), G: f(c.G), B: f(c.B)}
}

// TestPlaces computes each point's place from the frame alone: 4 % margins on the longer
// axis in units a pixel, the other axis centered with the same unit.
func TestPlaces(t *testing.T) {
	var points []Point
	for i := range 10 {
		points = append(points, Point{X: float32(i%4)*3 - 2, Y: float32(i/4)*2.5 + 1, Class: i})
	}
	points = append(points, Point{6, 6, NoClass})
	for _, size := range []int{0, 300, 701} {
		m := picture(t, Scatter{Classes: names(10), Size: size, XLabel: "x", YLabel: "y", Title: "T"}, points)
		a := findFrame(t, m)
		unit := max(9/(0.92*a.Width()), 5/(0.92*a.Height()))
		for _, p := range points {
			x := float64(a.X0) + a.Width()/2 + (float64(p.X)-2.5)/unit
			y := float64(a.Y0) + a.Height()/2 - (float64(p.Y)-3.5)/unit
			want := over(noClassColor, 0.85)
			if p.Class >= 0 {
				want = over(classColors[p.Class], 0.85)
			}
			if got := pixel(m, int(x), int(y)); !near(got, want, 8) {
				t.Errorf("size %d: %v at pixel (%.1f, %.1f): %v, want %v", size, p, x, y, got, want)
			}
		}
	}
}

func TestStretch(t *testing.T) {
	points := []Point{{0, 0, 0}, {1, 5000, 1}, {0.25, 4000, 2}}
	m := picture(t, Scatter{Classes: names(3), Stretch: true}, points)
	a := findFrame(t, m)
	for _, p := range points {
		x := float64(a.X0) + a.Width()*(0.04+0.92*float64(p.X))
		y := float64(a.Y1) - a.Height()*(0.04+0.92*float64(p.Y)/5000)
		if got, want := pixel(m, int(x), int(y)), over(classColors[p.Class], 0.85); !near(got, want, 8) {
			t.Errorf("%v: %v, want %v", p, got, want)
		}
	}
}

// TestLegend finds the opaque markers to the right of the frame, from top to bottom.
func TestLegend(t *testing.T) {
	s := Scatter{Classes: names(12)}
	points := []Point{{0, 0, 11}, {1, 1, 3}, {0, 1, 7}, {0.5, 0, NoClass}}
	m := picture(t, s, points)
	var got []draw.RGB
	right := findFrame(t, m).X1 + 2
	known := append([]draw.RGB{noClassColor}, classColors[:]...)
	for y := range 900 {
		for x := right; x < 900; x++ {
			for _, c := range known {
				if pixel(m, x, y) == c && pixel(m, x+1, y) == c && (len(got) == 0 || got[len(got)-1] != c) {
					got = append(got, c)
				}
			}
		}
	}
	want := []draw.RGB{classColors[3], classColors[7], classColors[11], noClassColor}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("markers %v, want %v", got, want)
	}
	for i := range points {
		points[i].Class = NoClass
	}
	if a := findFrame(t, picture(t, s, points)); a.X1 < 860 {
		t.Errorf("without classes the frame ends at %d, as if there were a legend", a.X1)
	}
}

func TestErrors(t *testing.T) {
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	ok := Point{1, 2, 0}
	for _, c := range []struct {
		s      Scatter
		points []Point
		want   string
	}{
		{Scatter{}, nil, "at least one point"},
		{Scatter{Size: 299}, []Point{ok}, "size 299"},
		{Scatter{Size: -1}, []Point{ok}, "size -1"},
		{Scatter{Size: 4097}, []Point{ok}, "size 4097"},
		{Scatter{Classes: names(1)}, []Point{ok, ok, {nan, 0, 0}, {nan, nan, 0}}, "point 2 is (NaN, 0)"},
		{Scatter{Classes: names(1)}, []Point{ok, {0, -inf, 0}}, "point 1 is (0, -Inf)"},
		{Scatter{Classes: names(1)}, []Point{ok, {0, 0, 1}}, "point 1 has class 1"},
		{Scatter{}, []Point{ok}, "point 0 has class 0"},
		{Scatter{Classes: names(3)}, []Point{{0, 0, -2}}, "point 0 has class -2"},
	} {
		var b bytes.Buffer
		err := c.s.PNG(&b, len(c.points), func(i int) Point { return c.points[i] })
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: error %v, want one line with %q", c.points, err, c.want)
		}
		if b.Len() > 0 {
			t.Errorf("%v: %d bytes written in spite of an error", c.points, b.Len())
		}
	}
	var b bytes.Buffer
	if err := (Scatter{}).PNG(&b, -5, nil); err == nil {
		t.Error("no error for -5 points")
	}
	failure := errors.New("disk full")
	err := Scatter{}.PNG(writerFunc(func([]byte) (int, error) { return 0, failure }), 1, func(int) Point { return Point{0, 0, NoClass} })
	if !errors.Is(err, failure) {
		t.Errorf("error of the writer: %v", err)
	}
}

type writerFunc func([]byte) (int, error)

func (f writerFunc) Write(p []byte) (int, error) { return f(p) }

// TestChangingPoints: a careless at must not lead to a panic.
func TestChangingPoints(t *testing.T) {
	calls := 0
	var b bytes.Buffer
	err := Scatter{Classes: names(2)}.PNG(&b, 50, func(i int) Point {
		if calls++; calls > 50 {
			return Point{float32(math.NaN()), 1e38, 77 - calls}
		}
		return Point{float32(i), 0, 1}
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := png.Decode(&b); err != nil {
		t.Fatal(err)
	}
}

func TestDeterministic(t *testing.T) {
	s := Scatter{Title: "same", Classes: names(10), Prior: true, Size: 400}
	points := clouds(2000, 10)
	want := plotBytes(t, s, points)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 3, 8} {
		runtime.GOMAXPROCS(procs)
		if got := plotBytes(t, s, points); !bytes.Equal(got, want) {
			t.Errorf("other bytes with GOMAXPROCS %d", procs)
		}
	}
	points[17].X += 0.5
	if bytes.Equal(plotBytes(t, s, points), want) {
		t.Error("same bytes for another point")
	}
}

// clouds are points of classes around a circle, sorted by class.
func clouds(n, classes int) []Point {
	r := rand.New(rand.NewPCG(1, 2))
	points := make([]Point, n)
	for i := range points {
		c := i * classes / n
		sin, cos := math.Sincos(2 * math.Pi * float64(c) / float64(classes))
		points[i] = Point{float32(2*cos + 0.5*r.NormFloat64()), float32(2*sin + 0.5*r.NormFloat64()), c}
	}
	return points
}
