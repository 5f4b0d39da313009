package draw

import (
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
)

// typeface is Go Regular, with outlines in font units.
type typeface struct {
	font       *sfnt.Font
	unitsPerEm float64
}

var goRegular = sync.OnceValue(func() *typeface {
	f, err := sfnt.Parse(goregular.TTF)
	if err != nil {
		panic(err) // a constant; the tests parse it
	}
	return &typeface{font: f, unitsPerEm: float64(f.UnitsPerEm())}
})

// outlinePoint is a point of a contour, in font units, y upward: on the curve, or the control point
// of a quadratic Bézier curve.
type outlinePoint struct {
	x, y    float64
	onCurve bool
}

// glyph is the number of the glyph of a character, 0 if the font has none.
func (t *typeface) glyph(char rune) int {
	glyph, err := t.font.GlyphIndex(nil, char)
	if err != nil {
		return 0
	}
	return int(glyph)
}

// advance is the width of a glyph in font units.
func (t *typeface) advance(glyph int) float64 {
	width, err := t.font.GlyphAdvance(nil, sfnt.GlyphIndex(glyph), fixed.I(int(t.unitsPerEm)), font.HintingNone)
	if err != nil {
		return 0
	}
	return float64(width) / 64
}

// outline is the closed contours of a glyph.
func (t *typeface) outline(glyph int) (outline [][]outlinePoint) {
	var buffer sfnt.Buffer
	segments, err := t.font.LoadGlyph(&buffer, sfnt.GlyphIndex(glyph), fixed.I(int(t.unitsPerEm)), nil)
	if err != nil {
		return nil
	}
	at := func(p fixed.Point26_6, on bool) outlinePoint {
		return outlinePoint{float64(p.X) / 64, -float64(p.Y) / 64, on}
	}
	for _, s := range segments {
		last := len(outline) - 1
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			outline = append(outline, []outlinePoint{at(s.Args[0], true)})
		case sfnt.SegmentOpLineTo:
			outline[last] = append(outline[last], at(s.Args[0], true))
		case sfnt.SegmentOpQuadTo:
			outline[last] = append(outline[last], at(s.Args[0], false), at(s.Args[1], true))
		}
	}
	return outline
}
