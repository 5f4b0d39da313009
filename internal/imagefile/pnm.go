package imagefile

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"vae/internal/tiff"
)

// pnm is a file of Netpbm: its header, and what has not been read. The kind is that of
// its name: P1 to P3 are text, P4 to P6 and P7 (PAM) numbers of one or two bytes, Pf
// and PF floating point.
type pnm struct {
	kind    byte
	w, h    int
	samples int
	top     int // the largest value
	alpha   bool
	scale   float64 // of floating point: its sign is the byte order
	rest    []byte
}

// isPNM tells whether a file begins with one of the names, a space, and what may follow.
func isPNM(head []byte) bool {
	if len(head) < 4 || head[0] != 'P' || !isSpace(head[2]) {
		return false
	}
	follows := head[3] >= '0' && head[3] <= '9' || head[3] == '#' || isSpace(head[3])
	return strings.IndexByte("123456fF", head[1]) >= 0 && follows || head[1] == '7' && head[2] == '\n'
}

func isSpace(c byte) bool { return c == ' ' || c >= '\t' && c <= '\r' }

// readPNM reads an image, or, of those that are not text, as many as follow each other.
func readPNM(j *job) (pages int, err error) {
	for rest := j.data; pages == 0 || isPNM(rest); pages++ {
		p, err := pnmHeader(rest)
		if err != nil {
			return pages, err
		}
		if err := j.begin(p.w, p.h); err != nil {
			return pages, err
		}
		size := p.size()
		if len(p.rest) < size {
			return pages, io.ErrUnexpectedEOF
		}
		if pages == 0 || j.o.All {
			img, err := p.image(j.o.Channels)
			if err != nil {
				return pages, err
			}
			if err := j.give(pages, img); err != nil {
				return pages, err
			}
		}
		rest = nil
		if p.kind > '3' {
			rest = p.rest[size:]
		}
	}
	return pages, nil
}

// skip passes over spaces and comments, which go from a # to the end of the line.
func (p *pnm) skip() {
	comment := false
	for i, c := range p.rest {
		switch {
		case comment:
			comment = c != '\n' && c != '\r'
		case c == '#':
			comment = true
		case !isSpace(c):
			p.rest = p.rest[i:]
			return
		}
	}
	p.rest = nil
}

// word is the next word, "" at the end.
func (p *pnm) word() string {
	p.skip()
	n := 0
	for n < len(p.rest) && !isSpace(p.rest[n]) && p.rest[n] != '#' {
		n++
	}
	word := p.rest[:n]
	p.rest = p.rest[n:]
	return string(word[:min(n, 40)])
}

// number is the next word, a number from least to most.
func (p *pnm) number(what string, least, most int) (int, error) {
	word := p.word()
	if word == "" {
		return 0, io.ErrUnexpectedEOF
	}
	n, err := strconv.ParseUint(word, 10, 31)
	if err != nil || int(n) < least || int(n) > most {
		return 0, fmt.Errorf("pnm: %s %q, not a number from %d to %d", what, word, least, most)
	}
	return int(n), nil
}

func pnmHeader(data []byte) (p pnm, err error) {
	p = pnm{kind: data[1], rest: data[2:], samples: 1, top: 1}
	switch p.kind {
	case '7':
		err = p.pam()
	default:
		if p.kind == '3' || p.kind == '6' || p.kind == 'F' {
			p.samples = 3
		}
		if p.w, err = p.number("width", 0, math.MaxInt32); err == nil {
			p.h, err = p.number("height", 0, math.MaxInt32)
		}
		if err == nil {
			err = p.values()
		}
	}
	if err == nil && p.kind > '3' { // one space stands before the pixels
		if len(p.rest) == 0 {
			return p, io.ErrUnexpectedEOF
		}
		p.rest = p.rest[1:]
	}
	return p, err
}

// values reads the largest value, or the byte order.
func (p *pnm) values() (err error) {
	switch p.kind {
	case '1', '4':
	case 'f', 'F':
		if p.scale, err = strconv.ParseFloat(p.word(), 64); err != nil || p.scale == 0 || math.IsNaN(p.scale) {
			err = errors.New("pfm: no byte order")
		}
	default:
		p.top, err = p.number("largest value", 1, 65535)
	}
	return err
}

