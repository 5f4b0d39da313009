package plot

import (
	"math"

	"vae/internal/render/draw"
)

// Sizes of curves, in em unless they are pixels of a page of the default width.
const (
	loneHeight   = 400.0 // pixels of the only panel
	panelHeight  = 210.0 // pixels of one of several
	bandsHeight  = 330.0 // pixels of stacked bands
	panelLabel   = 2.2   // above a panel
	panelGap     = 0.9   // below it
	curvesName   = 15.0  // longest name
	curvesSample = 2.2   // of a line in the legend, with the gap behind it
	curvesPad    = 0.015 // of the x, free at each end
	logReach     = 12    // decades that an axis shows, at most
)

// curves are being drawn.
type curves struct {
	Curves
	em     float64
	height int
	x      interval // of the logarithm to base 10 where LogX
	xTicks []tick
	runs   []string // names of the series in the order of their first
	panels []*panel
}

// panel is one panel with its place.
type panel struct {
	*Panel
	em     float64
	area   draw.Box
	x, y   interval // of the logarithm to base 10 where Log
	logX   bool
	yTicks []tick
	stack  []band
	empty  bool // no values
	legend []curvesEntry
}

// tick is a labelled value of an axis.
type tick struct {
	at    float64
	label string
	major bool
}

func newCurves(s Curves) *curves {
	l := &curves{Curves: s, em: max(plotLeastEm, plotEm*float64(s.Width)/DefaultWidth)}
	l.nameRuns()
	l.x = l.extent()
	left, right := 0.0, 0.0
	for i := range s.Panels {
		p := &panel{Panel: &s.Panels[i], em: l.em, x: l.x, logX: s.LogX}
		if p.Bands != nil && len(p.Bands.Values) > 0 && len(p.Bands.X) > 0 {
			p.stack = p.Bands.stack()
		}
		p.setY(l.panelHeight(p))
		for _, t := range p.yTicks {
			left = max(left, draw.NewLine(t.label).Width(l.em))
		}
		l.panels = append(l.panels, p)
	}
	l.setLegends()
	for _, p := range l.panels {
		for _, row := range p.legend {
			right = max(right, l.em*(curvesSample+legendGap)+row.text.Width(plotLabel*l.em))
		}
	}
	l.place(left, right)
	return l
}

// nameRuns lists the names of series.
func (l *curves) nameRuns() {
	known := map[string]bool{}
	for _, p := range l.Panels {
		for _, s := range p.Series {
			if !known[s.Name] {
				known[s.Name] = true
				l.runs = append(l.runs, s.Name)
			}
		}
	}
}

// extent is the part of the x that all panels show.
func (l *curves) extent() interval {
	v := interval{math.Inf(1), math.Inf(-1)}
	for i := range l.Panels {
		for _, xs := range l.Panels[i].places() {
			if len(xs) > 0 {
				v.lo, v.hi = min(v.lo, xs[0]), max(v.hi, xs[len(xs)-1])
			}
		}
	}
	if l.LogX {
		v = interval{math.Log10(v.lo), math.Log10(v.hi)}
		return v.about(max(v.span()*(1+2*curvesPad), 0.2))
	}
	if v.span() == 0 {
		return v.about(2)
	}
	return v.about(v.span() * (1 + 2*curvesPad))
}

func (l *curves) panelHeight(p *panel) float64 {
	height := panelHeight
	switch {
	case p.Bands != nil:
		height = bandsHeight
	case len(l.Panels) == 1:
		height = loneHeight
	}
	return math.Round(height * l.em / plotEm)
}

