package draw

import (
	"image"
	imagedraw "image/draw"
	"math"
	"slices"
	"unicode"
)

const ellipsis = '…'

// textLimit bounds the characters of a text, so that a line of any length takes little time.
const textLimit = 1000

// Line is text ready to be set: characters with a glyph, or a box, and nothing else.
type Line []rune

// NewLine replaces what cannot be set: control characters and white space become spaces, marks and
// formatting characters that the font lacks disappear, invalid UTF-8 becomes U+FFFD.
func NewLine(text string) Line {
	var l Line
	for _, char := range text {
		switch {
		case len(l) == textLimit:
			return append(l, ellipsis)
		case unicode.IsControl(char) || unicode.IsSpace(char):
			char = ' '
		case goRegular().glyph(char) == 0 && unicode.In(char, unicode.M, unicode.Cf):
			continue
		}
		l = append(l, char)
	}
	return l
}

// Complete tells whether the font has a glyph for every character.
func (l Line) Complete() bool {
	for _, char := range l {
		if goRegular().glyph(char) == 0 {
			return false
		}
	}
	return true
}

// Width is the length of the line in pixels at a size in pixels per em.
func (l Line) Width(size float64) float64 {
	sum := 0.0
	for _, char := range l {
		sum += goRegular().advance(goRegular().glyph(char))
	}
	return sum * size / goRegular().unitsPerEm
}

// Shorten cuts the line to a width and marks the cut with an ellipsis.
func (l Line) Shorten(size, width float64) Line {
	if l.Width(size) <= width {
		return l
	}
	left := width - Line{ellipsis}.Width(size)
	keep := 0
	for keep < len(l) {
		left -= l[keep : keep+1].Width(size)
		if left < 0 {
			break
		}
		keep++
	}
	for keep > 0 && l[keep-1] == ' ' {
		keep--
	}
	return append(l[:keep:keep], ellipsis)
}

// ShortenMiddle is Shorten with the cut in the middle: beginning and end tell names apart.
func (l Line) ShortenMiddle(size, width float64) Line {
	if l.Width(size) <= width {
		return l
	}
	left := width - Line{ellipsis}.Width(size)
	head, tail, begin, end := 0, len(l), 0.0, 0.0
	for {
		next := head
		if begin > end {
			next = tail - 1
		}
		wide := l[next : next+1].Width(size)
		switch {
		case begin+end+wide > left:
			return slices.Concat(l[:head].trimmed(), Line{ellipsis}, l[tail:].trimmed())
		case next == head:
			head, begin = head+1, begin+wide
		default:
			tail, end = next, end+wide
		}
	}
}

// trimmed is the line without the spaces at its ends.
func (l Line) trimmed() Line {
	for len(l) > 0 && l[0] == ' ' {
		l = l[1:]
	}
	for len(l) > 0 && l[len(l)-1] == ' ' {
		l = l[:len(l)-1]
	}
	return l
}

// Style is how text looks.
type Style struct {
	Size  float64 // pixels per em
	Color RGB
	Up    bool    // written upward, letters turned to the left
	Halo  float64 // pixels of white around the letters
}

// Text implements [Canvas].
func (s *sheet) Text(l Line, x, y float64, st Style) {
	x, y = s.at(x, y)
	st.Size *= s.scale
	if st.Halo > 0 {
		white := st
		white.Color = White
		for i := range 8 {
			sin, cos := math.Sincos(float64(i) * math.Pi / 4)
			s.letters(l, x+cos*st.Halo*s.scale, y+sin*st.Halo*s.scale, white)
		}
	}
	s.letters(l, x, y, st)
}

// letters sets a line from the place (x, y) on its baseline, in pixels of the sheet.
func (s *sheet) letters(l Line, x, y float64, st Style) {
	scale := st.Size / goRegular().unitsPerEm
	for _, char := range l {
		glyph := goRegular().glyph(char)
		s.glyph(glyph, x, y, scale, st)
		if advance := goRegular().advance(glyph) * scale; st.Up {
			y -= advance
		} else {
			x += advance
		}
	}
}

// glyph draws a glyph with its origin at (x, y). The mask is no larger than the glyph: up to 512
// pixels the rasterizer counts in integers, with the same result on every processor.
func (s *sheet) glyph(glyph int, x, y, scale float64, st Style) {
	outline := goRegular().outline(glyph)
	left, top, right, bottom := math.Inf(1), math.Inf(1), math.Inf(-1), math.Inf(-1)
	for _, contour := range outline {
		for i, p := range contour {
			if px, py := p.x*scale, p.y*scale; st.Up {
				contour[i].x, contour[i].y = x-py, y-px
			} else {
				contour[i].x, contour[i].y = x+px, y-py
			}
			left, right = min(left, contour[i].x), max(right, contour[i].x)
			top, bottom = min(top, contour[i].y), max(bottom, contour[i].y)
		}
	}
	if !(left < right && top < bottom) {
		return
	}
	x0, y0 := int(math.Floor(left)), int(math.Floor(top))
	s.raster.Reset(int(math.Ceil(right))-x0, int(math.Ceil(bottom))-y0)
	s.raster.DrawOp = imagedraw.Src
	for _, contour := range outline {
		s.trace(contour, float64(x0), float64(y0))
	}
	s.stampMask(x0, y0, st.Color)
}

// trace gives a contour to the rasterizer, relative to (x0, y0). Between two control points in a row
// lies a point of the curve that is not stored.
func (s *sheet) trace(contour []outlinePoint, x0, y0 float64) {
	at := func(p outlinePoint) (float32, float32) { return float32(p.x - x0), float32(p.y - y0) }
	last := contour[len(contour)-1]
	if !last.onCurve {
		last = middle(last, contour[0])
	}
	if contour[0].onCurve {
		last = contour[0]
		contour = append(contour[1:len(contour):len(contour)], contour[0])
	}
	s.raster.MoveTo(at(last))
	for i, p := range contour {
		if p.onCurve {
			if i == 0 || contour[i-1].onCurve {
				s.raster.LineTo(at(p))
			}
			continue
		}
		end := contour[(i+1)%len(contour)]
		if !end.onCurve {
			end = middle(p, end)
		}
		bx, by := at(p)
		cx, cy := at(end)
		s.raster.QuadTo(bx, by, cx, cy)
	}
	s.raster.ClosePath()
}

func middle(a, b outlinePoint) outlinePoint {
	return outlinePoint{(a.x + b.x) / 2, (a.y + b.y) / 2, true}
}

// stampMask blends the rasterizer's shape with its top left at pixel (x0, y0).
func (s *sheet) stampMask(x0, y0 int, c RGB) {
	size := s.raster.Size()
	if need := size.X * size.Y; cap(s.mask.Pix) < need {
		s.mask.Pix = make([]uint8, need)
	}
	s.mask.Pix, s.mask.Stride, s.mask.Rect = s.mask.Pix[:size.X*size.Y], size.X, s.raster.Bounds()
	s.raster.Draw(&s.mask, s.mask.Rect, image.Opaque, image.Point{})
	for y := range size.Y {
		for x, opacity := range s.mask.Pix[y*size.X:][:size.X] {
			s.blend(x0+x, y0+y, c, opacity)
		}
	}
}
