package plot

import (
	"fmt"
	"math"
	"strings"

	"vae/internal/render/draw"
)

// curvesEntry is a row of a legend: a sample of a line or a colored field, and a name.
type curvesEntry struct {
	text  draw.Line
	run   int // of l.runs, or -1
	faint bool
	best  bool
	field bool
	color draw.RGB
}

// setLegends gives the first panel with series the names of all runs and what the kinds of lines
// mean, and each panel with bands their names.
func (l *curves) setLegends() {
	lines := false
	for _, p := range l.panels {
		if p.Bands != nil {
			for _, b := range p.stack {
				p.legend = append(p.legend, curvesEntry{text: l.name(b.name), run: -1, field: true, color: b.color})
			}
		} else if !lines {
			lines = true
			p.legend = l.lineLegend()
		}
	}
}

func (l *curves) name(text string) draw.Line {
	return draw.NewLine(text).ShortenMiddle(plotLabel*l.em, min(curvesName*l.em, float64(l.Width)/4))
}

// lineLegend are the names of the runs, as many as there is room for, and what the lines are.
func (l *curves) lineLegend() (rows []curvesEntry) {
	var kinds []curvesEntry
	faint, best := l.kinds()
	if faint && l.Solid != "" {
		kinds = append(kinds, curvesEntry{text: l.name(l.Solid), run: -1, color: colorNote})
	}
	if faint && l.Faint != "" {
		kinds = append(kinds, curvesEntry{text: l.name(l.Faint), run: -1, color: colorNote, faint: true})
	}
	if best && l.Best != "" {
		kinds = append(kinds, curvesEntry{text: l.name(l.Best), run: -1, color: colorNote, best: true})
	}
	room := l.legendRoom() - len(kinds)
	for i, name := range l.runs {
		if i == room-1 && len(l.runs) > room {
			rows = append(rows, curvesEntry{text: draw.NewLine(fmt.Sprintf("and %s more", thousands(len(l.runs)-i))), run: -1, color: draw.White})
			break
		}
		if strings.TrimSpace(name) != "" {
			rows = append(rows, curvesEntry{text: l.name(name), run: i})
		}
	}
	return append(rows, kinds...)
}

// kinds tells whether any series is faint and whether any has a mark.
func (l *curves) kinds() (faint, best bool) {
	for _, p := range l.Panels {
		for _, s := range p.Series {
			faint, best = faint || s.Faint, best || len(s.Best) > 0
		}
	}
	return faint, best
}

// legendRoom is how many rows fit beside the panels of lines that stand together.
func (l *curves) legendRoom() int {
	height := 0.0
	for _, p := range l.panels {
		if p.Bands == nil {
			height += l.panelHeight(p) + (panelLabel+panelGap)*l.em
		} else if height > 0 {
			break
		}
	}
	return max(2, int((height-(panelLabel+panelGap)*l.em)/(legendLeastRow*l.em)))
}

// drawLegend sets the rows beside a panel, closer together if there are many.
func (l *curves) drawLegend(c draw.Canvas, p *panel) {
	height := p.area.Height()
	if p.Bands == nil {
		height = max(height, float64(l.legendRoom())*legendLeastRow*l.em)
	}
	step := min(legendRow*l.em, height/float64(max(1, len(p.legend))))
	x, y := float64(p.area.X1)+legendGap*l.em, float64(p.area.Y0)+step/2
	for _, row := range p.legend {
		l.drawSample(c, row, x, y)
		c.Text(row.text, x+curvesSample*l.em, y+baselineMiddle*plotLabel*l.em, draw.Style{Size: plotLabel * l.em, Color: colorText})
		y += step
	}
}

// drawSample shows what a row of a legend is about.
func (l *curves) drawSample(c draw.Canvas, row curvesEntry, x, y float64) {
	stroke := l.stroke(max(row.run, 0), row.faint)
	if row.run < 0 {
		stroke.Color, stroke.Dash = row.color, 0
	}
	end := x + 1.7*l.em
	switch {
	case row.field:
		c.Rect(math.Round(x), math.Round(y-0.35*l.em), math.Round(end), math.Round(y+0.35*l.em), row.color, 1)
	case row.best:
		l.drawBest(c, (x+end)/2, y, row.color)
	default:
		c.Line([]draw.Place{{X: x, Y: y}, {X: end, Y: y}}, stroke)
	}
}
