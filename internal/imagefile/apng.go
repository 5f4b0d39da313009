package imagefile

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"image"
	"image/png"
	"io"
)

// readPNG reads a PNG, or of an animated one the first frame or all, each on the
// canvas. The picture that stands for the animation, where it is none of its frames, is
// the first.
func readPNG(j *job) (pages int, err error) {
	a := readAPNG(j.data)
	if a == nil || !j.o.All {
		_, err := still(pngConfig, decodePNG)(j)
		return max(1, a.len()), err
	}
	size, err := pngConfig(j.data)
	if err != nil {
		return 0, err
	}
	if err := j.begin(size.Width, size.Height); err != nil {
		return 0, err
	}
	if a.poster {
		if _, err := still(pngConfig, decodePNG)(j); err != nil {
			return 0, err
		}
		pages++
	}
	c := newCanvas(size.Width, size.Height, a.ihdr[8] == 16)
	for i, f := range a.frames {
		err := a.draw(c, f, i == 0)
		if err == nil {
			err = j.show(pages, c)
		}
		if err != nil {
			return pages, fmt.Errorf("page %d: %w", pages+1, err)
		}
		pages++
	}
	return pages, nil
}

// apng is an animated PNG (PNG specification, third edition).
type apng struct {
	ihdr   []byte   // content of the chunk
	colors [][]byte // the chunks PLTE and tRNS, whole
	poster bool     // the IDAT is no frame
	frames []apngFrame
}

// apngFrame is a frame's control chunk and the parts of its pixels.
type apngFrame struct {
	control []byte
	data    [][]byte
}

// maxFrames is the most frames of an animated PNG.
const maxFrames = 1 << 16

func (a *apng) len() int {
	switch {
	case a == nil:
		return 0
	case a.poster:
		return len(a.frames) + 1
	}
	return len(a.frames)
}

// readAPNG finds the frames of an animated PNG; nil where it is none.
func readAPNG(data []byte) *apng {
	a, animated := &apng{poster: true}, false
	for rest := data[min(len(pngMagic), len(data)):]; len(rest) >= 12; {
		n := uint64(binary.BigEndian.Uint32(rest))
		if n > uint64(len(rest)-12) {
			break
		}
		name, content, whole := string(rest[4:8]), rest[8:8+n], rest[:12+n]
		rest = rest[12+n:]
		switch {
		case name == "IDAT" && !animated:
			return nil
		case name == "acTL":
			animated = true
		default:
			a.chunk(name, content, whole)
		}
	}
	if !animated || len(a.ihdr) != 13 || len(a.frames) == 0 {
		return nil
	}
	return a
}

// chunk takes in what a chunk says of the frames.
func (a *apng) chunk(name string, content, whole []byte) {
	last := len(a.frames) - 1
	switch {
	case name == "IHDR":
		a.ihdr = content
	case name == "PLTE" || name == "tRNS":
		a.colors = append(a.colors, whole)
	case name == "fcTL" && len(content) == 26 && len(a.frames) < maxFrames:
		a.frames = append(a.frames, apngFrame{control: content})
	case name == "IDAT" && last == 0:
		a.poster = false
		a.frames[0].data = append(a.frames[0].data, content)
	case name == "fdAT" && last >= 0 && len(content) > 4:
		a.frames[last].data = append(a.frames[last].data, content[4:])
	}
}

// draw decodes a frame, as a PNG of its own, onto the canvas.
func (a *apng) draw(c *canvas, f apngFrame, first bool) error {
	u32 := func(at int) int { return int(binary.BigEndian.Uint32(f.control[at:])) }
	at := image.Rect(0, 0, u32(4), u32(8)).Add(image.Pt(u32(12), u32(16)))
	if at.Empty() || !at.In(c.img.Bounds()) {
		return errors.New("png: a frame beyond the canvas")
	}
	img, err := png.Decode(a.file(f))
	if err != nil {
		return err
	}
	const background, previous = 1, 2
	after := keep
	switch dispose := f.control[24]; {
	case dispose == background || dispose == previous && first:
		after = clearAway
	case dispose == previous:
		after = undo
	}
	c.draw(img, at, f.control[25] == 1, after)
	return nil
}

// file is a frame as a PNG.
func (a *apng) file(f apngFrame) io.Reader {
	ihdr := bytes.Clone(a.ihdr)
	copy(ihdr, f.control[4:12])
	parts := append([][]byte{[]byte(pngMagic), chunkOf("IHDR", ihdr)}, a.colors...)
	for _, d := range f.data {
		parts = append(parts, chunkOf("IDAT", d))
	}
	return bytes.NewReader(bytes.Join(append(parts, []byte(pngEnd)), nil))
}

// chunkOf is a chunk of a PNG.
func chunkOf(name string, content []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(content)))
	b = append(append(b, name...), content...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}
