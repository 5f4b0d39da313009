package plot

import (
	"cmp"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vae/internal/render/draw"
)

func surveyOf(t testing.TB, s Scatter, points []Point) survey {
	t.Helper()
	v, err := s.survey(len(points), func(i int) Point { return points[i] })
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestSurveyRanks compares the order statistics with those of a sorted copy.
func TestSurveyRanks(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 5))
	draws := []func() float32{
		func() float32 { return float32(r.NormFloat64()) },
		func() float32 { return float32(r.IntN(3) - 1) },
		func() float32 { return float32(1000 + 1e-3*r.NormFloat64()) },
		func() float32 { return float32(math.Pow(-10, float64(r.IntN(70)-35))) },
		func() float32 { return float32(math.Copysign(0, float64(r.IntN(2))-0.5)) },
		func() float32 {
			return cmp.Or(math.Float32frombits(r.Uint32()&^(0x7f<<24)|uint32(r.IntN(127))<<24), -1)
		},
		func() float32 { return [...]float32{math.MaxFloat32, -math.MaxFloat32, 0}[r.IntN(3)] },
	}
	for d, draw := range draws {
		for _, n := range []int{1, 2, 19, 20, 999, 3000} {
			points, xs, ys := make([]Point, n), make([]float32, n), make([]float32, n)
			for i := range points {
				xs[i], ys[i] = draw(), float32(r.NormFloat64())
				points[i] = Point{xs[i], ys[i], NoClass}
			}
			v := surveyOf(t, Scatter{}, points)
			for _, c := range []struct {
				got    spread
				values []float32
			}{{v.x, xs}, {v.y, ys}} {
				slices.Sort(c.values)
				k := 0
				if n >= 20 {
					k = max(1, n/1000)
				}
				want := spread{float64(c.values[0]), float64(c.values[n-1]), float64(c.values[k]), float64(c.values[n-1-k])}
				if c.got != want {
					t.Errorf("draw %d, n = %d: %v, want %v", d, n, c.got, want)
				}
			}
		}
	}
}

func TestRankKey(t *testing.T) {
	values := []float32{-math.MaxFloat32, -1e30, -1, -math.SmallestNonzeroFloat32, 0, math.SmallestNonzeroFloat32, 1, 1.0000001, 1e30, math.MaxFloat32}
	for i, v := range values {
		if got := rankValue(rankKey(v)); got != v {
			t.Errorf("%g comes back as %g", v, got)
		}
		if i > 0 && rankKey(values[i-1]) >= rankKey(v) {
			t.Errorf("keys of %g and %g out of order", values[i-1], v)
		}
	}
	if rankKey(float32(math.Copysign(0, -1))) != rankKey(0) {
		t.Error("zeros have two keys")
	}
}

// TestAxes: degenerate and huge extents give finite axes with equal units that hold all points.
func TestAxes(t *testing.T) {
	for name, points := range map[string][]Point{
		"one":        {{3, -4, 0}},
		"one at 0":   {{0, 0, 0}},
		"equal":      {{7, 7, 0}, {7, 7, 0}, {7, 7, 0}},
		"huge":       {{1e30, -1e30, 0}, {-1e30, 1e30, 0}},
		"limits":     {{math.MaxFloat32, math.MaxFloat32, 0}, {-math.MaxFloat32, -math.MaxFloat32, 0}},
		"equal huge": {{math.MaxFloat32, math.MaxFloat32, 0}},
		"tiny":       {{math.SmallestNonzeroFloat32, 0, 0}, {0, math.SmallestNonzeroFloat32, 0}},
		"horizontal": {{1, 5, 0}, {2, 5, 0}, {9, 5, 0}},
		"vertical":   {{5, 1, 0}, {5, 2, 0}, {5, 9, 0}},
		"diagonal":   {{1, 1, 0}, {2, 2, 0}, {9, 9, 0}},
		"neighbors":  {{1000, 1000, 0}, {math.Nextafter32(1000, 2000), 1000, 0}},
		"mixed":      {{1e-30, 1e30, 0}, {1, 1, 0}},
	} {
		for _, s := range []Scatter{{}, {Size: 300}, {Size: 300, Stretch: true}, {Size: 300, Prior: true}, {Size: 300, Prior: true, Stretch: true}} {
			s.Classes = names(1)
			p := newScatter(s.sized(), surveyOf(t, s, points))
			if ux, uy := p.x.span()/p.area.Width(), p.y.span()/p.area.Height(); !s.Stretch && !(math.Abs(ux-uy) <= 1e-6*ux) {
				t.Errorf("%s: %g units a pixel across, %g down", name, ux, uy)
			}
			for _, point := range points {
				if x, y, inside := p.place(float64(point.X), float64(point.Y)); !inside || math.IsNaN(x+y) {
					t.Errorf("%s: %v is at (%g, %g), outside of %v", name, point, x, y, p.area)
				}
			}
			for _, ticks := range []ticks{p.xTicks, p.yTicks} {
				if n := ticks.last - ticks.first + 1; n < 2 || n > 25 {
					t.Errorf("%s: %d ticks: %v in %v, area %v", name, n, ticks, p.x, p.area)
				}
			}
			if p.area.Width() < 100 || p.area.Height() < 100 {
				t.Errorf("%s: area %v", name, p.area)
			}
			if s.Prior {
				picture(t, s, points)
			}
		}
	}
}

// drawn draws a plot on a page that nobody sees.
func drawn(p *scatter, points []Point) {
	p.at = func(i int) Point { return points[i] }
	page := draw.Page{Width: p.Size, Height: p.Size, Draw: p.draw}
	if err := page.PNG(io.Discard); err != nil {
		panic(err)
	}
}

