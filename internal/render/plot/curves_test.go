package plot

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/render/draw"
)

// training are curves with everything in them.
func training() Curves {
	var xs, ys, fainter, kl []float64
	bands := Bands{Names: names(24), Values: make([][]float64, 24)}
	for e := range 12 {
		xs = append(xs, float64(e+1))
		ys = append(ys, 100+60/float64(e+1))
		fainter = append(fainter, 97+80/float64(e+1))
		kl = append(kl, 20-10/float64(e+1))
		for i := range bands.Values {
			bands.Values[i] = append(bands.Values[i], float64(i*7%24)/10*(1-1/float64(e+2)))
		}
	}
	bands.X = xs
	gap := slices.Clone(ys)
	gap[4], gap[6] = math.NaN(), math.Inf(1)
	return Curves{
		Title: "Čeština, title", Note: "a note", XLabel: "epoch", Solid: "validation", Faint: "training", Best: "best epoch", Width: 450,
		Panels: []Panel{
			{Label: "loss (nats)", Log: true, Spans: []Span{{0, 4, "KL weight grows"}}, Series: []Series{
				{Name: "one", X: xs, Y: ys, Best: []int{10}}, {Name: "one", X: xs, Y: fainter, Faint: true}, {Name: "quite a long name of a run, z20", X: xs, Y: gap}}},
			{Label: "KL (nats)", Series: []Series{{Name: "one", X: xs, Y: kl}}},
			{Label: "KL of each latent (nats)", Bands: &bands},
		},
	}
}

func TestCurvesGolden(t *testing.T) {
	var b, s bytes.Buffer
	if err := errors.Join(training().PNG(&b), training().SVG(&s)); err != nil {
		t.Fatal(err)
	}
	golden(t, "curves.png", b.Bytes())
	goldenText(t, "curves.svg", s.Bytes())
}

func curvesOf(t testing.TB, s Curves) *curves {
	t.Helper()
	if err := s.check(); err != nil {
		t.Fatal(err)
	}
	s.Width = max(s.Width, minCurves)
	return newCurves(s)
}

// strokes collects what is drawn of the series.
type strokes struct {
	texts
	lines [][]draw.Place
	marks []draw.Place
	bands [][]float64
}

func (c *strokes) Line(through []draw.Place, _ draw.Stroke) { c.lines = append(c.lines, through) }
func (c *strokes) Band(_, top, _ []float64, _ draw.RGB, _ float64) {
	c.bands = append(c.bands, top)
}
func (c *strokes) Marks(draw.Marker, float64, float64) func(x, y float64, _ draw.RGB) {
	return func(x, y float64, _ draw.RGB) { c.marks = append(c.marks, draw.Place{X: x, Y: y}) }
}

// TestCurvePieces: gaps break a line, a point alone is a mark, and places are those of the values.
func TestCurvePieces(t *testing.T) {
	nan := math.NaN()
	s := Series{Name: "a", X: []float64{1, 2, 3, 4, 5, 6, 7}, Y: []float64{10, 20, nan, 30, math.Inf(1), 15, 10}}
	for _, log := range []bool{false, true} {
		l := curvesOf(t, Curves{Panels: []Panel{{Log: log, Series: []Series{s}}}})
		var seen strokes
		l.drawSeries(&seen, l.panels[0])
		if len(seen.lines) != 2 || len(seen.marks) != 1 {
			t.Fatalf("%d lines and %d marks, want 2 and 1", len(seen.lines), len(seen.marks))
		}
		a := l.panels[0].area
		low, high, middle := 10.0, 30.0, 20.0
		if log {
			low, high, middle = 1, math.Log10(30), math.Log10(20)
		}
		span := 1.1 * (high - low)
		for _, c := range []struct {
			at   draw.Place
			x, v float64
		}{{seen.lines[0][0], 1, low}, {seen.lines[0][1], 2, middle}, {seen.marks[0], 4, high}, {seen.lines[1][1], 7, low}} {
			x := float64(a.X0) + a.Width()*(0.5+(c.x-4)/(6*1.03))
			y := float64(a.Y1) - a.Height()*(0.5+(c.v-(low+high)/2)/span)
			if !(math.Abs(c.at.X-x) <= 1e-6 && math.Abs(c.at.Y-y) <= 1e-6) {
				t.Errorf("log %v: x = %g at %v, want (%g, %g)", log, c.x, c.at, x, y)
			}
		}
	}
}

