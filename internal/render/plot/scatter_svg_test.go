package plot

import (
	"bytes"
	"encoding/xml"
	"errors"
	"image"
	"io"
	"math"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func svgBytes(t testing.TB, s Scatter, points []Point) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := s.SVG(&b, len(points), func(i int) Point { return points[i] }); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// elements counts the elements of an SVG by their names.
func elements(t testing.TB, svg []byte) map[string]int {
	t.Helper()
	count := map[string]int{}
	for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return count
		}
		if err != nil {
			t.Fatal(err)
		}
		if e, ok := token.(xml.StartElement); ok {
			count[e.Name.Local]++
		}
	}
}

// TestScatterSVG: up to a number of points each is a shape, more are one image, and the file stays
// small.
func TestScatterSVG(t *testing.T) {
	for _, n := range []int{1, 1000, vectorPoints, vectorPoints + 1, 100000} {
		s := Scatter{Classes: names(10), Prior: true, Size: 500}
		svg := svgBytes(t, s, clouds(n, 10))
		got := elements(t, svg)
		wantUses, wantImages := n, 0
		if n > vectorPoints {
			wantUses, wantImages = 0, 1
		}
		if legend := min(n, 10); got["use"] != wantUses+legend || got["image"] != wantImages {
			t.Errorf("%d points: %d uses and %d images", n, got["use"], got["image"])
		}
		if len(svg) > 1<<20 {
			t.Errorf("%d points: %d bytes", n, len(svg))
		}
	}
}

func TestScatterSVGGolden(t *testing.T) {
	points := clouds(60, 4)
	points[3].Class = NoClass
	classes := []string{"<b>&\"'", "שלום", "日本 🙂", "x\x00\u202ey"}
	goldenText(t, "scatter.svg", svgBytes(t, Scatter{Title: "a <title> & \x1b[31m", XLabel: "z₁", YLabel: "z₂", Note: "note", Classes: classes, Size: 400, Prior: true}, points))
}

// TestScatterDegenerate: pictures of a single point, of equal points, of many classes and of classes
// without a name.
func TestScatterDegenerate(t *testing.T) {
	equal := slices.Repeat([]Point{{2, 2, 0}}, 50)
	for _, c := range []struct {
		classes []string
		points  []Point
	}{{names(1), []Point{{1, 2, 0}}}, {[]string{""}, equal}, {names(300), clouds(3000, 300)}} {
		for _, s := range []Scatter{{Classes: c.classes}, {Classes: c.classes, NoAxes: true, Note: strings.Repeat("long ", 100)}, {Classes: c.classes, NoAxes: true, Size: 300, Title: "t", XLabel: "x", YLabel: "y"}} {
			s.Images = nil
			picture(t, s, c.points)
			elements(t, svgBytes(t, s, c.points))
			s.Images = thumbs(12, 20, 1)
			picture(t, s, c.points)
			elements(t, svgBytes(t, s, c.points))
		}
	}
}

// TestNoAxes: places without axes have more room, and neither ticks nor grid.
func TestNoAxes(t *testing.T) {
	s := Scatter{Title: "t", Classes: names(3)}
	points := clouds(300, 3)
	with := newScatter(s.sized(), surveyOf(t, s, points))
	s.NoAxes = true
	without := newScatter(s.sized(), surveyOf(t, s, points))
	if !(without.area.Height() > with.area.Height()+10 && without.area.Width() > with.area.Width()+10) {
		t.Errorf("area %v, and %v with axes", without.area, with.area)
	}
	var seen texts
	without.canvas = &seen
	without.background()
	if len(seen.boxes) > 0 {
		t.Errorf("labels of axes: %q", seen.boxes)
	}
	if unit := without.x.span() / without.area.Width(); !(math.Abs(unit-without.y.span()/without.area.Height()) <= 1e-9) {
		t.Error("axes of places have two scales")
	}
}