// TestOutliers: a few far points leave the rest at its scale, are drawn at the border and
// counted; moderately far ones are still inside.
func TestOutliers(t *testing.T) {
	points := clouds(10000, 10)
	plain := newScatter(Scatter{Classes: names(10)}.sized(), surveyOf(t, Scatter{Classes: names(10)}, points))
	for i := range 4 {
		points[i*1000] = Point{1e30, float32(i), 9}
	}
	points[9000] = Point{3, -1e25, 4}
	s := Scatter{Classes: names(10), Prior: true}
	p := newScatter(s.sized(), surveyOf(t, s, points))
	drawn(p, points)
	if !(p.x.span() < 1.5*plain.x.span()) {
		t.Errorf("axis of length %g with outliers, %g without", p.x.span(), plain.x.span())
	}
	if want := "10,000 points, 5 of them beyond the axes, drawn at the border"; p.note() != want {
		t.Errorf("note %q, want %q", p.note(), want)
	}
	m := picture(t, s, points)
	y := p.area.Y1 - int((2-p.y.lo)/p.y.span()*p.area.Height()) - 1
	if got := pixel(m, p.area.X1-1, y); !near(got, over(classColors[9], 0.7), 40) {
		t.Errorf("border beside the outlier at height 2: %v", got)
	}
	points = clouds(10000, 10)
	if drawn(plain, points); plain.beyond != 0 {
		t.Errorf("%d points beyond the axes without outliers", plain.beyond)
	}
}

// TestPrior: the circles lie at their radius, unless the points are far from the origin.
func TestPrior(t *testing.T) {
	points := []Point{{-0.01, 0, 0}, {0.01, 0, 0}} // a collapsed posterior
	m := picture(t, Scatter{Classes: names(1), Prior: true}, points)
	a := findFrame(t, m)
	unit := min(a.Width(), a.Height()) * 0.92 / 4
	for _, angle := range []float64{0.3, 1, 2, 4, 5} {
		for _, radius := range []float64{0.5, 1, 1.5, 2} {
			sin, cos := math.Sincos(angle)
			got := pixel(m, int(float64(a.X0+a.X1)/2+radius*unit*cos), int(float64(a.Y0+a.Y1)/2-radius*unit*sin))
			if dark := grey(got) < 190; dark != (radius == 1 || radius == 2) {
				t.Errorf("radius %g, angle %g: grey %d", radius, angle, grey(got))
			}
		}
	}
	far := []Point{{100, 0, 0}, {101, 1, 0}}
	p := newScatter(Scatter{Classes: names(1), Prior: true}.sized(), surveyOf(t, Scatter{Classes: names(1)}, far))
	if p.x.span() > 3 || !strings.Contains(p.note(), "circles lie outside") {
		t.Errorf("far from the prior: axis %v, note %q", p.x, p.note())
	}
}

func TestTickLabels(t *testing.T) {
	for _, c := range []struct {
		v    interval
		step float64
		want string
	}{
		{interval{-2.2, 2.1}, 1, "−2 −1 0 1 2"},
		{interval{-0.5, 0.5}, 0.11, "−0.4 −0.2 0 0.2 0.4"},
		{interval{0, 1}, 0.5, "0 0.5 1.0"},
		{interval{0.98, 1.02}, 0.01, "0.98 0.99 1.00 1.01 1.02"},
		{interval{0, 40000}, 10001, "0 20000 40000"},
		{interval{-3e6, 3e6}, 1e6, "−3e6 −2e6 −1e6 0 1e6 2e6 3e6"},
		{interval{1e30, 2e30}, 5e29, "1e30 1.5e30 2e30"},
		{interval{0, 2e-5}, 1e-5, "0 1e−5 2e−5"},
		{interval{0, 5e-324}, 1e-324, "0"},
		{interval{0.0095, 0.0121}, 0.0006, "0.010 0.011 0.012"},
	} {
		ticks := newTicks(c.v, c.step)
		var got []string
		for k := ticks.first; k <= ticks.last; k++ {
			got = append(got, ticks.label(k))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v in steps of %g: %q, want %q", c.v, c.step, got, c.want)
		}
	}
}

// TestTickProperty: labels of any axis are those of the values, round, and all different.
func TestTickProperty(t *testing.T) {
	r := rand.New(rand.NewPCG(9, 9))
	for range 5000 {
		span := math.Pow(10, r.Float64()*76-38)
		middle := span * r.NormFloat64() * math.Pow(10, r.Float64()*4)
		v := interval{middle - span/2, middle + span/2}
		step := span / (2 + 8*r.Float64())
		ticks := newTicks(v, step)
		if distance := ticks.value(1); !(distance >= step*(1-1e-6) && distance <= 2.5*step*(1+1e-6)) {
			t.Fatalf("%v: ticks %g apart for at least %g", v, distance, step)
		}
		seen := map[string]bool{}
		for k := ticks.first; k <= ticks.last; k++ {
			label := ticks.label(k)
			value, err := strconv.ParseFloat(strings.ReplaceAll(label, "−", "-"), 64)
			if err != nil || seen[label] || !(math.Abs(value-ticks.value(k)) <= 1e-12*math.Abs(value)) {
				t.Fatalf("%v: label %q of %g (%v)", v, label, ticks.value(k), err)
			}
			if slack := 2e-6 * step; value < v.lo-slack || value > v.hi+slack {
				t.Fatalf("%v: tick at %g", v, value)
			}
			seen[label] = true
		}
	}
}
