package draw

import (
	"bufio"
	"encoding/base64"
	"io"
	"math"
	"strconv"
	"strings"
	"unicode"

	"vae/internal/render"
)

// rasterScale is how many pixels a side an embedded part of a page has for one of the page.
const rasterScale = 2

// svg writes the shapes of a page as SVG 1.1 as they come. It is a [Canvas]. After an error of the
// writer all further work is dropped; flush returns it.
type svg struct {
	w     *bufio.Writer
	marks map[mark]int // numbers of the markers defined
	clips int          // clipping paths so far
	err   error        // of an image
}

// mark is a marker that is drawn many times.
type mark struct {
	marker          Marker
	radius, opacity float64
	color           RGB
}

// SVG writes the page as SVG. Texts are text, in Go Regular where the viewer has it and otherwise
// in another typeface set to the same width; images are embedded. The same page gives the same
// bytes.
func (p Page) SVG(w io.Writer) error {
	if err := p.Check(); err != nil {
		return err
	}
	s := &svg{w: bufio.NewWriter(w), marks: map[mark]int{}}
	scale := max(p.Scale, 1)
	s.put(`<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" role="img" width="`, p.Width*scale,
		`" height="`, p.Height*scale, `" viewBox="0 0 `, p.Width, ` `, p.Height,
		`" font-family="'Go Regular', Go, Arial, Helvetica, sans-serif" xml:space="preserve">`, "\n")
	if title := NewLine(p.Title).trimmed(); len(title) > 0 {
		s.put("<title>", title, "</title>\n")
	}
	s.Rect(0, 0, float64(p.Width), float64(p.Height), White, 1)
	p.Draw(s)
	s.put("</svg>\n")
	if s.err != nil {
		return s.err
	}
	return s.w.Flush()
}

// put writes parts: strings as they are, numbers to a hundredth, colors and text as SVG has them.
func (s *svg) put(parts ...any) {
	var b []byte
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			b = append(b, v...)
		case int:
			b = strconv.AppendInt(b, int64(v), 10)
		case float64:
			b = appendNumber(b, v)
		case RGB:
			const hex = "0123456789abcdef"
			b = append(b, '#', hex[v.R>>4], hex[v.R&15], hex[v.G>>4], hex[v.G&15], hex[v.B>>4], hex[v.B&15])
		case Line:
			b = append(b, v.escaped()...)
		default:
			panic("draw: a part of an SVG that is none")
		}
	}
	s.w.Write(b) // a bufio.Writer keeps its error for Flush
}

// appendNumber appends v to a hundredth. What no viewer could place is 0.
func appendNumber(b []byte, v float64) []byte {
	const limit = 1e9
	if !(math.Abs(v) <= limit) {
		v = 0
	}
	v = math.Round(v*100) / 100
	return strconv.AppendFloat(b, v+0, 'f', -1, 64)
}

// escaped is the line as the text of an element: characters that have a meaning in XML are written
// as entities, those that XML 1.0 forbids, or that would turn the direction of what follows, not
// at all.
func (l Line) escaped() string {
	var b strings.Builder
	for _, char := range l {
		switch {
		case char == '<':
			b.WriteString("&lt;")
		case char == '>':
			b.WriteString("&gt;")
		case char == '&':
			b.WriteString("&amp;")
		case char == '"':
			b.WriteString("&quot;")
		case char < ' ' || char == 0xfffe || char == 0xffff || unicode.Is(unicode.Cf, char):
		default:
			b.WriteRune(char) // a surrogate as U+FFFD
		}
	}
	return b.String()
}

// paint is how an element is filled.
func (s *svg) paint(attribute string, c RGB, opacity float64) {
	s.put(` `, attribute, `="`, c, `"`)
	if opacity < 1 {
		s.put(` `, attribute, `-opacity="`, opacity, `"`)
	}
}

// Rect implements [Canvas].
func (s *svg) Rect(x0, y0, x1, y1 float64, c RGB, opacity float64) {
	if !(x1 > x0 && y1 > y0) {
		return
	}
	s.put(`<rect x="`, x0, `" y="`, y0, `" width="`, x1-x0, `" height="`, y1-y0, `"`)
	s.paint("fill", c, opacity)
	s.put("/>\n")
}

// Line implements [Canvas].
func (s *svg) Line(through []Place, st Stroke) {
	if len(through) == 0 {
		return
	}
	s.put(`<path d="`)
	for i, p := range through {
		s.put([]string{"M", "L"}[min(i, 1)], p.X, " ", p.Y)
	}
	if len(through) == 1 {
		s.put("h0")
	}
	s.put(`" fill="none" stroke-linecap="round" stroke-linejoin="round"`)
	s.stroke(st)
	s.put("/>\n")
}