// TestScatterScale: a picture at scale 2 is twice as large, its points where they were.
func TestScatterScale(t *testing.T) {
	points := []Point{{0, 0, 0}, {1, 1, 1}, {0.3, 0.8, 2}}
	s := Scatter{Classes: names(3), Size: 400, Scale: 2}
	var b bytes.Buffer
	if err := s.PNG(&b, 3, func(i int) Point { return points[i] }); err != nil {
		t.Fatal(err)
	}
	m := decode(t, b.Bytes())
	p := newScatter(s, surveyOf(t, s, points))
	if m.Bounds() != image.Rect(0, 0, 800, 800) {
		t.Fatalf("bounds %v", m.Bounds())
	}
	for _, point := range points {
		x, y, _ := p.place(float64(point.X), float64(point.Y))
		if got, want := pixel(m, int(2*x), int(2*y)), over(classColors[point.Class], 0.85); !near(got, want, 8) {
			t.Errorf("%v: %v, want %v", point, got, want)
		}
	}
	s.Scale = 4
	if err := s.PNG(io.Discard, 3, func(i int) Point { return points[i] }); err == nil || !strings.Contains(err.Error(), "must be 1 to 3") {
		t.Errorf("scale 4: %v", err)
	}
}

// thumbs are images whose values say which point they belong to.
func thumbs(height, width, channels int) *Thumbnails {
	return &Thumbnails{Height: height, Width: width, Channels: channels, At: func(i int, dst []float32) error {
		for k := range dst {
			dst[k] = float32(i%256) / 255
		}
		return nil
	}}
}

// TestThumbnails: every cell with points has the image of the one nearest to its middle, at that
// cell, and no image lies over another.
func TestThumbnails(t *testing.T) {
	points := clouds(3000, 10)
	for _, c := range []*Thumbnails{thumbs(28, 28, 1), thumbs(10, 40, 3), thumbs(200, 100, 1), {Height: 28, Width: 28, Channels: 1, Side: 60, At: thumbs(1, 1, 1).At}} {
		s := Scatter{Classes: names(10), NoAxes: true, Images: c}
		p := newScatter(s.sized(), surveyOf(t, s, points))
		p.at = func(i int) Point { return points[i] }
		found, err := p.thumbnails()
		if err != nil {
			t.Fatal(err)
		}
		p.thumbs = found
		var seen texts
		p.canvas = &seen
		p.drawThumbnails()
		if len(seen.images) != len(found) || len(found) < 50 {
			t.Fatalf("%d images of %d cells", len(seen.images), len(found))
		}
		for i, r := range seen.images {
			if longer := max(r.Dx(), r.Dy()); longer < c.side()-1 || longer > c.side()+1 {
				t.Fatalf("image of %dx%d pixels, want %d", r.Dx(), r.Dy(), c.side())
			}
			for _, other := range seen.images[:i] {
				if r.Overlaps(other) {
					t.Fatalf("%v and %v overlap", r, other)
				}
			}
		}
		checkCells(t, p, points, found)
	}
}

// TestThumbnailsOfFewImages: they are as large as they can be without one less being drawn.
func TestThumbnailsOfFewImages(t *testing.T) {
	square := func(n int, step float32) (points []Point) { // a lattice
		for i := range n * n {
			points = append(points, Point{step * float32(i%n), step * float32(i/n), NoClass})
		}
		return points
	}
	corners := append(square(2, 1), Point{0.01, 0, NoClass}) // two of five at one place
	for _, c := range []struct {
		points []Point
		drawn  int
		side   int
	}{
		{square(1, 1), 1, 4 * DefaultThumbnail}, {square(3, 1), 9, 4 * DefaultThumbnail}, {corners, 4, 4 * DefaultThumbnail},
		{square(10, 1), 100, 2 * DefaultThumbnail}, {square(20, 1), 400, DefaultThumbnail},
	} {
		s := Scatter{NoAxes: true, Images: thumbs(28, 28, 1)}
		p := newScatter(s.sized(), surveyOf(t, s, c.points))
		p.at = func(i int) Point { return c.points[i] }
		found, err := p.thumbnails()
		if err != nil || len(found) != c.drawn || p.Images.side() != c.side {
			t.Errorf("%d points: %v, %d images of side %d, want %d of %d", len(c.points), err, len(found), p.Images.side(), c.drawn, c.side)
		}
		if s.Images.Side != 0 {
			t.Error("the plot of the caller has changed")
		}
	}
}

