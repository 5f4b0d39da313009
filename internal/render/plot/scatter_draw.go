package plot

import (
	"fmt"
	"math"
	"strconv"

	"vae/internal/render/draw"
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
	plotNote    = 1.4  // height of a line of notes
)

// vectorPoints is the most points that an SVG has as shapes: some 40 bytes each, and viewers get
// slow.
const vectorPoints = 20000

// scatter is a scatter plot being drawn.
type scatter struct {
	Scatter
	survey survey
	at     func(i int) Point
	thumbs []thumbnail
	canvas draw.Canvas
	em     float64  // pixels
	area   draw.Box // of the points
	x, y   interval
	xTicks ticks
	yTicks ticks
	looks  []look // of the classes
	legend []legendEntry
	beyond int // points drawn at the border
}

func newScatter(s Scatter, v survey) *scatter {
	p := &scatter{Scatter: s, survey: v}
	p.em = s.em()
	p.looks = looks(s.Classes)
	p.legend = p.legendRows()
	labels := 0.0
	for range 3 { // the labels' width and the ticks depend on each other, a little
		p.area = p.layout(labels)
		p.x, p.y = s.axes(v, p.area.Width(), p.area.Height())
		if s.NoAxes {
			break
		}
		p.setTicks()
		labels = p.yTicks.width(p.em)
	}
	return p
}

// em is the size of the smallest text in pixels.
func (s Scatter) em() float64 { return max(plotLeastEm, plotEm*float64(s.Size)/DefaultSize) }

// layout is the area left for the points by everything around it.
func (p *scatter) layout(labels float64) draw.Box {
	size, margin := float64(p.Size), plotMargin*p.em
	a := draw.Box{Y0: int(margin + 1.6*p.em), Y1: int(size - margin - 2*p.em), X0: int(margin + labels + p.em)}
	if p.NoAxes {
		a.Y1, a.X0 = int(size-margin), int(margin)
	}
	if p.Title != "" {
		a.Y0 += int(1.9 * p.em)
	}
	if p.Note != "" {
		a.Y0 += int(plotNote * p.em)
	}
	if p.XLabel != "" {
		a.Y1 -= int(1.4 * p.em)
	}
	if p.YLabel != "" {
		a.X0 += int(1.8 * p.em)
	}
	a.X1 = int(size - margin - p.legendWidth())
	return a
}

// setTicks chooses ticks far enough apart for their labels, the same on both axes if those have one
// scale.
func (p *scatter) setTicks() {
	for gap := min(plotTickGap*p.em, p.area.Width()/6); ; gap *= 1.3 {
		p.xTicks = newTicks(p.x, p.x.span()/p.area.Width()*gap)
		p.yTicks = newTicks(p.y, p.y.span()/p.area.Height()*gap)
		apart := p.xTicks.value(1) / p.x.span() * p.area.Width()
		if p.xTicks.width(p.em)+0.7*p.em <= apart || gap > p.area.Width() {
			return
		}
	}
}

// place maps a point to pixels, and one outside of the axes to the nearest place on the border.
func (p *scatter) place(x, y float64) (px, py float64, inside bool) {
	px = float64(p.area.X0) + (x-p.x.lo)/p.x.span()*p.area.Width()
	py = float64(p.area.Y1) - (y-p.y.lo)/p.y.span()*p.area.Height()
	inside = p.area.Contains(px, py)
	px = max(float64(p.area.X0), min(px, float64(p.area.X1)))
	py = max(float64(p.area.Y0), min(py, float64(p.area.Y1)))
	return px, py, inside
}

// draw draws the whole plot.
func (p *scatter) draw(c draw.Canvas) {
	p.canvas = c
	p.background()
	switch {
	case p.Images != nil:
		p.drawThumbnails()
	case p.survey.n > vectorPoints:
		reach := int(2*p.dotRadius()) + 2
		clip := draw.Box{X0: p.area.X0 - reach, Y0: p.area.Y0 - reach, X1: p.area.X1 + reach, Y1: p.area.Y1 + reach}
		c.Raster(clip, func(part draw.Canvas) {
			if p.canvas = part; part != c {
				p.background()
			}
			p.points()
		})
		p.canvas = c
	default:
		p.points()
	}
	p.foreground()
}

// background draws grid, axes and labels.
func (p *scatter) background() {
	if p.NoAxes {
		drawFrame(p.canvas, p.area, p.em)
		return
	}
	a, hair := p.area, hairline(p.em)
	for k := p.xTicks.first; k <= p.xTicks.last; k++ {
		x, _, _ := p.place(p.xTicks.value(k), 0)
		p.canvas.Rect(math.Floor(x), float64(a.Y0), math.Floor(x)+hair, float64(a.Y1), gridColor(k), 1)
		centered(p.canvas, p.xTicks.label(k), x, float64(a.Y1)+1.5*p.em, p.em)
	}
	for k := p.yTicks.first; k <= p.yTicks.last; k++ {
		_, y, _ := p.place(0, p.yTicks.value(k))
		p.canvas.Rect(float64(a.X0), math.Floor(y), float64(a.X1), math.Floor(y)+hair, gridColor(k), 1)
		label := draw.NewLine(p.yTicks.label(k))
		p.canvas.Text(label, float64(a.X0)-0.6*p.em-label.Width(p.em), y+0.36*p.em, draw.Style{Size: p.em, Color: colorNote})
	}
	drawFrame(p.canvas, p.area, p.em)
}

