package plot

import (
	"math"

	"vae/internal/render/draw"
)

// Widths of lines in pixels of a page of the default width, and how a mark looks.
const (
	solidWidth   = 2.0
	faintWidth   = 1.2
	faintOpacity = 0.45
	loneRadius   = 2.6 // of a point without neighbors
	bestRadius   = 4.6
	bestHole     = 2.2
)

func (l *curves) draw(c draw.Canvas) {
	l.drawTitle(c)
	for _, p := range l.panels {
		l.drawSpans(c, p)
		l.drawGrid(c, p)
		switch {
		case p.empty:
			x, y := float64(p.area.X0)+p.area.Width()/2, float64(p.area.Y0)+p.area.Height()/2
			centered(c, "no values", x, y, plotLabel*l.em)
		case p.Bands != nil:
			p.drawBands(c)
		default:
			l.drawSeries(c, p)
		}
		drawFrame(c, p.area, l.em)
		l.drawLegend(c, p)
	}
	last := l.panels[len(l.panels)-1]
	end := math.Inf(-1)
	for _, t := range l.xTicks {
		at, half := last.atTick(t.at), draw.NewLine(t.label).Width(l.em)/2
		if at-half < end+0.5*l.em { // labels of a logarithmic axis come close
			continue
		}
		end = at + half
		centered(c, t.label, at, float64(last.area.Y1)+1.5*l.em, l.em)
	}
	st := draw.Style{Size: plotLabel * l.em, Color: colorText}
	text := draw.NewLine(l.XLabel).Shorten(st.Size, last.area.Width())
	c.Text(text, float64(last.area.X0)+(last.area.Width()-text.Width(st.Size))/2, float64(last.area.Y1)+3.2*l.em, st)
}

func (l *curves) drawTitle(c draw.Canvas) {
	margin := plotMargin * l.em
	room, y := float64(l.Width)-2*margin, margin
	if l.Title != "" {
		y += 1.4 * l.em
		st := draw.Style{Size: plotTitle * l.em, Color: colorText}
		c.Text(draw.NewLine(l.Title).Shorten(st.Size, room), margin, y, st)
		y += 0.5 * l.em
	}
	if l.Note != "" {
		c.Text(draw.NewLine(l.Note).Shorten(l.em, room), margin, y+l.em, draw.Style{Size: l.em, Color: colorNote})
	}
}

// atX and atY are places of values on the page, atY of what value makes of them.
func (p *panel) atX(x float64) float64 {
	if p.logX {
		x = math.Log10(x)
	}
	return p.atTick(x)
}

// atTick is the place of a value of the axis: of a logarithm, where it is logarithmic.
func (p *panel) atTick(x float64) float64 {
	return float64(p.area.X0) + (x-p.x.lo)/p.x.span()*p.area.Width()
}

func (p *panel) atY(y float64) float64 {
	return float64(p.area.Y1) - (y-p.y.lo)/p.y.span()*p.area.Height()
}

func (l *curves) drawSpans(c draw.Canvas, p *panel) {
	for _, span := range p.Spans {
		x0 := min(max(p.atX(span.From), float64(p.area.X0)), float64(p.area.X1))
		x1 := min(max(p.atX(span.To), float64(p.area.X0)), float64(p.area.X1))
		if !(x1 > x0) {
			continue
		}
		c.Rect(x0, float64(p.area.Y0), x1, float64(p.area.Y1), colorSpan, 1)
	}
}

// spanLabels say what the shaded parts are, above what is drawn.
func (l *curves) spanLabels(c draw.Canvas, p *panel) {
	for _, span := range p.Spans {
		x := max(p.atX(span.From), float64(p.area.X0)) + 0.4*l.em
		if room := float64(p.area.X1) - x - 0.4*l.em; room > 3*l.em && p.atX(span.To) > x {
			text := draw.NewLine(span.Label).Shorten(l.em, room)
			c.Text(text, x, float64(p.area.Y0)+1.2*l.em, draw.Style{Size: l.em, Color: colorNote, Halo: 0.15 * l.em})
		}
	}
}

// drawGrid draws the ticks of a panel and its label.
func (l *curves) drawGrid(c draw.Canvas, p *panel) {
	a, hair := p.area, hairline(l.em)
	for _, t := range l.xTicks {
		x := math.Floor(p.atTick(t.at))
		c.Rect(x, float64(a.Y0), x+hair, float64(a.Y1), colorGrid, 1)
	}
	above := math.Inf(1)
	for _, t := range p.yTicks {
		y := p.atY(t.at)
		color := colorGrid
		if t.major {
			color = colorZero
		}
		c.Rect(float64(a.X0), math.Floor(y), float64(a.X1), math.Floor(y)+hair, color, 1)
		if above-y < 1.3*l.em { // labels of a logarithmic axis come close
			continue
		}
		above = y
		text := draw.NewLine(t.label)
		c.Text(text, float64(a.X0)-0.6*l.em-text.Width(l.em), y+baselineMiddle*l.em, draw.Style{Size: l.em, Color: colorNote})
	}
	st := draw.Style{Size: plotLabel * l.em, Color: colorText}
	c.Text(draw.NewLine(p.Label).Shorten(st.Size, a.Width()), float64(a.X0), float64(a.Y0)-0.6*l.em, st)
}

// drawSeries draws the faint curves, then the others, then the marks.
func (l *curves) drawSeries(c draw.Canvas, p *panel) {
	number := map[string]int{}
	for i, name := range l.runs {
		number[name] = i
	}
	for _, faint := range []bool{true, false} {
		for i := range p.Series {
			if s := &p.Series[i]; s.Faint == faint {
				l.drawCurve(c, p, s, number[s.Name])
			}
		}
	}
	l.spanLabels(c, p)
	for i := range p.Series {
		for _, best := range p.Series[i].Best {
			if y, ok := p.value(p.Series[i].Y[best]); ok {
				l.drawBest(c, p.atX(p.Series[i].X[best]), p.atY(max(y, p.y.lo)), runColor(number[p.Series[i].Name]))
			}
		}
	}
}

// unit is a pixel of a page of the default width.
func (l *curves) unit() float64 { return l.em / plotEm }

func (l *curves) drawBest(c draw.Canvas, x, y float64, color draw.RGB) {
	c.Marks(draw.Disc, bestRadius*l.unit(), 1)(x, y, color)
	c.Marks(draw.Disc, bestHole*l.unit(), 1)(x, y, draw.White)
}

// stroke is how the lines of a run look.
func (l *curves) stroke(run int, faint bool) draw.Stroke {
	s := draw.Stroke{Width: solidWidth * l.unit(), Opacity: 1, Color: runColor(run), Dash: runDash(run) * l.unit()}
	if faint {
		s.Width, s.Opacity = faintWidth*l.unit(), faintOpacity
	}
	return s
}

// drawCurve draws the pieces of a curve between its gaps; a point alone is a disc.
func (l *curves) drawCurve(c draw.Canvas, p *panel, s *Series, run int) {
	stroke := l.stroke(run, s.Faint)
	var piece []draw.Place
	end := func() {
		if len(piece) == 1 {
			c.Marks(draw.Disc, loneRadius*l.unit(), stroke.Opacity)(piece[0].X, piece[0].Y, stroke.Color)
		} else if len(piece) > 1 {
			c.Line(piece, stroke)
		}
		piece = nil
	}
	for i, y := range s.Y {
		y, ok := p.value(y)
		if !ok {
			end()
			continue
		}
		piece = append(piece, draw.Place{X: p.atX(s.X[i]), Y: p.atY(max(y, p.y.lo))})
	}
	end()
}
