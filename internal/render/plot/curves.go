package plot

import (
	"fmt"
	"io"
	"math"

	"vae/internal/render/draw"
)

// DefaultWidth is the width of a picture of curves in pixels.
const DefaultWidth = 900

// Limits of a picture of curves.
const (
	minCurves = 400 // pixels of its width
	maxCurves = 4096
	maxPanels = 32
)

// Curves draws panels one below the other that share their x: the course of a training.
type Curves struct {
	Title, Note  string // may be empty
	XLabel       string
	LogX         bool   // a logarithmic axis along x, where all is positive
	Solid, Faint string // what the series are that are faint and those that are not, for the legend; may be empty
	Best         string // what the marked points are, for the legend; may be empty
	Width        int    // pixels, 400 to 4096; 0 is DefaultWidth
	Scale        int    // a PNG has this many times the pixels, 1 to 3; 0 is 1
	Panels       []Panel
}

// Panel has curves, or bands stacked on one another.
type Panel struct {
	Label  string // what is drawn, with its unit
	Log    bool   // a logarithmic axis, for series; values that are not positive are gaps
	Series []Series
	Bands  *Bands // in place of Series
	Spans  []Span
}

// Series is a curve. Series of one name have one color, which follows from the order in which
// names first occur.
type Series struct {
	Name  string    // the legend lists each once
	X, Y  []float64 // X rises; a Y that is NaN or infinite is a gap
	Faint bool      // thin and light
	Best  []int     // the points that are marked
}

// Bands are quantities whose sum matters too. They are stacked by their last values, the largest at
// the top; all but the first Most are one grey band.
type Bands struct {
	Names  []string
	X      []float64
	Values [][]float64 // [band][x]; what is negative or not finite counts as 0
	Most   int         // 0 is DefaultBands
}

// Span is a part of the x that is shaded, with what it is.
type Span struct {
	From, To float64
	Label    string
}

// PNG writes the curves as an 8-bit RGB PNG. The same curves give the same bytes. Values that do not
// fit together are an error, and nothing is written then.
func (s Curves) PNG(w io.Writer) error {
	p, err := s.page()
	if err != nil {
		return err
	}
	return p.PNG(w)
}

// SVG writes the curves as SVG.
func (s Curves) SVG(w io.Writer) error {
	p, err := s.page()
	if err != nil {
		return err
	}
	return p.SVG(w)
}

func (s Curves) page() (draw.Page, error) {
	if err := s.check(); err != nil {
		return draw.Page{}, err
	}
	if s.Width == 0 {
		s.Width = DefaultWidth
	}
	l := newCurves(s)
	page := draw.Page{Width: s.Width, Height: l.height, Scale: s.Scale, Title: s.Title, Draw: l.draw}
	return page, page.Check()
}

func (s Curves) check() error {
	switch {
	case s.Width != 0 && (s.Width < minCurves || s.Width > maxCurves):
		return fmt.Errorf("curves %d pixels wide: must be %d to %d, or 0 for %d", s.Width, minCurves, maxCurves, DefaultWidth)
	case len(s.Panels) < 1 || len(s.Panels) > maxPanels:
		return fmt.Errorf("curves in %d panels: there must be 1 to %d", len(s.Panels), maxPanels)
	}
	points := 0
	for i := range s.Panels {
		n, err := s.Panels[i].check()
		if err == nil && s.LogX {
			err = s.Panels[i].checkPositive()
		}
		if err != nil {
			return fmt.Errorf("panel %q: %w", s.Panels[i].Label, err)
		}
		points += n
	}
	if points == 0 {
		return fmt.Errorf("curves of no points: there is nothing to draw")
	}
	return nil
}

// check returns the number of points.
func (p *Panel) check() (points int, err error) {
	if p.Bands != nil {
		return p.Bands.check()
	}
	for _, series := range p.Series {
		if len(series.X) != len(series.Y) {
			return 0, fmt.Errorf("series %q has %d places and %d values", series.Name, len(series.X), len(series.Y))
		}
		if err := checkRising(series.X); err != nil {
			return 0, fmt.Errorf("series %q: %w", series.Name, err)
		}
		for _, best := range series.Best {
			if best < 0 || best >= len(series.X) {
				return 0, fmt.Errorf("series %q of %d points: point %d is marked", series.Name, len(series.X), best)
			}
		}
		points += len(series.X)
	}
	return points, nil
}

// checkPositive sees that all places have a logarithm: the first is the least.
func (p *Panel) checkPositive() error {
	for _, xs := range p.places() {
		if len(xs) > 0 && !(xs[0] > 0) {
			return fmt.Errorf("place 0 is %g: places along a logarithmic axis must be above 0", xs[0])
		}
	}
	return nil
}

// places are those of all series, or of the bands.
func (p *Panel) places() (all [][]float64) {
	for _, s := range p.Series {
		all = append(all, s.X)
	}
	if p.Bands != nil {
		all = append(all, p.Bands.X)
	}
	return all
}

func (b *Bands) check() (points int, err error) {
	if len(b.Names) != len(b.Values) {
		return 0, fmt.Errorf("%d bands with %d names", len(b.Values), len(b.Names))
	}
	for i, values := range b.Values {
		if len(values) != len(b.X) {
			return 0, fmt.Errorf("band %q has %d places and %d values", b.Names[i], len(b.X), len(values))
		}
	}
	return len(b.X), checkRising(b.X)
}

// maxPlace is the largest place along x: whole numbers up to it are exact.
const maxPlace = 1 << 53

func checkRising(xs []float64) error {
	for i, x := range xs {
		if !(math.Abs(x) <= maxPlace) || i > 0 && x <= xs[i-1] {
			return fmt.Errorf("place %d is %g: places must be finite, at most 2^53, each greater than the one before", i, x)
		}
	}
	return nil
}
