package render

import (
	"compress/lzw"
	"encoding/binary"
	"image"
	"io"
	"math/bits"
	"slices"
)

// The parts of a GIF89a (CompuServe 1990) written here: header, logical screen with a global
// color table, the loop of Netscape 2.0, and of each frame a graphic control extension and an
// image, whose rectangle is laid over what is there.
const (
	gifSignature  = "GIF89a"
	gifTable      = 0x80 | 7<<4 // there is a global color table; colors had 8 bits
	gifLoop       = "\x21\xff\x0bNETSCAPE2.0\x03\x01\x00\x00\x00"
	gifControl    = "\x21\xf9\x04"
	gifKeep       = 1 << 2 // disposal: the frame stays below the next
	gifImage      = 0x2c
	gifTrailer    = 0x3b
	gifBlock      = 255 // bytes of a block of data
	leastLiteral  = 2   // bits of a literal of the compressed data
	mostTableBits = 8
)

// gifEncoder writes frames of one size. After an error all further work is dropped; close
// returns it.
type gifEncoder struct {
	w             io.Writer
	width, height int
	literal       int     // bits of an index
	frame         []uint8 // the next frame, as indices [height*width], for the caller to fill
	shown         []uint8 // the frame before
	waiting       struct {
		changed image.Rectangle // what of shown is not written yet; empty if nothing is
		delay   int             // how long it stands
	}
	block []byte // room for the length, then up to gifBlock bytes
	any   bool
	err   error
}

func newGIFEncoder(w io.Writer, width, height int, table [][3]uint8) *gifEncoder {
	e := &gifEncoder{w: w, width: width, height: height, frame: make([]uint8, width*height), shown: make([]uint8, width*height)}
	size := min(max(bits.Len(uint(len(table)-1)), 1), mostTableBits)
	e.literal = max(size, leastLiteral)
	e.block = make([]byte, 1, 1+gifBlock)
	b := append([]byte(nil), gifSignature...)
	b = binary.LittleEndian.AppendUint16(b, uint16(width))
	b = binary.LittleEndian.AppendUint16(b, uint16(height))
	b = append(b, gifTable|uint8(size-1), 0, 0)
	for i := range 1 << size {
		c := [3]uint8{}
		if i < len(table) {
			c = table[i]
		}
		b = append(b, c[:]...)
	}
	e.write(append(b, gifLoop...))
	return e
}

func (e *gifEncoder) write(b []byte) {
	if e.err == nil {
		_, e.err = e.w.Write(b)
	}
}

// add takes what is in frame for the next frame.
func (e *gifEncoder) add(delay int) {
	changed := image.Rect(0, 0, e.width, e.height)
	if e.any {
		changed = e.changed()
	}
	if changed.Empty() && e.waiting.delay+delay <= maxDelay {
		e.waiting.delay += delay
		return
	}
	e.flush()
	if changed.Empty() { // the longest delay is full: one pixel carries the next
		changed = image.Rect(0, 0, 1, 1)
	}
	e.any = true
	copy(e.shown, e.frame)
	e.waiting.changed, e.waiting.delay = changed, delay
}

// changed is the least rectangle outside of which the frame is the one before.
func (e *gifEncoder) changed() image.Rectangle {
	r := image.Rectangle{Min: image.Pt(e.width, e.height)}
	for y := range e.height {
		now, before := e.frame[y*e.width:][:e.width], e.shown[y*e.width:][:e.width]
		if slices.Equal(now, before) {
			continue
		}
		left, right := 0, e.width
		for now[left] == before[left] {
			left++
		}
		for now[right-1] == before[right-1] {
			right--
		}
		r.Min.X, r.Max.X = min(r.Min.X, left), max(r.Max.X, right)
		r.Min.Y, r.Max.Y = min(r.Min.Y, y), y+1
	}
	return r
}

// flush writes the frame that waits for its delay.
func (e *gifEncoder) flush() {
	if !e.any || e.err != nil {
		return
	}
	r := e.waiting.changed
	b := append([]byte(nil), gifControl...)
	b = append(b, gifKeep)
	b = binary.LittleEndian.AppendUint16(b, uint16(e.waiting.delay))
	b = append(b, 0, 0, gifImage)
	for _, v := range []int{r.Min.X, r.Min.Y, r.Dx(), r.Dy()} {
		b = binary.LittleEndian.AppendUint16(b, uint16(v))
	}
	e.write(append(b, 0, uint8(e.literal)))
	data := lzw.NewWriter((*gifBlocks)(e), lzw.LSB, e.literal)
	for y := r.Min.Y; y < r.Max.Y && e.err == nil; y++ {
		_, e.err = data.Write(e.shown[y*e.width+r.Min.X : y*e.width+r.Max.X])
	}
	if err := data.Close(); e.err == nil {
		e.err = err
	}
	e.flushBlock()
	e.write([]byte{0})
}

// gifBlocks is the encoder as the target of compressed data, which it cuts into blocks.
type gifBlocks gifEncoder

func (d *gifBlocks) Write(p []byte) (int, error) {
	e := (*gifEncoder)(d)
	for rest := p; len(rest) > 0; {
		n := min(1+gifBlock-len(e.block), len(rest))
		e.block = append(e.block, rest[:n]...)
		if rest = rest[n:]; len(e.block) == 1+gifBlock {
			e.flushBlock()
		}
	}
	return len(p), e.err
}

func (e *gifEncoder) flushBlock() {
	if n := len(e.block) - 1; n > 0 {
		e.block[0] = uint8(n)
		e.write(e.block)
		e.block = e.block[:1]
	}
}

// close ends the film and returns the first error.
func (e *gifEncoder) close() error {
	e.flush()
	e.write([]byte{gifTrailer})
	return e.err
}