func (s *svg) stroke(st Stroke) {
	s.put(` stroke-width="`, st.Width, `"`)
	s.paint("stroke", st.Color, st.Opacity)
	if st.Dash > 0 {
		s.put(` stroke-dasharray="`, st.Dash, `"`)
	}
}

// Band implements [Canvas].
func (s *svg) Band(xs, top, bottom []float64, c RGB, opacity float64) {
	if len(xs) == 0 {
		return
	}
	s.put(`<path d="`)
	for i, x := range xs {
		s.put([]string{"M", "L"}[min(i, 1)], x, " ", top[i])
	}
	for i := len(xs) - 1; i >= 0; i-- {
		s.put("L", xs[i], " ", bottom[i])
	}
	s.put(`Z"`)
	s.paint("fill", c, opacity)
	s.put("/>\n")
}

// Ellipse implements [Canvas].
func (s *svg) Ellipse(clip Box, cx, cy, rx, ry float64, st Stroke) {
	s.put(`<clipPath id="c`, s.clips, `"><rect x="`, clip.X0, `" y="`, clip.Y0, `" width="`, clip.X1-clip.X0, `" height="`, clip.Y1-clip.Y0, `"/></clipPath>`,
		`<ellipse clip-path="url(#c`, s.clips, `)" cx="`, cx, `" cy="`, cy, `" rx="`, rx, `" ry="`, ry, `" fill="none"`)
	s.stroke(st)
	s.put("/>\n")
	s.clips++
}

// Marks implements [Canvas]. A marker is defined where it is first used.
func (s *svg) Marks(m Marker, radius, opacity float64) func(x, y float64, c RGB) {
	return func(x, y float64, c RGB) {
		key := mark{m, radius, opacity, c}
		number, known := s.marks[key]
		if !known {
			number = len(s.marks)
			s.marks[key] = number
			s.define(key, number)
		}
		s.put(`<use xlink:href="#m`, number, `" x="`, x, `" y="`, y, `"/>`, "\n")
	}
}

func (s *svg) define(m mark, number int) {
	s.put(`<defs>`)
	if corners := m.marker.corners(); corners == nil {
		s.put(`<circle id="m`, number, `" r="`, m.radius, `"`)
	} else {
		s.put(`<path id="m`, number, `" d="`)
		for i, p := range corners {
			s.put([]string{"M", "L"}[min(i, 1)], p.X*m.radius, " ", p.Y*m.radius)
		}
		s.put(`Z"`)
	}
	s.paint("fill", m.color, m.opacity)
	s.put("/></defs>\n")
}

// Text implements [Canvas].
func (s *svg) Text(l Line, x, y float64, st Style) {
	if len(l.trimmed()) == 0 {
		return
	}
	s.put(`<text x="`, x, `" y="`, y, `" font-size="`, st.Size, `" fill="`, st.Color, `"`)
	if len(l) > 1 {
		s.put(` textLength="`, l.Width(st.Size), `" lengthAdjust="spacingAndGlyphs"`)
	}
	if st.Up {
		s.put(` transform="rotate(-90 `, x, ` `, y, `)"`)
	}
	if st.Halo > 0 {
		s.put(` stroke="`, White, `" stroke-width="`, 2*st.Halo, `" stroke-linejoin="round" paint-order="stroke"`)
	}
	s.put(">", l, "</text>\n")
}

// Image implements [Canvas].
func (s *svg) Image(m Image, x, y, side float64) {
	s.put(`<image x="`, x, `" y="`, y, `" width="`, side*float64(m.Width), `" height="`, side*float64(m.Height),
		`" preserveAspectRatio="none" style="image-rendering:pixelated" xlink:href="data:image/png;base64,`)
	encoder := base64.NewEncoder(base64.StdEncoding, s.w)
	if err := render.PNGBytes(encoder, m.Width, m.Height, m.Channels, m.Pixels); err != nil && s.err == nil {
		s.err = err
	}
	encoder.Close() // writes to s.w, which keeps its error
	s.put("\"/>\n")
}

// Raster implements [Canvas].
func (s *svg) Raster(clip Box, draw func(Canvas)) {
	if clip.Width() < 1 || clip.Height() < 1 {
		return
	}
	part := newSheet(clip, rasterScale)
	draw(part)
	s.Image(Image{part.width, part.height, 3, part.pixels}, float64(clip.X0), float64(clip.Y0), 1.0/rasterScale)
}
