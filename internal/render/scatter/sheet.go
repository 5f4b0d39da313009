package scatter

import (
	"bytes"
	"image"
	"io"
	"math"

	"vae/internal/render"

	"golang.org/x/image/vector"
)

// rgb is a color.
type rgb struct{ r, g, b uint8 }

// Colors of a scatter plot's furniture.
var (
	sheetWhite = rgb{255, 255, 255}
	sheetGrid  = rgb{236, 237, 240}
	sheetZero  = rgb{206, 208, 214}
	sheetFrame = rgb{150, 153, 160}
	sheetNote  = rgb{92, 96, 104}
	sheetText  = rgb{24, 26, 31}
)

// sheet is a square picture in the making, with shapes and text drawn over one another.
type sheet struct {
	size   int
	pixels []uint8 // size x size x 3
	raster vector.Rasterizer
	mask   image.Alpha // of one glyph
}

func newSheet(size int) *sheet {
	return &sheet{size: size, pixels: bytes.Repeat([]byte{255}, size*size*3)}
}

func (s *sheet) encode(w io.Writer) error {
	return render.PNGBytes(w, s.size, s.size, 3, s.pixels)
}

// blend lays a color over a pixel, with an opacity of 0 to 255. Pixels outside are ignored.
func (s *sheet) blend(x, y int, c rgb, opacity uint8) {
	if x < 0 || y < 0 || x >= s.size || y >= s.size || opacity == 0 {
		return
	}
	p := s.pixels[(y*s.size+x)*3:][:3]
	p[0], p[1], p[2] = mix(p[0], c.r, opacity), mix(p[1], c.g, opacity), mix(p[2], c.b, opacity)
}

// mix is the nearest value between under, at opacity 0, and over, at 255.
func mix(under, over, opacity uint8) uint8 {
	a := uint(opacity)
	return uint8((uint(under)*(255-a) + uint(over)*a + 127) / 255)
}

// fillRect fills the pixels [x0, x1) x [y0, y1).
func (s *sheet) fillRect(x0, y0, x1, y1 int, c rgb) {
	for y := max(y0, 0); y < min(y1, s.size); y++ {
		for x := max(x0, 0); x < min(x1, s.size); x++ {
			s.blend(x, y, c, 255)
		}
	}
}

// area is a rectangle of pixels, [x0, x1) x [y0, y1).
type area struct{ x0, y0, x1, y1 int }

func (a area) width() float64  { return float64(a.x1 - a.x0) }
func (a area) height() float64 { return float64(a.y1 - a.y0) }

// contains tells whether a place is inside, in pixels.
func (a area) contains(x, y float64) bool {
	return x >= float64(a.x0) && x <= float64(a.x1) && y >= float64(a.y0) && y <= float64(a.y1)
}

// ellipse draws a line of that width along an ellipse, clipped to an area. Coverage is that of a
// straight line at the pixel's distance, to first order.
func (s *sheet) ellipse(clip area, cx, cy, rx, ry, width float64, c rgb, opacity float64) {
	for y := clip.y0; y < clip.y1; y++ {
		for x := clip.x0; x < clip.x1; x++ {
			u, v := (float64(x)+0.5-cx)/rx, (float64(y)+0.5-cy)/ry
			radius := math.Sqrt(u*u + v*v)
			slope := math.Sqrt(u*u/(rx*rx) + v*v/(ry*ry)) // of radius, times radius
			if slope == 0 {
				continue
			}
			distance := math.Abs(radius-1) * radius / slope
			s.blend(x, y, c, coverage(width/2+0.5-distance, opacity))
		}
	}
}

// coverage is a part of a pixel, clamped to [0, 1], times an opacity as a byte.
func coverage(part, opacity float64) uint8 {
	if !(part > 0) { // or NaN
		return 0
	}
	return uint8(float64(float32(min(part, 1)*opacity))*255 + 0.5)
}
