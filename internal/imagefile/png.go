package imagefile

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/png"
	"io"
	"math"
	"strings"
	"sync"
)

// pngConfig is the size that a PNG claims, without the work that png.Decode
// does again: the signature, the length and name of IHDR, width, height.
func pngConfig(data []byte) (image.Config, error) {
	if len(data) < 24 {
		return image.Config{}, io.ErrUnexpectedEOF
	}
	w, h := binary.BigEndian.Uint32(data[16:]), binary.BigEndian.Uint32(data[20:])
	if string(data[12:16]) != "IHDR" || w > math.MaxInt32 || h > math.MaxInt32 {
		return image.Config{}, png.FormatError("bad header")
	}
	return image.Config{Width: int(w), Height: int(h)}, nil
}

func decodePNG(data []byte) (image.Image, error) {
	if plain := decodeGrayPNG(data); plain != nil {
		return plain, nil
	}
	img, err := png.Decode(bytes.NewReader(data))
	if errors.Is(err, io.ErrUnexpectedEOF) {
		if whole, err := png.Decode(io.MultiReader(bytes.NewReader(wholeChunks(data)), strings.NewReader(pngEnd))); err == nil {
			return whole, nil // it lacks but its end
		}
	}
	return img, err
}

// pngEnd is the last chunk of a PNG.
const pngEnd = "\x00\x00\x00\x00IEND\xaeB`\x82"

// wholeChunks is a PNG without what is broken off at its end.
func wholeChunks(data []byte) []byte {
	at := uint64(len(pngMagic))
	for {
		if at+12 > uint64(len(data)) {
			return data[:min(at, uint64(len(data)))]
		}
		next := at + 12 + uint64(binary.BigEndian.Uint32(data[at:]))
		if next > uint64(len(data)) {
			return data[:at]
		}
		at = next
	}
}

// Small grey PNGs, such as exported digits, come by the ten thousands, and
// image/png makes a new inflater of 40 KB for each. grayPNG decodes the
// plainest of them, 8-bit grey, neither interlaced nor transparent, all pixels
// in one chunk, with an inflater that is used again. Whatever is not exactly
// that, and whatever is damaged, is left to image/png.
type grayPNG struct {
	src bytes.Reader
	z   io.ReadCloser
	raw []byte // [h, 1+w] filtered rows, each behind its filter's number
}

var grayPNGs = sync.Pool{New: func() any { return new(grayPNG) }}

// maxGrayPNG is the most pixels that grayPNG keeps a buffer for.
const maxGrayPNG = 1 << 18

// decodeGrayPNG is the image, or nil when it is left to image/png.
func decodeGrayPNG(data []byte) *image.Gray {
	const ihdr = 8 + 4 + 4 + 13 + 4 // signature, length, name, content, checksum
	if len(data) < ihdr || crc32.ChecksumIEEE(data[12:29]) != binary.BigEndian.Uint32(data[29:]) || string(data[:16]) != pngMagic+"\x00\x00\x00\x0dIHDR" || string(data[24:29]) != "\x08\x00\x00\x00\x00" {
		return nil
	}
	w, h := int(binary.BigEndian.Uint32(data[16:])), int(binary.BigEndian.Uint32(data[20:]))
	if w <= 0 || h <= 0 || w > maxGrayPNG/h {
		return nil
	}
	deflated := onlyIDAT(data[ihdr:])
	if deflated == nil {
		return nil
	}
	g := grayPNGs.Get().(*grayPNG)
	defer grayPNGs.Put(g)
	if !g.inflate(deflated, h*(1+w)) {
		return nil
	}
	return g.unfilter(w, h)
}

// onlyIDAT is the content of the one IDAT chunk among the chunks that follow
// the first; nil when there are more or none, when a checksum is wrong or when
// another chunk changes how pixels are read.
func onlyIDAT(chunks []byte) (content []byte) {
	for len(chunks) >= 12 {
		n := uint64(binary.BigEndian.Uint32(chunks))
		if n > uint64(len(chunks)-12) {
			return nil
		}
		name, end := string(chunks[4:8]), 8+n
		if crc32.ChecksumIEEE(chunks[4:end]) != binary.BigEndian.Uint32(chunks[end:]) {
			return nil
		}
		switch {
		case name == "IEND":
			if n != 0 {
				return nil
			}
			return content
		case name == "IDAT" && content == nil:
			content = chunks[8:end:end]
		case name == "IHDR" || name == "IDAT" || name == "PLTE" || name == "tRNS":
			return nil
		}
		chunks = chunks[end+4:]
	}
	return nil
}

// inflate fills g.raw with exactly n bytes and tells whether the data hold
// them, no more, with the right checksum.
func (g *grayPNG) inflate(deflated []byte, n int) bool {
	g.src.Reset(deflated)
	defer g.src.Reset(nil) // keeps no file alive in the pool
	var err error
	if g.z == nil {
		g.z, err = zlib.NewReader(&g.src)
	} else {
		err = g.z.(zlib.Resetter).Reset(&g.src, nil)
	}
	if err != nil {
		return false
	}
	if cap(g.raw) < n {
		g.raw = make([]byte, n)
	}
	g.raw = g.raw[:n]
	if _, err := io.ReadFull(g.z, g.raw); err != nil {
		return false
	}
	var more [1]byte
	k, err := g.z.Read(more[:])
	return k == 0 && err == io.EOF
}

// unfilter is the image that the filtered rows stand for, nil for an unknown
// filter.
func (g *grayPNG) unfilter(w, h int) *image.Gray {
	img := image.NewGray(image.Rect(0, 0, w, h))
	above := make([]byte, w)
	for y := range h {
		filter, row := g.raw[y*(1+w)], img.Pix[y*w:(y+1)*w]
		copy(row, g.raw[y*(1+w)+1:])
		if !unfilterRow(filter, row, above) {
			return nil
		}
		above = row
	}
	return img
}

// unfilterRow undoes a filter of the PNG specification, section 9.2, for
// pixels of one byte.
func unfilterRow(filter byte, row, above []byte) bool {
	above = above[:len(row)]
	switch filter {
	case 0:
	case 1:
		for i := 1; i < len(row); i++ {
			row[i] += row[i-1]
		}
	case 2:
		for i, a := range above {
			row[i] += a
		}
	case 3:
		left := 0
		for i, a := range above {
			row[i] += byte((left + int(a)) / 2)
			left = int(row[i])
		}
	case 4:
		left, corner := 0, 0
		for i, a := range above {
			row[i] += paeth(left, int(a), corner)
			left, corner = int(row[i]), int(a)
		}
	default:
		return false
	}
	return true
}

// paeth is whichever of left, above and their corner is closest to
// left + above - corner, the first of equals.
func paeth(left, above, corner int) byte {
	p := left + above - corner
	toLeft, toAbove, toCorner := distance(p, left), distance(p, above), distance(p, corner)
	switch {
	case toLeft <= toAbove && toLeft <= toCorner:
		return byte(left)
	case toAbove <= toCorner:
		return byte(above)
	default:
		return byte(corner)
	}
}

func distance(a, b int) int { return max(a-b, b-a) }