// TestCurvesOnlyPositive: values that have no logarithm are gaps of a logarithmic axis, and tiny
// ones do not squash the others.
func TestCurvesOnlyPositive(t *testing.T) {
	s := Series{Name: "a", X: []float64{1, 2, 3, 4}, Y: []float64{0, -5, 1e-300, 100}}
	l := curvesOf(t, Curves{Panels: []Panel{{Log: true, Series: []Series{s}}}})
	if p := l.panels[0]; p.y.span() > 1.2*logReach || p.y.hi < 2 {
		t.Errorf("axis %v", p.y)
	}
	var seen strokes
	l.draw(&seen)
	if len(seen.lines) != 1+1 { // the curve and its sample in the legend
		t.Errorf("%d lines", len(seen.lines))
	}
	for _, p := range seen.lines[0] {
		if !l.panels[0].area.Contains(p.X, p.Y) {
			t.Errorf("%v outside of %v", p, l.panels[0].area)
		}
	}
}

// TestBandsStack: bands lie on one another by their last values, the largest at the top, and those
// beyond the most are one.
func TestBandsStack(t *testing.T) {
	b := &Bands{Names: []string{"a", "b", "c", "d", "e"}, X: []float64{1, 2}, Most: 2,
		Values: [][]float64{{9, 1}, {math.NaN(), 5}, {1, -3}, {2, 5}, {1, 0.5}}}
	stack := b.stack()
	var got []string
	for _, s := range stack {
		got = append(got, fmt.Sprint(s.name, s.values))
	}
	want := "b  5.00[0 5]|d  5.00[2 5]|3 others  1.50[11 1.5]"
	if strings.Join(got, "|") != want {
		t.Errorf("stack %s, want %s", strings.Join(got, "|"), want)
	}
	if total(stack) != 13 {
		t.Errorf("total %g, want 13", total(stack))
	}
	l := curvesOf(t, Curves{Panels: []Panel{{Bands: b}}})
	var seen strokes
	l.panels[0].drawBands(&seen)
	p := l.panels[0]
	for i, sums := range [][]float64{{13, 11.5}, {13, 6.5}, {11, 1.5}} {
		for k, sum := range sums {
			if !(math.Abs(seen.bands[i][k]-p.atY(sum)) <= 1e-9) {
				t.Errorf("band %d has its upper edge at %g, want %g", i, seen.bands[i][k], p.atY(sum))
			}
		}
	}
}

// TestCurvesTexts: texts neither overlap nor leave the page, however long and however many.
func TestCurvesTexts(t *testing.T) {
	long := strings.Repeat("a very long name ", 20)
	many := training()
	for i := range 40 {
		many.Panels[0].Series = append(many.Panels[0].Series, Series{Name: fmt.Sprintf("run %d", i), X: []float64{1, 2}, Y: []float64{100, float64(i)}})
	}
	named := training()
	named.Title, named.Note, named.XLabel, named.Panels[0].Label, named.Panels[0].Series[0].Name, named.Panels[2].Bands.Names[3] = long, long, long, long, long, long
	one := Curves{Panels: []Panel{{Label: "x", Series: []Series{{Name: "a", X: []float64{1}, Y: []float64{2}, Best: []int{0}}}}, {Label: "none", Series: []Series{{X: []float64{1}, Y: []float64{math.NaN()}}}}}}
	equal := Curves{Panels: []Panel{{Series: []Series{{Name: "a", X: []float64{1, 1000000}, Y: []float64{5, 5}}}}}}
	for name, s := range map[string]Curves{"training": training(), "many": many, "long": named, "one": one, "equal": equal} {
		for _, width := range []int{400, 900, 2000} {
			s.Width = width
			l := curvesOf(t, s)
			var seen strokes
			l.draw(&seen)
			for i, r := range seen.places {
				if r.Min.X < 0 || r.Min.Y < 0 || r.Max.X > width || r.Max.Y > l.height {
					t.Errorf("%s, %d wide: %.30q at %v leaves the page of height %d", name, width, seen.boxes[i], r, l.height)
				}
				for j := range i {
					if r.Overlaps(seen.places[j]) {
						t.Errorf("%s, %d wide: %.30q and %.30q overlap: %v, %v", name, width, seen.boxes[i], seen.boxes[j], r, seen.places[j])
					}
				}
			}
			for _, p := range l.panels {
				if p.area.Width() < 150 || p.area.Height() < 100 {
					t.Errorf("%s, %d wide: panel %v", name, width, p.area)
				}
			}
		}
	}
}

