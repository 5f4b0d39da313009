package imagefile

import (
	"fmt"
	"image"
	"io"
)

// bmpRuns unpacks the run lengths of a BMP of 4 or 8 bits a pixel. Pixels that are
// passed over have color 0.
type bmpRuns struct {
	*bitmap
	img    *image.Paletted
	data   []byte // what is left
	x, row int    // of the next pixel
}

// unpack fills the image, up to the mark of its end.
func (r *bmpRuns) unpack() error {
	for {
		if len(r.data) < 2 {
			if r.row >= r.h || r.row == r.h-1 && r.x >= r.w {
				return nil
			}
			return io.ErrUnexpectedEOF
		}
		n, arg := int(r.data[0]), int(r.data[1])
		r.data = r.data[2:]
		var err error
		switch {
		case n > 0:
			err = r.put([]byte{byte(arg)}, n)
		case arg == 1: // end of the image
			return nil
		default:
			err = r.escape(arg)
		}
		if err != nil {
			return err
		}
	}
}

// escape follows a run of length 0: the end of a line, a step to the right and
// down, or n pixels as they are, padded to an even number of bytes.
func (r *bmpRuns) escape(n int) error {
	size := (n*r.bits + 7) / 8
	switch {
	case n == 0:
		r.x, r.row = 0, r.row+1
		return nil
	case n == 2 && len(r.data) < 2:
		return io.ErrUnexpectedEOF
	case n == 2:
		r.x, r.row, r.data = r.x+int(r.data[0]), r.row+int(r.data[1]), r.data[2:]
		return nil
	case len(r.data) < size:
		return io.ErrUnexpectedEOF
	}
	pixels := r.data[:size]
	r.data = r.data[min((size+1)&^1, len(r.data)):]
	return r.put(pixels, n)
}

// put sets the next n pixels, of which the packed ones are repeated. Those beyond
// the end of the line are dropped.
func (r *bmpRuns) put(packed []byte, n int) error {
	for i := 0; i < n && r.row < r.h && r.x+i < r.w; i++ {
		index := packed[i*r.bits/8%len(packed)]
		if r.bits == 4 {
			index = index >> (4 * (1 - i%2)) & 15
		}
		if int(index) >= len(r.palette) {
			return fmt.Errorf("bmp: a pixel has color %d of a palette of %d", index, len(r.palette))
		}
		r.img.Pix[r.line(r.row)*r.w+r.x+i] = index
	}
	r.x += n
	return nil
}
