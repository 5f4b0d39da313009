package draw

import (
	"bytes"
	"image"
	"io"
	"math"

	"vae/internal/render"

	"golang.org/x/image/vector"
)

// sheet is a part of a page as pixels. It is a [Canvas].
type sheet struct {
	width, height int // pixels
	x0, y0        float64
	scale         float64
	pixels        []uint8 // height x width x 3
	raster        vector.Rasterizer
	mask          image.Alpha // of one glyph
	cover         []uint8     // of one line
}

// newSheet is white, for the part of a page in clip.
func newSheet(clip Box, scale int) *sheet {
	width, height := (clip.X1-clip.X0)*scale, (clip.Y1-clip.Y0)*scale
	return &sheet{
		width: width, height: height, x0: float64(clip.X0), y0: float64(clip.Y0), scale: float64(scale),
		pixels: bytes.Repeat([]byte{255}, width*height*3),
	}
}

// encode writes the sheet as PNG, with one channel where all is grey.
func (s *sheet) encode(w io.Writer) error {
	channels := 3
	if s.grey() {
		channels = 1
	}
	return render.PNGBytes(w, s.width, s.height, channels, s.bytes(channels))
}

// bytes are the pixels with 1 or 3 channels.
func (s *sheet) bytes(channels int) []uint8 {
	if channels == 3 {
		return s.pixels
	}
	grey := make([]uint8, s.width*s.height)
	for i := range grey {
		grey[i] = s.pixels[3*i]
	}
	return grey
}

// grey tells whether no pixel has a color.
func (s *sheet) grey() bool {
	for p := s.pixels; len(p) >= 3; p = p[3:] {
		if p[0] != p[1] || p[1] != p[2] {
			return false
		}
	}
	return true
}

// at is a place in pixels of the sheet.
func (s *sheet) at(x, y float64) (px, py float64) { return (x - s.x0) * s.scale, (y - s.y0) * s.scale }

// blend lays a color over a pixel, with an opacity of 0 to 255. Pixels outside are ignored.
func (s *sheet) blend(x, y int, c RGB, opacity uint8) {
	if x < 0 || y < 0 || x >= s.width || y >= s.height || opacity == 0 {
		return
	}
	p := s.pixels[(y*s.width+x)*3:][:3]
	if opacity == 255 {
		p[0], p[1], p[2] = c.R, c.G, c.B
		return
	}
	p[0], p[1], p[2] = mix(p[0], c.R, opacity), mix(p[1], c.G, opacity), mix(p[2], c.B, opacity)
}

// mix is the nearest value between under, at opacity 0, and over, at 255.
func mix(under, over, opacity uint8) uint8 {
	a := uint(opacity)
	return uint8((uint(under)*(255-a) + uint(over)*a + 127) / 255)
}

// coverage is a part of a pixel, clamped to [0, 1], times an opacity as a byte.
func coverage(part, opacity float64) uint8 {
	if !(part > 0) { // or NaN
		return 0
	}
	return uint8(float64(float32(min(part, 1)*opacity))*255 + 0.5)
}

// Rect fills the pixels whose centers are inside.
func (s *sheet) Rect(x0, y0, x1, y1 float64, c RGB, opacity float64) {
	left, right := s.columns(x0, x1)
	top, bottom := s.rows(y0, y1)
	alpha := coverage(1, opacity)
	for y := top; y < bottom; y++ {
		if alpha == 255 {
			s.fill(left, right, y, c)
			continue
		}
		for x := left; x < right; x++ {
			s.blend(x, y, c, alpha)
		}
	}
}

// columns are the pixels across of what lies between two x, as far as they are on the sheet.
func (s *sheet) columns(x0, x1 float64) (left, right int) {
	return within((x0-s.x0)*s.scale, s.width), within((x1-s.x0)*s.scale, s.width)
}

func (s *sheet) rows(y0, y1 float64) (top, bottom int) {
	return within((y0-s.y0)*s.scale, s.height), within((y1-s.y0)*s.scale, s.height)
}

// within is the nearest whole number in 0..limit, 0 for NaN.
func within(v float64, limit int) int {
	if !(v > 0) {
		return 0
	}
	return int(math.Round(min(v, float64(limit))))
}

// fill sets pixels of a row.
func (s *sheet) fill(left, right, y int, c RGB) {
	if left >= right {
		return
	}
	row := s.pixels[3*(y*s.width+left) : 3*(y*s.width+right)]
	row[0], row[1], row[2] = c.R, c.G, c.B
	for done := 3; done < len(row); done *= 2 {
		copy(row[done:], row[:done])
	}
}

// Marks implements [Canvas].
func (s *sheet) Marks(m Marker, radius, opacity float64) func(x, y float64, c RGB) {
	st := newStamps(m, radius*s.scale, opacity)
	return func(x, y float64, c RGB) {
		x, y = s.at(x, y)
		s.stamp(st, x, y, c)
	}
}

// Raster implements [Canvas].
func (s *sheet) Raster(_ Box, draw func(Canvas)) { draw(s) }

// Image implements [Canvas]. A pixel of the sheet has the color of the image's pixel at its center.
func (s *sheet) Image(m Image, x, y, side float64) {
	left, right := s.columns(x, x+side*float64(m.Width))
	top, bottom := s.rows(y, y+side*float64(m.Height))
	px, py := s.at(x, y)
	from := make([]int, max(right-left, 0)) // of each column, in bytes
	for i := range from {
		from[i] = m.Channels * clampTo((float64(left+i)+0.5-px)/(side*s.scale), m.Width)
	}
	for row := top; row < bottom; row++ {
		src := m.Pixels[clampTo((float64(row)+0.5-py)/(side*s.scale), m.Height)*m.Width*m.Channels:]
		dst := s.pixels[3*(row*s.width+left):]
		for i, at := range from {
			p := src[at:]
			dst[3*i], dst[3*i+1], dst[3*i+2] = p[0], p[m.Channels/2], p[m.Channels-1]
		}
	}
}

// clampTo is the whole part of v in 0..count-1.
func clampTo(v float64, count int) int { return max(0, min(int(v), count-1)) }