// TestCurvesTicks: epochs have whole numbers, and every axis labels some values.
func TestCurvesTicks(t *testing.T) {
	for _, n := range []float64{1, 2, 3, 5, 12, 100, 1e6} {
		l := curvesOf(t, Curves{Panels: []Panel{{Series: []Series{{X: []float64{1, 1 + n}, Y: []float64{1, 2}}}}}})
		if len(l.xTicks) < 2 {
			t.Errorf("%g epochs: ticks %v", n, l.xTicks)
		}
		for _, tick := range l.xTicks {
			if tick.at != math.Trunc(tick.at) {
				t.Errorf("%g epochs: ticks %v", n, l.xTicks)
			}
		}
	}
	for _, c := range []struct {
		v    interval
		want string
	}{
		{interval{0, 3}, "1 10 100 1000"},
		{interval{2, 2.4}, "100 120 140 160 180 200 220 240"},
		{interval{0, 1.5}, "1 2 5 10 20"},
		{interval{-8, 4}, "1e−8 1e−6 1e−4 0.01 1 100 10000"},
	} {
		var got []string
		for _, tick := range logTicks(c.v, 3) {
			got = append(got, tick.label)
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%v: %s, want %s", c.v, strings.Join(got, " "), c.want)
		}
	}
}

// TestCurvesLogX: along a logarithmic axis a factor is a length, and its labels do not touch.
func TestCurvesLogX(t *testing.T) {
	l := curvesOf(t, Curves{LogX: true, Panels: []Panel{{Series: []Series{{X: []float64{1, 2, 4, 8, 40}, Y: []float64{1, 2, 3, 4, 5}}}}}})
	var labels []string
	for _, tick := range l.xTicks {
		labels = append(labels, tick.label)
	}
	if got := strings.Join(labels, " "); got != "1 2 5 10 20" {
		t.Errorf("ticks %s", got)
	}
	var s strokes
	l.draw(&s)
	line := s.lines[0]
	for i := range 2 {
		if a, b := line[i+1].X-line[i].X, line[i+2].X-line[i+1].X; !(math.Abs(a-b) < 1e-9 && a > 0) {
			t.Errorf("steps of %g and %g", a, b)
		}
	}
}

func TestCurvesErrors(t *testing.T) {
	nan := math.NaN()
	for _, c := range []struct {
		s    Curves
		want string
	}{
		{Curves{}, "0 panels"},
		{Curves{Width: 399, Panels: make([]Panel, 1)}, "399 pixels wide"},
		{Curves{Panels: make([]Panel, 33)}, "33 panels"},
		{Curves{Panels: make([]Panel, 1)}, "no points"},
		{Curves{Panels: []Panel{{Label: "loss", Series: []Series{{Name: "a", X: []float64{1}}}}}}, `panel "loss": series "a" has 1 places and 0 values`},
		{Curves{Panels: []Panel{{Series: []Series{{X: []float64{1, 1}, Y: []float64{1, 2}}}}}}, "place 1 is 1"},
		{Curves{Panels: []Panel{{Series: []Series{{X: []float64{nan}, Y: []float64{1}}}}}}, "place 0 is NaN"},
		{Curves{LogX: true, Panels: []Panel{{Series: []Series{{X: []float64{0, 1}, Y: []float64{1, 2}}}}}}, "place 0 is 0: places along a logarithmic axis"},
		{Curves{Panels: []Panel{{Series: []Series{{X: []float64{1}, Y: []float64{1}, Best: []int{1}}}}}}, "point 1 is marked"},
		{Curves{Panels: []Panel{{Bands: &Bands{Names: names(1)}}}}, "0 bands with 1 names"},
		{Curves{Panels: []Panel{{Bands: &Bands{Names: names(1), Values: [][]float64{{1}}}}}}, `band "0" has 0 places and 1 values`},
	} {
		var b bytes.Buffer
		if err := c.s.PNG(&b); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") || b.Len() > 0 {
			t.Errorf("%v and %d bytes, want %q", err, b.Len(), c.want)
		}
	}
	big := training()
	big.Scale = 4
	if err := big.SVG(io.Discard); err == nil || !strings.Contains(err.Error(), "must be 1 to 3") {
		t.Errorf("scale 4: %v", err)
	}
}

// TestRunColors: curves can be told apart with the usual kinds of color vision.
func TestRunColors(t *testing.T) {
	for name, vision := range visions {
		if d := leastDistance(append([]draw.RGB{draw.White}, runColors[:]...), vision); !(d >= 0.06) {
			t.Errorf("%s vision: colors of runs %.4f apart", name, d)
		}
	}
	if runDash(0) != 0 || runDash(7) == 0 || runDash(7) == runDash(14) {
		t.Error("runs of one color have no other dashes")
	}
}
