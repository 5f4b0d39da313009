package plot

import (
	"fmt"
	"math"

	"vae/internal/render/draw"
)

// Mark is a point that is to be found among the others: larger, above them, with a name beside
// it as long as there are few marks and it lies over no other.
type Mark struct {
	Point
	Text  string
	Image []float32 // of the shape of Scatter.Images, which is drawn instead of a point; nil for none
}

// namedMarks is how many marks have names.
const namedMarks = 40

// Radii of a mark in em: of the color, of the white around it, of the line around that, and of
// the white that parts it from a dark ground.
const (
	markRadius = 0.42
	markWhite  = 0.56
	markLine   = 0.66
	markGround = 0.76
)

// surveyMarks takes the marks into account: the axes hold them all.
func (s Scatter) surveyMarks(v *survey) error {
	for i, m := range s.Marks {
		if err := s.checkPoint(i, m.Point); err != nil {
			return fmt.Errorf("mark: %w", err)
		}
		v.x.hold(float64(m.X))
		v.y.hold(float64(m.Y))
		if m.Class != NoClass {
			v.counts[m.Class]++
		}
		if d := s.Images.values(); m.Image != nil && len(m.Image) != d {
			return fmt.Errorf("mark: the image of mark %d has %d values, and images have %d", i, len(m.Image), d)
		}
	}
	return nil
}

// hold makes an axis go as far as a value.
func (s *spread) hold(v float64) {
	s.min, s.low = min(s.min, v), min(s.low, v)
	s.max, s.high = max(s.max, v), max(s.high, v)
}

// rect is a piece of the picture that is taken.
type rect struct{ x0, y0, x1, y1 float64 }

func (r rect) meets(o rect) bool {
	return r.x0 < o.x1 && o.x0 < r.x1 && r.y0 < o.y1 && o.y0 < r.y1
}

// drawMarks draws the marks, and then their names.
func (p *scatter) drawMarks() {
	taken := make([]rect, len(p.Marks))
	for i, m := range p.Marks {
		x, y, _ := p.place(float64(m.X), float64(m.Y))
		if p.Images != nil && m.Image != nil {
			taken[i] = p.markImage(m, x, y)
			continue
		}
		l, reach := p.look(m.Class), markGround*p.em
		p.canvas.Marks(draw.Disc, reach, 1)(x, y, draw.White)
		p.canvas.Marks(draw.Disc, markLine*p.em, 1)(x, y, colorText)
		p.canvas.Marks(draw.Disc, markWhite*p.em, 1)(x, y, draw.White)
		p.canvas.Marks(l.marker, markRadius*p.em, 1)(x, y, l.rgb())
		taken[i] = rect{x - reach, y - reach, x + reach, y + reach}
	}
	if len(p.Marks) > namedMarks {
		return
	}
	for i, m := range p.Marks {
		if name, ok := p.nameMark(m.Text, taken[i], taken); ok {
			taken = append(taken, name)
		}
	}
}

// markImage draws the image of a mark with its middle at x, y, in a border of its class's color
// between two lines.
func (p *scatter) markImage(m Mark, x, y float64) rect {
	image := p.Images.reduced(m.Image, max(p.Scale, 1))
	side := float64(p.Images.side()) / float64(max(image.Height, image.Width))
	w, h := math.Round(side*float64(image.Width)), math.Round(side*float64(image.Height))
	x, y = math.Round(x-w/2), math.Round(y-h/2)
	for _, frame := range []struct {
		by    float64
		color draw.RGB
	}{{8, draw.White}, {6, colorText}, {4, p.look(m.Class).rgb()}} {
		p.canvas.Rect(x-frame.by, y-frame.by, x+w+frame.by, y+h+frame.by, frame.color, 1)
	}
	p.canvas.Image(image, x, y, side)
	return rect{x - 8, y - 8, x + w + 8, y + h + 8}
}

// nameMark sets a name to the right of a mark, to its left, above or below it, wherever it lies
// over nothing that is taken; ok is false where there is no such place.
func (p *scatter) nameMark(text string, mark rect, taken []rect) (name rect, ok bool) {
	const widest, gap = 12, 0.25 // em
	l := draw.NewLine(text).ShortenMiddle(p.em, widest*p.em)
	w, h := l.Width(p.em), p.em
	if w == 0 {
		return rect{}, false
	}
	cx, cy := (mark.x0+mark.x1)/2, (mark.y0+mark.y1)/2
	for _, at := range [...]struct{ x, y float64 }{ // left and top of the name
		{mark.x1 + gap*p.em, cy - h/2}, {mark.x0 - gap*p.em - w, cy - h/2}, {cx - w/2, mark.y0 - h}, {cx - w/2, mark.y1},
	} {
		name = rect{at.x, at.y, at.x + w, at.y + h}
		if !p.free(name, taken) {
			continue
		}
		if p.Images != nil { // which are dark or full of detail
			p.canvas.Rect(name.x0-0.2*p.em, name.y0, name.x1+0.2*p.em, name.y1+0.1*p.em, draw.White, 0.9)
		}
		p.canvas.Text(l, at.x, at.y+0.82*h, draw.Style{Size: p.em, Color: colorText, Halo: math.Max(2, 0.2*p.em)})
		return name, true
	}
	return rect{}, false
}

// free tells whether a name lies in the area of the points and over nothing that is taken.
func (p *scatter) free(name rect, taken []rect) bool {
	a := p.area
	if name.x0 < float64(a.X0) || name.x1 > float64(a.X1) || name.y0 < float64(a.Y0) || name.y1 > float64(a.Y1) {
		return false
	}
	for _, t := range taken {
		if name.meets(t) {
			return false
		}
	}
	return true
}