// place lays the panels out, with room for labels to the left and a legend to the right.
func (l *curves) place(left, right float64) {
	margin := plotMargin * l.em
	x0, x1 := int(margin+left+0.7*l.em), int(float64(l.Width)-margin-right)
	y := margin
	if l.Title != "" {
		y += 1.9 * l.em
	}
	if l.Note != "" {
		y += plotNote * l.em
	}
	for _, p := range l.panels {
		y += panelLabel * l.em
		p.area = draw.Box{X0: x0, Y0: int(y), X1: x1, Y1: int(y + l.panelHeight(p))}
		y = float64(p.area.Y1) + panelGap*l.em
	}
	y += 1.2 * l.em
	if l.XLabel != "" {
		y += 1.5 * l.em
	}
	l.height = int(math.Ceil(y + 0.5*margin))
	l.setX(l.panels[0].area.Width())
}

// setX finds the ticks of the places, as many as there is room for.
func (l *curves) setX(width float64) {
	if l.LogX {
		l.xTicks = logTicks(l.x, 5)
		return
	}
	for gap := plotTickGap * l.em; ; gap *= 1.3 {
		t := newTicks(l.x, max(1, l.x.span()/width*gap))
		if t.width(l.em)+0.7*l.em <= t.value(1)/l.x.span()*width || gap > width {
			l.xTicks = t.all()
			return
		}
	}
}

// setY finds what a panel shows and its ticks.
func (p *panel) setY(height float64) {
	if p.Bands != nil {
		p.y, p.empty = interval{0, 1}, len(p.stack) == 0
		if len(p.stack) > 0 && total(p.stack) > 0 {
			p.y.hi = 1.04 * total(p.stack)
		}
		p.setTicks(height)
		return
	}
	v := interval{math.Inf(1), math.Inf(-1)}
	for _, s := range p.Series {
		for _, y := range s.Y {
			if y, ok := p.value(y); ok {
				v.lo, v.hi = min(v.lo, y), max(v.hi, y)
			}
		}
	}
	if p.empty = v.lo > v.hi; p.empty {
		p.y = interval{0, 1}
		return
	}
	if p.Log {
		v.lo = max(v.lo, v.hi-logReach)
		p.y = v.about(max(1.1*v.span(), 0.2))
		p.yTicks = logTicks(p.y, 3)
		return
	}
	p.y = v.about(max(1.1*v.span(), leastSpan(v)))
	p.setTicks(height)
}

// value is a value on the axis, and whether there is one.
func (p *panel) value(y float64) (float64, bool) {
	if p.Log {
		y = math.Log10(y)
	}
	return y, !math.IsNaN(y) && math.Abs(y) <= 1e300
}

func (p *panel) setTicks(height float64) {
	p.yTicks = newTicks(p.y, p.y.span()/height*2.6*p.em).all()
}

// all are the ticks of an axis with their labels.
func (t ticks) all() (all []tick) {
	for k := t.first; k <= t.last; k++ {
		all = append(all, tick{t.value(k), t.label(k), k == 0})
	}
	return all
}

// logTicks are the powers of ten in v, where there are fewer than some, two and five times these, and within one
// decade what round values there are.
func logTicks(v interval, few float64) (all []tick) {
	if v.span() < 1 {
		return narrowTicks(interval{math.Pow(10, v.lo), math.Pow(10, v.hi)})
	}
	digits := []int{1, 2, 5}
	if v.span() >= few {
		digits = digits[:1]
	}
	step := max(1, int(math.Ceil(v.span()/6)))
	for exponent := int(math.Floor(v.lo)); exponent <= int(math.Ceil(v.hi)); exponent++ {
		if exponent%step != 0 {
			continue
		}
		for _, digit := range digits {
			t := ticks{first: digit, last: digit, digit: 1, exponent: exponent}
			if at := math.Log10(t.value(digit)); at >= v.lo && at <= v.hi {
				all = append(all, tick{at, t.label(digit), digit == 1})
			}
		}
	}
	return all
}

// narrowTicks are round values in v, at their logarithms.
func narrowTicks(v interval) (all []tick) {
	t := newTicks(v, v.span()/9)
	for k := t.first; k <= t.last; k++ {
		all = append(all, tick{math.Log10(t.value(k)), t.label(k), false})
	}
	return all
}
