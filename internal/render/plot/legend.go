package plot

import (
	"fmt"
	"strings"

	"vae/internal/render/draw"
)

// Sizes of the legend in em.
const (
	legendGap      = 1.2  // between points and legend
	legendRow      = 1.8  // distance of rows
	legendLeastRow = 1.25 // where there are many
	legendName     = 12.0 // longest name, but at most a fifth of the picture
	legendText     = 1.4  // where names begin
	legendMarker   = 0.45 // radius
	legendReserve  = 10.0 // of the height, for title, labels and remarks
)

// legendEntry is a row of the legend: a marker with a name, or a remark without one.
type legendEntry struct {
	text   draw.Line
	class  int
	remark bool
}

// legendRows are the classes that occur, the points of none, and what must be said about them. No
// legend is needed if no point has a class.
func (p *scatter) legendRows() []legendEntry {
	var rows []legendEntry
	names, _ := p.legendNames(p.em)
	for class, count := range p.survey.counts {
		if count > 0 {
			rows = append(rows, legendEntry{text: names[class], class: class})
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if p.survey.none > 0 {
		rows = append(rows, legendEntry{text: draw.NewLine("(none)"), class: NoClass})
	}
	repeated := p.repeatRemark(rows)
	return append(p.fitting(rows), repeated...)
}

// repeatRemark says where classes have a color in common, and where that is all they have.
func (p *scatter) repeatRemark(rows []legendEntry) []legendEntry {
	colors, whole := map[int]bool{}, map[look]bool{}
	var repeated, alike bool
	for _, row := range rows {
		l := p.look(row.class)
		repeated, alike = repeated || colors[l.color], alike || whole[l]
		colors[l.color], whole[l] = true, true
	}
	switch {
	case alike:
		return remarks("more classes than", "colors and markers:", "some look alike")
	case repeated:
		return remarks("classes of one color", "have other markers")
	}
	return nil
}

func remarks(lines ...string) (rows []legendEntry) {
	for _, text := range lines {
		rows = append(rows, legendEntry{text: draw.NewLine(text), remark: true})
	}
	return rows
}

// legendNames are the names of all classes as the legend has them, with an ellipsis in
// the middle of long ones, and which of them have their number in brackets, as the font
// lacks characters or the name alone would be that of another class.
func (s Scatter) legendNames(em float64) (names []draw.Line, keyed []bool) {
	width := min(legendName*em, float64(s.Size)/5)
	names, keyed = make([]draw.Line, len(s.Classes)), make([]bool, len(s.Classes))
	count := map[string]int{}
	for class, text := range s.Classes {
		name := draw.NewLine(strings.TrimSpace(text))
		if keyed[class] = len(name) == 0 || !name.Complete(); !keyed[class] {
			names[class] = name.ShortenMiddle(plotLabel*em, width)
			count[string(names[class])]++
		}
	}
	for class, text := range s.Classes {
		number := draw.NewLine(fmt.Sprintf("[%d]", class))
		switch {
		case keyed[class]:
			names[class] = number
		case count[string(names[class])] > 1:
			keyed[class] = true
			number = append(number, ' ')
			names[class] = append(number, draw.NewLine(strings.TrimSpace(text)).ShortenMiddle(plotLabel*em, width-number.Width(plotLabel*em))...)
		}
	}
	return names, keyed
}

// Key are the classes, by number, that the legend cannot call by their names: it has the
// number in brackets, [3], and the names are to be told elsewhere.
func (s Scatter) Key() []int {
	s = s.sized()
	var key []int
	_, keyed := s.legendNames(s.em())
	for class := range keyed {
		if keyed[class] {
			key = append(key, class)
		}
	}
	return key
}

// fitting leaves out rows for which the picture is too low, and counts them.
func (p *scatter) fitting(rows []legendEntry) []legendEntry {
	room := int((float64(p.Size)/p.em - 2*plotMargin - legendReserve) / legendLeastRow)
	if len(rows) <= room {
		return rows
	}
	left := len(rows) - room + 1
	return append(rows[:room-1:room-1], remarks(fmt.Sprintf("and %s more", thousands(left)))...)
}

// legendWidth is the room to the right of the points.
func (p *scatter) legendWidth() float64 {
	if len(p.legend) == 0 {
		return 0
	}
	width := 0.0
	for _, row := range p.legend {
		width = max(width, p.rowWidth(row))
	}
	return width + legendGap*p.em
}

func (p *scatter) rowWidth(row legendEntry) float64 {
	if row.remark {
		return row.text.Width(p.em)
	}
	return legendText*p.em + row.text.Width(plotLabel*p.em)
}

// drawLegend sets the rows beside the points, closer together if there are many.
func (p *scatter) drawLegend() {
	step := min(legendRow*p.em, p.area.Height()/float64(max(1, len(p.legend))))
	x, y := float64(p.area.X1)+legendGap*p.em, float64(p.area.Y0)+step/2
	for _, row := range p.legend {
		if row.remark {
			p.canvas.Text(row.text, x, y+0.36*p.em, draw.Style{Size: p.em, Color: colorNote})
		} else {
			l := p.look(row.class)
			p.canvas.Marks(l.marker, legendMarker*p.em, 1)(x+p.em/2, y, l.rgb())
			p.canvas.Text(row.text, x+legendText*p.em, y+0.36*plotLabel*p.em, draw.Style{Size: plotLabel * p.em, Color: colorText})
		}
		y += step
	}
}
