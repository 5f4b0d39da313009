package render

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
	"sync"
)

// The parts of a PNG (W3C PNG specification, third edition, sections 5, 9 and 11) written here:
// signature, IHDR, IDAT chunks of one zlib stream, IEND.
const (
	pngSignature  = "\x89PNG\r\n\x1a\n"
	pngDepth      = 8
	pngGrey       = 0 // colour type
	pngTrueColor  = 2 // colour type
	chunkHeader   = 8 // bytes: length and type
	chunkChecksum = 4 // bytes
	chunkData     = 1 << 15
)

// Row filters (section 9.2) in use.
const (
	filterNone = 0
	filterSub  = 1
	filterUp   = 2
)

// encoder writes an 8-bit PNG line by line, so that no picture is ever held as a whole, which
// image/png's encoder needs for its fast path. After an error all further work is dropped; close
// returns it.
type encoder struct {
	w        io.Writer
	channels int
	prev     []uint8    // the line above
	trial    [3][]uint8 // filter byte and filtered line, by filter
	repeat   []uint8    // filter byte Up and zeros: the line above once more
	*deflater
	err error
}

// deflater is the costly part of an encoder, reused between pictures.
type deflater struct {
	zw    *zlib.Writer
	chunk []byte // header, then up to chunkData bytes, then room for the checksum
}

// deflateLevel is a third to a quarter of the default level's time on scaled-up noisy images, for
// 1 to 4 % larger files.
const deflateLevel = 4

var deflaters = sync.Pool{New: func() any {
	zw, _ := zlib.NewWriterLevel(io.Discard, deflateLevel) // fails for levels out of range only
	return &deflater{zw: zw, chunk: make([]byte, chunkHeader, chunkHeader+chunkData+chunkChecksum)}
}}

// newEncoder writes signature and header for a picture of width x height pixels.
func newEncoder(w io.Writer, width, height, channels int) *encoder {
	e := &encoder{w: w, channels: channels, deflater: deflaters.Get().(*deflater)}
	size := width * channels
	e.prev = make([]uint8, size)
	for f := range e.trial {
		e.trial[f] = make([]uint8, 1+size)
		e.trial[f][0] = uint8(f)
	}
	e.repeat = make([]uint8, 1+size)
	e.repeat[0] = filterUp
	_, e.err = io.WriteString(w, pngSignature)
	e.header(width, height)
	e.chunk = e.chunk[:chunkHeader]
	e.zw.Reset((*idat)(e))
	return e
}

// release gives the reusable parts back; the encoder must not be used afterwards.
func (e *encoder) release() {
	e.zw.Reset(io.Discard)
	deflaters.Put(e.deflater)
	e.deflater = nil
}

func (e *encoder) header(width, height int) {
	kind := byte(pngGrey)
	if e.channels == 3 {
		kind = pngTrueColor
	}
	b := binary.BigEndian.AppendUint32(e.chunk[:chunkHeader], uint32(width))
	b = binary.BigEndian.AppendUint32(b, uint32(height))
	e.writeChunk("IHDR", append(b, pngDepth, kind, 0, 0, 0)) // deflate, adaptive filters, no interlace
}

// row writes a line of width*channels bytes count times, one below the other.
func (e *encoder) row(line []uint8, count int) {
	if count < 1 || e.err != nil {
		return
	}
	if !bytes.Equal(line, e.prev) { // else filter would choose Up
		e.deflate(e.filter(line))
		copy(e.prev, line)
		count--
	}
	for range count {
		e.deflate(e.repeat)
	}
}

func (e *encoder) deflate(b []uint8) {
	if e.err == nil {
		_, e.err = e.zw.Write(b)
	}
}

// filter returns the line under the filter with the least sum of absolute (signed) differences,
// the heuristic of section 12.7.
func (e *encoder) filter(line []uint8) []uint8 {
	n, bpp := len(line), e.channels
	none, sub, up, prev := e.trial[filterNone][1:], e.trial[filterSub][1:][:n], e.trial[filterUp][1:][:n], e.prev[:n]
	copy(none, line)
	var sums [3]int
	for i, v := range line {
		left := uint8(0)
		if i >= bpp {
			left = line[i-bpp]
		}
		s, u := v-left, v-prev[i]
		sub[i], up[i] = s, u
		sums[filterNone] += magnitude(v)
		sums[filterSub] += magnitude(s)
		sums[filterUp] += magnitude(u)
	}
	best := filterUp
	for f, sum := range sums {
		if sum < sums[best] {
			best = f
		}
	}
	return e.trial[best]
}

// magnitude is the absolute value of v read as an int8.
func magnitude(v uint8) int {
	s := int8(v)
	mask := s >> 7
	return int(uint8((s ^ mask) - mask))
}

// close ends the picture and returns the first error.
func (e *encoder) close() error {
	if e.err == nil {
		e.err = e.zw.Close()
	}
	e.flush()
	e.writeChunk("IEND", e.chunk[:chunkHeader])
	return e.err
}

// idat is the encoder as the target of the compressed stream, which it cuts into IDAT chunks.
type idat encoder

// Write collects compressed bytes and writes a chunk whenever one is full.
func (d *idat) Write(p []byte) (int, error) {
	e := (*encoder)(d)
	for rest := p; len(rest) > 0; {
		room := min(chunkHeader+chunkData-len(e.chunk), len(rest))
		e.chunk = append(e.chunk, rest[:room]...)
		rest = rest[room:]
		if len(e.chunk) == chunkHeader+chunkData {
			e.flush()
		}
	}
	return len(p), e.err
}

// flush writes the collected bytes as a chunk, if there are any.
func (e *encoder) flush() {
	if len(e.chunk) > chunkHeader {
		e.writeChunk("IDAT", e.chunk)
		e.chunk = e.chunk[:chunkHeader]
	}
}

// writeChunk writes b, whose data follows chunkHeader bytes of room, as a chunk of that type.
func (e *encoder) writeChunk(kind string, b []byte) {
	if e.err != nil {
		return
	}
	binary.BigEndian.PutUint32(b, uint32(len(b)-chunkHeader))
	copy(b[4:], kind)
	_, e.err = e.w.Write(binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:])))
}
