package scatter

import (
	"fmt"
	"strconv"
	"strings"
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
	text   line
	class  int
	remark bool
}

// legendRows are the classes that occur, the points of none, and what must be said about them. No
// legend is needed if no point has a class.
func (p *drawing) legendRows() []legendEntry {
	var rows []legendEntry
	last := 0
	for class, count := range p.survey.counts {
		if count > 0 {
			rows = append(rows, legendEntry{text: p.className(class), class: class})
			last = class
		}
	}
	if len(rows) == 0 {
		return nil
	}
	if p.survey.none > 0 {
		rows = append(rows, legendEntry{text: newLine("(none)"), class: NoClass})
	}
	return append(p.fitting(rows), repeatRemark(last)...)
}

// repeatRemark says from which class on colors come again.
func repeatRemark(last int) []legendEntry {
	colors := len(classColors)
	switch {
	case last >= colors*int(markers):
		return remarks("colors repeat after", fmt.Sprintf("%d classes, markers", colors), fmt.Sprintf("after %d", colors*int(markers)))
	case last >= colors:
		return remarks("colors repeat after", fmt.Sprintf("%d classes, with", colors), "other markers")
	}
	return nil
}

func remarks(lines ...string) (rows []legendEntry) {
	for _, text := range lines {
		rows = append(rows, legendEntry{text: newLine(text), remark: true})
	}
	return rows
}

// className is the name of a class as the legend has it: with the number where the name is blank or
// has characters that the font lacks.
func (p *drawing) className(class int) line {
	name := newLine(strings.TrimSpace(p.Classes[class]))
	switch {
	case len(name) == 0:
		name = newLine(strconv.Itoa(class))
	case !name.complete():
		name = append(newLine(strconv.Itoa(class)+": "), name...)
	}
	return name.shorten(plotLabel*p.em, min(legendName*p.em, float64(p.Size)/5))
}

// fitting leaves out rows for which the picture is too low, and counts them.
func (p *drawing) fitting(rows []legendEntry) []legendEntry {
	room := int((float64(p.Size)/p.em - 2*plotMargin - legendReserve) / legendLeastRow)
	if len(rows) <= room {
		return rows
	}
	left := len(rows) - room + 1
	return append(rows[:room-1:room-1], remarks(fmt.Sprintf("and %s more", thousands(left)))...)
}

// legendWidth is the room to the right of the points.
func (p *drawing) legendWidth() float64 {
	if len(p.legend) == 0 {
		return 0
	}
	width := 0.0
	for _, row := range p.legend {
		width = max(width, p.rowWidth(row))
	}
	return width + legendGap*p.em
}

func (p *drawing) rowWidth(row legendEntry) float64 {
	if row.remark {
		return row.text.width(p.em)
	}
	return legendText*p.em + row.text.width(plotLabel*p.em)
}

// drawLegend sets the rows beside the points, closer together if there are many.
func (p *drawing) drawLegend() {
	step := min(legendRow*p.em, p.area.height()/float64(max(1, len(p.legend))))
	x, y := float64(p.area.x1)+legendGap*p.em, float64(p.area.y0)+step/2
	for _, row := range p.legend {
		if row.remark {
			p.sheet.text(row.text, x, y+0.36*p.em, style{size: p.em, color: sheetNote})
		} else {
			color, m := look(row.class)
			p.sheet.stamp(newStamps(m, legendMarker*p.em, 1), x+p.em/2, y, color)
			p.sheet.text(row.text, x+legendText*p.em, y+0.36*plotLabel*p.em, style{size: plotLabel * p.em, color: sheetText})
		}
		y += step
	}
}
