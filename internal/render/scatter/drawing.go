package scatter

import (
	"fmt"
	"math"
	"strconv"
)

// plotEm is the em in pixels of a picture of the default size; plotLeastEm that of a small one.
const (
	plotEm      = 13.5
	plotLeastEm = 10
)

// Sizes in em, which is the size of tick labels and notes.
const (
	plotMargin  = 1.3
	plotTitle   = 1.55 // size of the title
	plotLabel   = 1.15 // size of axis labels and names
	plotTickGap = 4.5  // distance of ticks, at least
)

// drawing is a scatter plot being drawn.
type drawing struct {
	Plot
	survey survey
	sheet  *sheet
	em     float64 // pixels
	area   area    // of the points
	x, y   interval
	xTicks ticks
	yTicks ticks
	looks  []look // of the classes
	legend []legendEntry
	beyond int // points drawn at the border
}

func newDrawing(s Plot, v survey) *drawing {
	p := &drawing{Plot: s, survey: v, sheet: newSheet(s.Size)}
	p.em = s.em()
	p.looks = looks(s.Classes)
	p.legend = p.legendRows()
	labels := 0.0
	for range 3 { // the labels' width and the ticks depend on each other, a little
		p.area = p.layout(labels)
		p.x, p.y = s.axes(v, p.area.width(), p.area.height())
		p.setTicks()
		labels = p.yTicks.width(p.em)
	}
	return p
}

// em is the size of the smallest text in pixels.
func (s Plot) em() float64 { return max(plotLeastEm, plotEm*float64(s.Size)/DefaultSize) }

// layout is the area left for the points by everything around it.
func (p *drawing) layout(labels float64) area {
	size, margin := float64(p.Size), plotMargin*p.em
	a := area{y0: int(margin + 1.6*p.em), y1: int(size - margin - 2*p.em), x0: int(margin + labels + p.em)}
	if p.Title != "" {
		a.y0 += int(1.9 * p.em)
	}
	if p.XLabel != "" {
		a.y1 -= int(1.4 * p.em)
	}
	if p.YLabel != "" {
		a.x0 += int(1.8 * p.em)
	}
	a.x1 = int(size - margin - p.legendWidth())
	return a
}

// setTicks chooses ticks far enough apart for their labels, the same on both axes if those have one
// scale.
func (p *drawing) setTicks() {
	for gap := min(plotTickGap*p.em, p.area.width()/6); ; gap *= 1.3 {
		p.xTicks = newTicks(p.x, p.x.span()/p.area.width()*gap)
		p.yTicks = newTicks(p.y, p.y.span()/p.area.height()*gap)
		apart := p.xTicks.value(1) / p.x.span() * p.area.width()
		if p.xTicks.width(p.em)+0.7*p.em <= apart || gap > p.area.width() {
			return
		}
	}
}

// place maps a point to pixels, and one outside of the axes to the nearest place on the border.
func (p *drawing) place(x, y float64) (px, py float64, inside bool) {
	px = float64(p.area.x0) + (x-p.x.lo)/p.x.span()*p.area.width()
	py = float64(p.area.y1) - (y-p.y.lo)/p.y.span()*p.area.height()
	inside = p.area.contains(px, py)
	px = max(float64(p.area.x0), min(px, float64(p.area.x1)))
	py = max(float64(p.area.y0), min(py, float64(p.area.y1)))
	return px, py, inside
}

// background draws grid, axes and labels.
func (p *drawing) background() {
	a, hair := p.area, max(1, int(p.em/13))
	for k := p.xTicks.first; k <= p.xTicks.last; k++ {
		x, _, _ := p.place(p.xTicks.value(k), 0)
		p.sheet.fillRect(int(x), a.y0, int(x)+hair, a.y1, gridColor(k))
		p.centered(p.xTicks.label(k), x, float64(a.y1)+1.5*p.em)
	}
	for k := p.yTicks.first; k <= p.yTicks.last; k++ {
		_, y, _ := p.place(0, p.yTicks.value(k))
		p.sheet.fillRect(a.x0, int(y), a.x1, int(y)+hair, gridColor(k))
		label := newLine(p.yTicks.label(k))
		p.sheet.text(label, float64(a.x0)-0.6*p.em-label.width(p.em), y+0.36*p.em, style{size: p.em, color: sheetNote})
	}
	p.frame(hair)
}

func gridColor(k int) rgb {
	if k == 0 {
		return sheetZero
	}
	return sheetGrid
}

// centered sets a tick label with its middle at x.
func (p *drawing) centered(label string, x, y float64) {
	l := newLine(label)
	p.sheet.text(l, x-l.width(p.em)/2, y, style{size: p.em, color: sheetNote})
}

