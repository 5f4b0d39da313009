package plot

import (
	"math"
	"strconv"
	"strings"

	"vae/internal/render/draw"
)

// Sizes of a gallery.
const (
	maxEnlarge     = 64
	galleryImage   = 84    // pixels that an image is enlarged to, at most
	galleryWhole   = 1400  // pixels that all images together are enlarged to, at most
	galleryGap     = 4     // pixels between images
	galleryLabel   = 24.0  // em of the longest label of a row
	galleryTitle   = 640.0 // pixels that the picture widens to for its title and note
	galleryFrame   = 2     // pixels
	labelGap       = 0.7   // em between a label and what it belongs to
	baselineMiddle = 0.36  // em from the middle of a line of text to its baseline
)

// Colors of a gallery are grey, so that one of grey images is a grey picture.
var (
	galleryText  = draw.Hex(0x1a1a1a)
	galleryNote  = draw.Hex(0x606060)
	galleryEdge  = draw.Hex(0xd0d0d0)
	galleryGiven = draw.Hex(0xd55e00)
)

// galleryPlan is where all parts of a gallery stand.
type galleryPlan struct {
	Gallery
	rows, columns       int
	em                  float64
	side                int         // pixels of one of an image
	width, height       int         // of the page
	x0, y0              int         // of the first image
	gap                 int         // between images
	across, down        int         // from image to image
	rowText, columnText []draw.Line // labels in their length
	step, rowStep       int         // of the labels of columns, and of rows, that are drawn
	images              [][]uint8
}

// layout places everything. Sizes beyond reason are an error.
func (g Gallery) layout(rows, columns int) (*galleryPlan, error) {
	if err := g.check(rows, columns); err != nil {
		return nil, err
	}
	l := &galleryPlan{Gallery: g, rows: rows, columns: columns, em: plotEm, side: g.Enlarge, gap: galleryGap, rowStep: 1}
	if l.side == 0 {
		l.side = g.enlargement(rows, columns)
	}
	margin := plotMargin * l.em
	if g.Touching {
		l.gap = 0
	}
	l.across, l.down = l.side*g.Width+l.gap, l.side*g.Height+l.gap
	l.setRows()
	l.x0 = int(margin + l.leftWidth())
	l.y0 = int(margin + l.topHeight())
	l.setColumns()
	inner := float64(l.columns*l.across - l.gap)
	right := margin
	if len(l.columnText) > 0 { // the last label may be wider than its image
		right = max(right, l.overhang()+0.3*l.em)
	}
	l.width = l.x0 + int(math.Ceil(max(inner, l.titleWidth())+right))
	l.height = l.y0 + l.rows*l.down - l.gap + int(math.Ceil(margin+l.bottomHeight()))
	return l, draw.Page{Width: l.width, Height: l.height, Scale: g.Scale}.Check()
}

// enlargement makes a small image galleryImage pixels at most, and all not much more than a screen.
func (g Gallery) enlargement(rows, columns int) int {
	side := galleryImage / max(g.Height, g.Width)
	side = min(side, galleryWhole/(columns*g.Width), max(galleryWhole/(rows*g.Height), 2))
	return max(side, 1)
}

// setRows makes room for the labels of low rows: the rows move apart, or where they must touch some
// labels are left out.
func (l *galleryPlan) setRows() {
	least := int(math.Ceil(1.4 * l.em))
	switch {
	case l.Rows == nil:
	case l.Touching:
		l.rowStep = (least + l.down - 1) / l.down
	default:
		l.down = max(l.down, least)
	}
}

// leftWidth is the room left of the images; it shortens the labels of the rows.
func (l *galleryPlan) leftWidth() float64 {
	width := 0.0
	for _, label := range l.Rows {
		text := draw.NewLine(label).ShortenMiddle(l.em, galleryLabel*l.em)
		l.rowText = append(l.rowText, text)
		width = max(width, text.Width(l.em)+labelGap*l.em)
	}
	if l.YLabel != "" {
		width += 1.8 * l.em
	}
	return width
}

// topHeight is the room above the images.
func (l *galleryPlan) topHeight() float64 {
	height := 0.0
	if l.Title != "" {
		height += 2 * l.em
	}
	if l.Note != "" {
		height += plotNote * l.em
	}
	if l.Title != "" || l.Note != "" {
		height += 0.5 * l.em
	}
	if l.Columns != nil && !l.Below {
		height += 1.2 * l.em
	}
	return height
}

// bottomHeight is the room below the images.
func (l *galleryPlan) bottomHeight() float64 {
	height := 0.0
	if l.Columns != nil && l.Below {
		height += 1.4 * l.em
	}
	if l.XLabel != "" {
		height += 1.8 * l.em
	}
	return height
}

// setColumns fits the labels of the columns: names are shortened, of numbers that are too wide some
// are left out.
func (l *galleryPlan) setColumns() {
	if l.Columns == nil {
		return
	}
	widest, numbers := 0.0, true
	for _, label := range l.Columns {
		line := draw.NewLine(label)
		l.columnText = append(l.columnText, line)
		widest = max(widest, line.Width(l.em))
		numbers = numbers && isNumber(label)
	}
	room := float64(l.across) - 0.4*l.em
	l.step = 1
	if widest > room && numbers {
		l.step = int(math.Ceil((widest + 0.4*l.em) / float64(l.across)))
		return
	}
	for i, line := range l.columnText {
		l.columnText[i] = line.ShortenMiddle(l.em, room)
	}
}

