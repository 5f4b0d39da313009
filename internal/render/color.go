package render

import "strconv"

// Color says how Preview shows brightness and colour.
type Color int

const (
	TrueColor Color = iota // half blocks in 24-bit ANSI colours
	Color256               // half blocks in the 256-colour palette of xterm
	NoColor                // the characters " ░▒▓█", no escape sequences
)

// ColorFor chooses what a terminal understands from its environment: NO_COLOR, TERM and
// COLORTERM by their usual meanings, and WT_SESSION, which Windows Terminal sets.
func ColorFor(getenv func(string) string) Color {
	switch colorterm := getenv("COLORTERM"); {
	case getenv("NO_COLOR") != "" || getenv("TERM") == "dumb":
		return NoColor
	case colorterm == "truecolor" || colorterm == "24bit" || getenv("WT_SESSION") != "":
		return TrueColor
	case getenv("TERM") == "":
		return NoColor
	}
	return Color256
}

// rgb is a pixel of a preview.
type rgb struct{ r, g, b uint8 }

// grey is the pixel's luminance, 0..255 (ITU-R BT.601 weights).
func (p rgb) grey() int { return (299*int(p.r) + 587*int(p.g) + 114*int(p.b) + 500) / 1000 }

// code is the pixel's colour as the terminal is told it: 0xRRGGBB, or a palette index.
func (c Color) code(p rgb) int {
	if c == TrueColor {
		return int(p.r)<<16 | int(p.g)<<8 | int(p.b)
	}
	return palette(p)
}

// palette is the nearest entry of xterm's 256 colours: for grey the ramp 232..255 (levels 8, 18,
// ..., 238) with black 16 and white 231 at its ends, else the 6x6x6 cube from 16.
func palette(p rgb) int {
	if p.r != p.g || p.g != p.b {
		return 16 + 36*cube(p.r) + 6*cube(p.g) + cube(p.b)
	}
	switch {
	case p.r < 4:
		return 16
	case p.r > 246:
		return 231
	}
	return 232 + min((max(int(p.r), 8)-3)/10, 23)
}

// cube is the nearest of the colour cube's levels 0, 95, 135, 175, 215, 255.
func cube(v uint8) int {
	switch {
	case v < 48:
		return 0
	case v < 115:
		return 1
	}
	return (int(v) - 35) / 40
}

// Layers of a character cell, as SGR parameters.
const (
	foreground = 38
	background = 48
)

// appendCode appends the escape sequence that sets a layer to a colour code.
func (c Color) appendCode(b []byte, layer, code int) []byte {
	b = append(b, "\x1b["...)
	b = strconv.AppendInt(b, int64(layer), 10)
	if c == TrueColor {
		b = append(b, ";2;"...)
		b = strconv.AppendInt(b, int64(code>>16), 10)
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(code>>8&0xff), 10)
		b = append(b, ';')
		b = strconv.AppendInt(b, int64(code&0xff), 10)
	} else {
		b = append(b, ";5;"...)
		b = strconv.AppendInt(b, int64(code), 10)
	}
	return append(b, 'm')
}

// appendLine appends a line of characters that each show a pixel above and one below.
func (c Color) appendLine(b []byte, above, below []rgb) []byte {
	if c == NoColor {
		shades := [...]string{" ", "░", "▒", "▓", "█"}
		for x := range above {
			grey := (above[x].grey() + below[x].grey()) / 2
			b = append(b, shades[grey*len(shades)/256]...)
		}
		return append(b, '\n')
	}
	p := pen{color: c, text: b, fg: -1, bg: -1}
	for x := range above {
		p.cell(above[x], below[x])
	}
	return append(p.text, "\x1b[0m\n"...)
}

// pen appends characters in colour, with an escape sequence only where a colour changes.
type pen struct {
	color  Color
	text   []byte
	fg, bg int // colour codes in force; -1 is the terminal's own
}

func (p *pen) cell(above, below rgb) {
	fg, bg := p.color.code(above), p.color.code(below)
	if bg != p.bg {
		p.text = p.color.appendCode(p.text, background, bg)
		p.bg = bg
	}
	if fg == bg {
		p.text = append(p.text, ' ')
		return
	}
	if fg != p.fg {
		p.text = p.color.appendCode(p.text, foreground, fg)
		p.fg = fg
	}
	p.text = append(p.text, "▀"...)
}