func (p *drawing) frame(hair int) {
	a, c := p.area, sheetFrame
	p.sheet.fillRect(a.x0-hair, a.y0-hair, a.x1+hair, a.y0, c)
	p.sheet.fillRect(a.x0-hair, a.y1, a.x1+hair, a.y1+hair, c)
	p.sheet.fillRect(a.x0-hair, a.y0, a.x0, a.y1, c)
	p.sheet.fillRect(a.x1, a.y0, a.x1+hair, a.y1, c)
}

// points draws all points and counts those beyond the axes.
func (p *drawing) points(n int, at func(i int) Point) {
	side := min(p.area.width(), p.area.height())
	var cache [markers]*stamps
	order(n, func(i int) {
		point := at(i)
		l := p.look(point.Class)
		if cache[l.marker] == nil {
			cache[l.marker] = newStamps(l.marker, dotRadius(n, side), dotOpacity(n))
		}
		x, y, inside := p.place(float64(point.X), float64(point.Y))
		if !inside {
			p.beyond++
		}
		p.sheet.stamp(cache[l.marker], x, y, l.rgb())
	})
}

// look is how the points of a class look, or those of none, as which a class passes that
// there was not when the points were counted.
func (p *drawing) look(class int) look {
	if class < 0 || class >= len(p.looks) {
		return look{NoClass, disc}
	}
	return p.looks[class]
}

// foreground draws the prior's circles, the legend, title, labels and note.
func (p *drawing) foreground() {
	if p.Prior {
		p.circles()
	}
	p.drawLegend()
	a, size := p.area, float64(p.Size)
	room := size - float64(a.x0) - plotMargin*p.em
	top := float64(a.y0) - 0.9*p.em
	p.sheet.text(newLine(p.note()).shorten(p.em, room), float64(a.x0), top, style{size: p.em, color: sheetNote})
	title := newLine(p.Title).shorten(plotTitle*p.em, room)
	p.sheet.text(title, float64(a.x0), top-1.7*p.em, style{size: plotTitle * p.em, color: sheetText})

	st := style{size: plotLabel * p.em, color: sheetText}
	l := newLine(p.XLabel).shorten(st.size, a.width())
	p.sheet.text(l, float64(a.x0)+(a.width()-l.width(st.size))/2, size-plotMargin*p.em, st)
	l, st.up = newLine(p.YLabel).shorten(st.size, a.height()), true
	p.sheet.text(l, plotMargin*p.em+0.8*p.em, float64(a.y1)-(a.height()-l.width(st.size))/2, st)
}

// circles draws the prior at one and two standard deviations.
func (p *drawing) circles() {
	cx := float64(p.area.x0) - p.x.lo/p.x.span()*p.area.width()
	cy := float64(p.area.y1) + p.y.lo/p.y.span()*p.area.height()
	for _, sigma := range [...]float64{1, priorRadius} {
		rx, ry := sigma/p.x.span()*p.area.width(), sigma/p.y.span()*p.area.height()
		if !(min(rx, ry) >= 1 && max(rx, ry) <= 1e6) {
			continue
		}
		p.sheet.ellipse(p.area, cx, cy, rx, ry, 0.3*p.em, sheetWhite, 0.5)
		p.sheet.ellipse(p.area, cx, cy, rx, ry, 0.1*p.em, sheetText, 0.6)
		label := newLine(strconv.Itoa(int(sigma)) + "σ")
		p.halo(label, cx-label.width(p.em)/2, cy-ry+0.35*p.em)
	}
}

// halo sets a label within the area of the points, outlined in white.
func (p *drawing) halo(l line, x, y float64) {
	if !p.area.contains(x, y-p.em) || !p.area.contains(x+l.width(p.em), y) {
		return
	}
	for i := range 8 {
		sin, cos := math.Sincos(float64(i) * math.Pi / 4)
		p.sheet.text(l, x+cos*0.15*p.em, y+sin*0.15*p.em, style{size: p.em, color: sheetWhite})
	}
	p.sheet.text(l, x, y, style{size: p.em, color: sheetText})
}

// note says how many points there are, and what the picture does not show.
func (p *drawing) note() string {
	text := thousands(p.survey.n) + " points"
	if p.survey.n == 1 {
		text = "1 point"
	}
	if p.beyond > 0 {
		text += fmt.Sprintf(", %s of them beyond the axes, drawn at the border", thousands(p.beyond))
	}
	if p.Prior && (max(p.x.lo, p.y.lo) > priorRadius || min(p.x.hi, p.y.hi) < -priorRadius) {
		text += "; the prior's circles lie outside"
	}
	return text
}

// thousands writes 1234567 as 1,234,567.
func thousands(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}