// isNumber tells whether a label is a number, or one with its unit.
func isNumber(label string) bool {
	number, _, _ := strings.Cut(label, " ")
	_, err := strconv.ParseFloat(number, 64)
	return err == nil
}

// overhang is how far the labels of columns stand out beside the last image.
func (l *galleryPlan) overhang() float64 {
	last := (l.columns - 1) / l.step * l.step
	beyond := (l.columns - 1 - last) * l.across
	return (l.columnText[last].Width(l.em)-float64(l.side*l.Width))/2 - float64(beyond)
}

// titleWidth is the room that title and note want, up to a limit.
func (l *galleryPlan) titleWidth() float64 {
	title, note := draw.NewLine(l.Title).Width(plotTitle*l.em), draw.NewLine(l.Note).Width(l.em)
	labels := float64(l.x0) - plotMargin*l.em // title and note begin above the labels
	return min(max(title, note), galleryTitle) - labels
}

func (l *galleryPlan) page() draw.Page {
	return draw.Page{Width: l.width, Height: l.height, Scale: l.Scale, Title: l.Title, Draw: l.draw}
}

func (l *galleryPlan) draw(c draw.Canvas) {
	l.drawTitle(c)
	l.drawLabels(c)
	if l.Touching {
		x, y := l.place(0, 0)
		c.Rect(x-1, y-1, x+float64(l.columns*l.across)+1, y+float64(l.rows*l.down)+1, galleryEdge, 1)
	}
	for i, pixels := range l.images {
		if pixels != nil {
			l.drawImage(c, i/l.columns, i%l.columns, pixels)
		}
	}
}

// place is the top left of an image.
func (l *galleryPlan) place(row, column int) (x, y float64) {
	return float64(l.x0 + column*l.across), float64(l.y0 + row*l.down)
}

func (l *galleryPlan) drawImage(c draw.Canvas, row, column int, pixels []uint8) {
	x, y := l.place(row, column)
	w, h := float64(l.side*l.Width), float64(l.side*l.Height)
	edge, color := 1.0, galleryEdge
	switch {
	case l.Touching:
		edge = 0
	case l.Framed != nil && l.Framed(row, column):
		edge, color = galleryFrame, galleryGiven
	}
	c.Rect(x-edge, y-edge, x+w+edge, y+h+edge, color, 1)
	c.Image(draw.Image{Width: l.Width, Height: l.Height, Channels: l.Channels, Pixels: pixels}, x, y, float64(l.side))
}

func (l *galleryPlan) drawTitle(c draw.Canvas) {
	margin := plotMargin * l.em
	room := float64(l.width) - 2*margin
	y := margin
	if l.Title != "" {
		y += 1.5 * l.em
		st := draw.Style{Size: plotTitle * l.em, Color: galleryText}
		c.Text(draw.NewLine(l.Title).Shorten(st.Size, room), margin, y, st)
		y += 0.5 * l.em
	}
	if l.Note != "" {
		c.Text(draw.NewLine(l.Note).Shorten(l.em, room), margin, y+l.em, draw.Style{Size: l.em, Color: galleryNote})
	}
}

func (l *galleryPlan) drawLabels(c draw.Canvas) {
	st := draw.Style{Size: l.em, Color: galleryText}
	w, h := float64(l.side*l.Width), float64(l.side*l.Height)
	for row := 0; row < len(l.rowText); row += l.rowStep {
		text := l.rowText[row]
		x, y := l.place(row, 0)
		c.Text(text, x-labelGap*l.em-text.Width(l.em), y+h/2+baselineMiddle*l.em, st)
	}
	bottom := float64(l.y0 + l.rows*l.down - l.gap)
	for column := 0; column < len(l.columnText); column += l.step {
		x, y := l.place(0, column)
		y -= 0.5 * l.em
		if l.Below {
			y = bottom + 1.3*l.em
		}
		c.Text(l.columnText[column], x+(w-l.columnText[column].Width(l.em))/2, y, st)
	}
	l.drawAxes(c, bottom)
}

// drawAxes sets what changes across and down.
func (l *galleryPlan) drawAxes(c draw.Canvas, bottom float64) {
	st := draw.Style{Size: plotLabel * l.em, Color: galleryText}
	across, down := float64(l.columns*l.across-l.gap), bottom-float64(l.y0)
	text := draw.NewLine(l.XLabel).Shorten(st.Size, max(across, 10*l.em))
	c.Text(text, max(float64(l.x0)+(across-text.Width(st.Size))/2, plotMargin*l.em), bottom+l.bottomHeight(), st)
	text, st.Up = draw.NewLine(l.YLabel).Shorten(st.Size, down), true
	c.Text(text, (plotMargin+0.8)*l.em, bottom-(down-text.Width(st.Size))/2, st)
}