// hairline is the width of the thinnest lines in whole pixels.
func hairline(em float64) float64 { return max(1, math.Floor(em/13)) }

func gridColor(k int) draw.RGB {
	if k == 0 {
		return colorZero
	}
	return colorGrid
}

// centered sets a tick label with its middle at x.
func centered(c draw.Canvas, label string, x, y, em float64) {
	l := draw.NewLine(label)
	c.Text(l, x-l.Width(em)/2, y, draw.Style{Size: em, Color: colorNote})
}

// drawFrame draws a line around an area.
func drawFrame(c draw.Canvas, a draw.Box, em float64) {
	hair := hairline(em)
	x0, y0, x1, y1 := float64(a.X0), float64(a.Y0), float64(a.X1), float64(a.Y1)
	c.Rect(x0-hair, y0-hair, x1+hair, y0, colorFrame, 1)
	c.Rect(x0-hair, y1, x1+hair, y1+hair, colorFrame, 1)
	c.Rect(x0-hair, y0-hair, x0, y1, colorFrame, 1)
	c.Rect(x1, y0-hair, x1+hair, y1, colorFrame, 1)
}

// points draws all points and counts those beyond the axes.
func (p *scatter) points() {
	p.beyond = 0
	var marks [draw.Markers]func(x, y float64, c draw.RGB)
	order(p.survey.n, func(i int) {
		point := p.at(i)
		l := p.look(point.Class)
		if marks[l.marker] == nil {
			marks[l.marker] = p.canvas.Marks(l.marker, p.dotRadius(), dotOpacity(p.survey.n))
		}
		x, y, inside := p.place(float64(point.X), float64(point.Y))
		if !inside {
			p.beyond++
		}
		marks[l.marker](x, y, l.rgb())
	})
}

func (p *scatter) dotRadius() float64 {
	return dotRadius(p.survey.n, min(p.area.Width(), p.area.Height()))
}

// look is how the points of a class look, or those of none, as which a class passes that
// there was not when the points were counted.
func (p *scatter) look(class int) look {
	if class < 0 || class >= len(p.looks) {
		return look{NoClass, draw.Disc}
	}
	return p.looks[class]
}

// foreground draws the prior's circles, the legend, title, labels and notes.
func (p *scatter) foreground() {
	if p.Prior {
		p.circles()
	}
	p.drawMarks()
	p.drawLegend()
	a, size := p.area, float64(p.Size)
	room := size - float64(a.X0) - plotMargin*p.em
	top := float64(a.Y0) - 0.9*p.em
	for _, note := range []string{p.Note, p.note()} {
		if note != "" {
			p.canvas.Text(draw.NewLine(note).Shorten(p.em, room), float64(a.X0), top, draw.Style{Size: p.em, Color: colorNote})
			top -= plotNote * p.em
		}
	}
	title := draw.NewLine(p.Title).Shorten(plotTitle*p.em, room)
	p.canvas.Text(title, float64(a.X0), top-(1.7-plotNote)*p.em, draw.Style{Size: plotTitle * p.em, Color: colorText})

	st := draw.Style{Size: plotLabel * p.em, Color: colorText}
	l := draw.NewLine(p.XLabel).Shorten(st.Size, room) // a sentence may be longer than the area beside a legend
	p.canvas.Text(l, float64(a.X0)+max(0, a.Width()-l.Width(st.Size))/2, size-plotMargin*p.em, st)
	l, st.Up = draw.NewLine(p.YLabel).Shorten(st.Size, a.Height()), true
	p.canvas.Text(l, plotMargin*p.em+0.8*p.em, float64(a.Y1)-(a.Height()-l.Width(st.Size))/2, st)
}

// circles draws the prior at one and two standard deviations.
func (p *scatter) circles() {
	cx := float64(p.area.X0) - p.x.lo/p.x.span()*p.area.Width()
	cy := float64(p.area.Y1) + p.y.lo/p.y.span()*p.area.Height()
	for _, sigma := range [...]float64{1, priorRadius} {
		rx, ry := sigma/p.x.span()*p.area.Width(), sigma/p.y.span()*p.area.Height()
		if !(min(rx, ry) >= 1 && max(rx, ry) <= 1e6) {
			continue
		}
		p.canvas.Ellipse(p.area, cx, cy, rx, ry, draw.Stroke{Width: 0.3 * p.em, Color: draw.White, Opacity: 0.5})
		p.canvas.Ellipse(p.area, cx, cy, rx, ry, draw.Stroke{Width: 0.1 * p.em, Color: colorText, Opacity: 0.6})
		label := draw.NewLine(strconv.Itoa(int(sigma)) + "σ")
		p.halo(label, cx-label.Width(p.em)/2, cy-ry+0.35*p.em)
	}
}

// halo sets a label within the area of the points, outlined in white.
func (p *scatter) halo(l draw.Line, x, y float64) {
	if p.area.Contains(x, y-p.em) && p.area.Contains(x+l.Width(p.em), y) {
		p.canvas.Text(l, x, y, draw.Style{Size: p.em, Color: colorText, Halo: 0.15 * p.em})
	}
}

// note says how many points there are, and what the picture does not show.
func (p *scatter) note() string {
	text := thousands(p.survey.n) + " points"
	if p.survey.n == 1 {
		text = "1 point"
	}
	if p.Images != nil {
		text += ", " + thousands(len(p.thumbs)) + " of them drawn as images, one for each place"
	}
	if len(p.Marks) > 0 {
		text += ", " + thousands(len(p.Marks)) + " marked"
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