// checkCells finds for each point the image of its cell, which must be at least as near to the
// middle.
func checkCells(t *testing.T, p *scatter, points []Point, found []thumbnail) {
	t.Helper()
	pitch := float64(p.Images.side() + 2*thumbnailBorder + thumbnailGap)
	for i, point := range points {
		x, y, _ := p.place(float64(point.X), float64(point.Y))
		best := slices.MinFunc(found, func(a, b thumbnail) int {
			if max(math.Abs(a.x-x), math.Abs(a.y-y)) < max(math.Abs(b.x-x), math.Abs(b.y-y)) {
				return -1
			}
			return 1
		})
		if far := max(math.Abs(best.x-x), math.Abs(best.y-y)); far > 0.55*pitch+2 {
			t.Fatalf("point %d at (%g, %g): the nearest image is %g pixels away", i, x, y, far)
		}
	}
	for _, thumb := range found {
		if thumb.image.Pixels[0] != uint8(thumb.point%256) || points[thumb.point].Class != thumb.class {
			t.Fatalf("the image of point %d has value %d", thumb.point, thumb.image.Pixels[0])
		}
	}
}

func TestThumbnailErrors(t *testing.T) {
	failure := errors.New("no image")
	at := func(int) Point { return Point{1, 2, NoClass} }
	for _, c := range []struct {
		images Thumbnails
		want   string
	}{
		{Thumbnails{Height: 1, Width: 0, Channels: 1}, "0x1x1"},
		{Thumbnails{Height: 1, Width: 1, Channels: 2}, "channels 1 or 3"},
		{Thumbnails{Height: 1, Width: 1, Channels: 1, Side: 7}, "side 7"},
		{Thumbnails{Height: 1, Width: 1, Channels: 1, Side: 257}, "side 257"},
		{Thumbnails{Height: 1, Width: 1, Channels: 1, At: func(int, []float32) error { return failure }}, "the image of point 0: no image"},
	} {
		var b bytes.Buffer
		err := Scatter{Images: &c.images}.PNG(&b, 1, at)
		if err == nil || !strings.Contains(err.Error(), c.want) || b.Len() > 0 {
			t.Errorf("%v and %d bytes, want %q", err, b.Len(), c.want)
		}
	}
}

// TestMillion: a million points take no more memory than a thousand, as PNG and as SVG.
func TestMillion(t *testing.T) {
	n := 1_000_000
	if testing.Short() {
		n = 100_000
	}
	at := func(i int) Point { return Point{float32(i%1009) / 1009, float32(i%997) / 997, i % 10} }
	allocated := func(n int, write func(s Scatter, n int) error) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		if err := write(Scatter{Classes: names(10), Size: 300}, n); err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	for name, write := range map[string]func(s Scatter, n int) error{
		"PNG":    func(s Scatter, n int) error { return s.PNG(io.Discard, n, at) },
		"SVG":    func(s Scatter, n int) error { return s.SVG(io.Discard, n, at) },
		"images": func(s Scatter, n int) error { s.Images = thumbs(28, 28, 1); return s.PNG(io.Discard, n, at) },
	} {
		if small, large := allocated(vectorPoints+1, write), allocated(n, write); large > small+1<<20 {
			t.Errorf("%s: %d bytes for %d points, %d for %d", name, small, vectorPoints+1, large, n)
		}
	}
}

// What stands below the plot may be as wide as the page, also beside a legend of long names.
func TestSentenceBelowIsWhole(t *testing.T) {
	sentence := strings.Repeat("axes mean nothing ", 6)
	s := Scatter{Title: "map", XLabel: sentence, NoAxes: true, Classes: []string{strings.Repeat("w", 40), "a"}}
	if got := string(svgBytes(t, s, clouds(20, 2))); !strings.Contains(got, strings.TrimSpace(sentence)) {
		t.Errorf("%q is not in the picture", sentence)
	}
	s.XLabel = strings.Repeat(sentence, 3)
	if got := string(svgBytes(t, s, clouds(20, 2))); strings.Contains(got, strings.TrimSpace(s.XLabel)) || !strings.Contains(got, "…") {
		t.Error("what is wider than the page is not shortened")
	}
}

// TestSVGDeterministic: the same points give the same bytes on any number of threads.
func TestSVGDeterministic(t *testing.T) {
	points := clouds(2000, 10)
	s := Scatter{Title: "same", Classes: names(10), Size: 400}
	want := svgBytes(t, s, points)
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	for _, procs := range []int{1, 3, 8} {
		runtime.GOMAXPROCS(procs)
		if !bytes.Equal(svgBytes(t, s, points), want) {
			t.Errorf("other bytes with GOMAXPROCS %d", procs)
		}
	}
}
