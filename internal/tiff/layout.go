package tiff

import (
	"errors"
	"fmt"
	"io"
)

// layout is how a page is cut into chunks, which are strips or tiles: of one plane,
// columns x rows of them.
type layout struct {
	*Page
	w, h            int // of a chunk
	columns, rows   int
	planes          int
	perPixel        int // samples of a pixel in a chunk
	offsets, counts values
}

// chunk is one of them: what of it lies in the image, and its bytes in the file.
type chunk struct {
	plane, x, y, w, h int
	packed            []byte
}

func (p *Page) layout() (*layout, error) {
	l := &layout{Page: p, w: p.Width, planes: 1, perPixel: p.samples}
	if p.planar {
		l.planes, l.perPixel = p.samples, 1
	}
	if p.has(tagTileOffsets) || p.has(tagTileWidth) {
		l.w, l.h = clampInt(p.uint(tagTileWidth, 0)), clampInt(p.uint(tagTileLength, 0))
		l.offsets, l.counts = p.get(tagTileOffsets), p.get(tagTileCounts)
	} else {
		l.h = min(clampInt(p.uint(tagRowsPerStrip, 1<<30)), p.Height)
		l.offsets, l.counts = p.get(tagStripOffsets), p.get(tagStripCounts)
	}
	if l.w <= 0 || l.h <= 0 || l.w > p.Width+maxPadding || uint64(l.w)*uint64(min(l.h, p.Height)) > 4*uint64(p.Width)*uint64(p.Height)+maxPadding {
		return nil, fmt.Errorf("tiff: tiles of %dx%d pixels", l.w, l.h)
	}
	l.columns, l.rows = (p.Width+l.w-1)/l.w, (p.Height+l.h-1)/l.h
	if n := l.planes * l.columns * l.rows; l.offsets.len() < n || l.counts.len() > 0 && l.counts.len() < n {
		return nil, fmt.Errorf("tiff: %d of the %d strips or tiles", min(l.offsets.len(), max(l.counts.len(), 0)), n)
	}
	return l, nil
}

// maxPadding is the most pixels of a tile that lie outside a small image.
const maxPadding = 1 << 22

// each calls f for all chunks in order.
func (l *layout) each(f func(chunk) error) error {
	i := 0
	for plane := range l.planes {
		for row := range l.rows {
			for column := range l.columns {
				c := chunk{plane: plane, x: column * l.w, y: row * l.h}
				c.w, c.h = min(l.w, l.Width-c.x), min(l.h, l.Height-c.y)
				var err error
				if c.packed, err = l.bytes(i, c); err == nil {
					err = f(c)
				}
				if err != nil {
					return err
				}
				i++
			}
		}
	}
	return nil
}

// maxPacking is how many bytes more than eight times its size a chunk may take.
const maxPacking = 1 << 16

// bytes is what the file holds of chunk i, without what is far too much. Where the
// file does not say how much it is, it is what an unpacked one takes, or all that
// follows.
func (l *layout) bytes(i int, c chunk) ([]byte, error) {
	at := l.offsets.uint(i)
	if at >= uint64(len(l.data)) {
		return nil, io.ErrUnexpectedEOF
	}
	n := uint64(len(l.data)) - at
	if l.counts.len() > 0 {
		n = l.counts.uint(i)
	}
	b := l.slice(at, n)
	if b == nil && l.compression == 1 {
		b = l.slice(at, uint64(l.stride()*c.h)) // a count that is too large does no harm
	}
	switch {
	case b == nil:
		return nil, io.ErrUnexpectedEOF
	case len(b) == 0:
		return nil, errors.New("tiff: a strip or tile without data")
	}
	return b[:min(len(b), 8*l.stride()*c.h+maxPacking)], nil
}

// stride is the bytes of a row of a chunk.
func (l *layout) stride() int { return (l.w*l.perPixel*l.bits + 7) / 8 }
