package tiff

import (
	"errors"
	"fmt"
	"io"
)

// fax undoes the fax compressions of ITU-T T.4 and T.6. Of a row it keeps where its
// color changes, white coming first: these are what rows of two dimensions refer to.
type fax struct {
	data  []byte
	at    int // in bits
	w     int
	above []int // where the row above changes
	row   []int // where this one does
}

// Kinds of rows.
const (
	oneDimension = iota
	twoDimensions
)

// huffman undoes runs without marks, in rows of whole bytes (compression 2).
func huffman(p *Page, out, packed []byte, w, h int) error {
	return unfax(p, out, packed, w, h, func(f *fax) (int, error) {
		f.at = (f.at + 7) &^ 7
		return oneDimension, nil
	})
}

// group3 undoes T.4: rows of one dimension or two, each behind a mark, which may be
// missing where there is but one.
func group3(p *Page, out, packed []byte, w, h int) error {
	mixed := p.uint(tagT4Options, 0)&1 != 0
	return unfax(p, out, packed, w, h, func(f *fax) (int, error) {
		marked, err := f.mark()
		if mixed && marked && f.take(1) == 0 {
			return twoDimensions, err
		}
		return oneDimension, err
	})
}

// group4 undoes T.6: rows of two dimensions.
func group4(p *Page, out, packed []byte, w, h int) error {
	return unfax(p, out, packed, w, h, func(*fax) (int, error) { return twoDimensions, nil })
}

// unfax fills rows with 1 where they are black, whatever the samples stand for; begin
// finds the start of a row, and its kind.
func unfax(p *Page, out, packed []byte, w, h int, begin func(*fax) (int, error)) error {
	if p.bits != 1 || p.samples != 1 {
		return fmt.Errorf("tiff: fax with %d samples of %d bits a pixel", p.samples, p.bits)
	}
	clear(out)
	f := &fax{data: packed, w: w}
	stride := (w + 7) / 8
	for y := range h {
		kind, err := begin(f)
		if err == nil && kind == oneDimension {
			err = f.readRuns()
		} else if err == nil {
			err = f.readModes()
		}
		if err != nil && f.at+faxBits > 8*len(f.data) {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return err
		}
		f.paint(out[y*stride:][:stride])
		f.above, f.row = f.row, f.above[:0]
	}
	return nil
}

// peek is the next n bits, at most 24; behind the end they are 0.
func (f *fax) peek(n int) int {
	v := 0
	for i := f.at / 8; i <= (f.at+n-1)/8; i++ {
		v <<= 8
		if i < len(f.data) {
			v |= int(f.data[i])
		}
	}
	return v >> (7 - (f.at+n-1)%8) & (1<<n - 1)
}

// take is peek, and passes over the bits.
func (f *fax) take(n int) int {
	v := f.peek(n)
	f.at += n
	return v
}

// mark passes over the mark of a row, eleven zeros or more and a one, if it is there.
func (f *fax) mark() (found bool, err error) {
	if f.peek(11) != 0 {
		return false, nil
	}
	for f.peek(1) == 0 {
		if f.at++; f.at >= 8*len(f.data) {
			return false, io.ErrUnexpectedEOF
		}
	}
	f.at++
	return true, nil
}

// errFax is about bits that stand for nothing.
var errFax = errors.New("tiff: a damaged row of fax")

// run is the length of the next run of a color.
func (f *fax) run(color int) (int, error) {
	for total := 0; ; {
		c := faxCodes()[color][f.peek(faxBits)]
		if c.bits == 0 {
			return 0, errFax
		}
		f.at += int(c.bits)
		if total += int(c.run); total > f.w {
			return 0, errFax
		}
		if c.run < 64 {
			return total, nil
		}
	}
}

// change notes where the color changes; one that changes back at once does not.
func (f *fax) change(x int) {
	if n := len(f.row); n > 0 && f.row[n-1] == x {
		f.row = f.row[:n-1]
	} else {
		f.row = append(f.row, x)
	}
}

// readRuns reads a row of one dimension: white and black runs in turn.
func (f *fax) readRuns() error {
	for x, color := 0, 0; x < f.w; color = 1 - color {
		n, err := f.run(color)
		if x += n; err != nil || x > f.w {
			return errFax
		}
		f.change(x)
	}
	return nil
}

// mode is how a row of two dimensions goes on (T.4, table 4).
type mode struct {
	code, bits int
	kind       int
	offset     int // from the change above, to the right
}

const (
	vertical = iota
	horizontal
	pass
)

var modes = []mode{
	{1, 1, vertical, 0}, {0b011, 3, vertical, 1}, {0b010, 3, vertical, -1}, {0b001, 3, horizontal, 0}, {0b0001, 4, pass, 0},
	{0b000011, 6, vertical, 2}, {0b000010, 6, vertical, -2}, {0b0000011, 7, vertical, 3}, {0b0000010, 7, vertical, -3},
}

func (f *fax) mode() (mode, error) {
	for _, m := range modes {
		if f.peek(m.bits) == m.code {
			f.at += m.bits
			return m, nil
		}
	}
	return mode{}, errFax
}

// readModes reads a row of two dimensions. x is where it has come to, -1 at first.
func (f *fax) readModes() error {
	color, next := 0, 0
	for x := -1; x < f.w; {
		m, err := f.mode()
		if err != nil {
			return err
		}
		for next < len(f.above) && f.above[next] <= x {
			next++
		}
		first := next // the change above to the other color, and the one after it
		if first%2 != color {
			first++
		}
		switch m.kind {
		case vertical:
			to := f.changeAbove(first) + m.offset
			if to < max(x, 0) || to > f.w {
				return errFax
			}
			f.change(to)
			x, color = to, 1-color
		case pass:
			x = f.changeAbove(first + 1)
		case horizontal:
			if x, err = f.twoRuns(max(x, 0), color); err != nil {
				return err
			}
		}
	}
	return nil
}

// changeAbove is change i of the row above, the end of the row after the last.
func (f *fax) changeAbove(i int) int {
	if i < len(f.above) {
		return f.above[i]
	}
	return f.w
}

// twoRuns reads a run of a color and one of the other, from x on, and tells where they end.
func (f *fax) twoRuns(x, color int) (int, error) {
	for _, c := range [2]int{color, 1 - color} {
		n, err := f.run(c)
		if x += n; err != nil || x > f.w {
			return x, errFax
		}
		f.change(x)
	}
	return x, nil
}

// paint sets the bits of the black runs.
func (f *fax) paint(out []byte) {
	for i := 0; i < len(f.row); i += 2 {
		end := f.w
		if i+1 < len(f.row) {
			end = f.row[i+1]
		}
		for x := f.row[i]; x < end; x++ {
			out[x/8] |= 0x80 >> (x % 8)
		}
	}
}