// pam reads the header of a PAM.
func (p *pnm) pam() (err error) {
	kind := ""
	for err == nil {
		switch key := p.word(); key {
		case "WIDTH":
			p.w, err = p.number("width", 0, math.MaxInt32)
		case "HEIGHT":
			p.h, err = p.number("height", 0, math.MaxInt32)
		case "DEPTH":
			p.samples, err = p.number("depth", 1, 4)
		case "MAXVAL":
			p.top, err = p.number("largest value", 1, 65535)
		case "TUPLTYPE":
			kind = p.word()
		case "ENDHDR":
			return p.tuples(kind)
		case "":
			err = io.ErrUnexpectedEOF
		default:
			err = fmt.Errorf("pam: %q in its header", key)
		}
	}
	return err
}

// tuples refuses samples that stand for something else than colors and alpha.
func (p *pnm) tuples(kind string) error {
	p.alpha = p.samples%2 == 0
	known := kind == "" || strings.HasPrefix(kind, "GRAYSCALE") || strings.HasPrefix(kind, "RGB") || strings.HasPrefix(kind, "BLACKANDWHITE")
	if !known || p.alpha && p.top != 255 && p.top != 65535 {
		return fmt.Errorf("pam: %d samples of %q up to %d are not supported", p.samples, kind, p.top)
	}
	return nil
}

// size is the bytes of the pixels, of text the fewest.
func (p *pnm) size() int {
	n := p.w * p.h * p.samples
	switch {
	case p.kind == '1':
		return n
	case p.kind == '2' || p.kind == '3':
		return 2*n - 1
	case p.kind == '4':
		return (p.w + 7) / 8 * p.h
	case p.kind == 'f' || p.kind == 'F':
		return 4 * n
	case p.top > 255:
		return 2 * n
	}
	return n
}

// image is the pixels.
func (p *pnm) image(channels int) (Image, error) {
	r := &tiff.Raster{Width: p.w, Height: p.h, Samples: p.samples, High: float64(p.top), Alpha: p.alpha}
	if p.samples >= 3 {
		r.Model = tiff.RGB
	}
	var err error
	switch n := p.w * p.h * p.samples; {
	case p.kind == '1' || p.kind == '4':
		r.U8, r.High = make([]uint8, n), 255
		err = p.bits(r.U8)
	case p.kind == 'f' || p.kind == 'F':
		r.F32, r.Low, r.High = p.floats(), math.NaN(), math.NaN()
	case p.top > 255:
		r.U16 = make([]uint16, n)
		err = fillPNM(p, r.U16)
	default:
		r.U8 = make([]uint8, n)
		err = fillPNM(p, r.U8)
	}
	return fromRaster(r, channels), err
}

// bits are black where a bit is 1; in text they need no spaces between them.
func (p *pnm) bits(out []uint8) error {
	for i := range out {
		var bit byte
		if p.kind == '4' {
			x := i % p.w
			bit = p.rest[i/p.w*((p.w+7)/8)+x/8] >> (7 - x%8) & 1
		} else {
			if p.skip(); len(p.rest) == 0 {
				return io.ErrUnexpectedEOF
			}
			if bit = p.rest[0] - '0'; bit > 1 {
				return fmt.Errorf("pnm: a pixel %q, neither 0 nor 1", p.rest[0])
			}
			p.rest = p.rest[1:]
		}
		out[i] = 255 * (1 - bit)
	}
	return nil
}

// fillPNM reads whole numbers.
func fillPNM[T uint8 | uint16](p *pnm, out []T) error {
	for i := range out {
		switch {
		case p.kind < '4':
			v, err := p.number("sample", 0, p.top)
			if err != nil {
				return err
			}
			out[i] = T(v)
		case p.top > 255:
			out[i] = T(binary.BigEndian.Uint16(p.rest[2*i:]))
		default:
			out[i] = T(p.rest[i])
		}
	}
	return nil
}

// floats are rows from the bottom up.
func (p *pnm) floats() []float32 {
	var order binary.ByteOrder = binary.BigEndian
	if p.scale < 0 {
		order = binary.LittleEndian
	}
	row := p.w * p.samples
	out := make([]float32, row*p.h)
	for i := range out {
		y := p.h - 1 - i/row
		out[i] = math.Float32frombits(order.Uint32(p.rest[4*(y*row+i%row):]))
	}
	return out
}
