// Package imagefile turns files into images, in the depth that the files have.
package imagefile

import (
	"fmt"
	"io"

	"vae/internal/config"
	"vae/internal/inputfile"
)

// Image is a decoded image, seen as a browser shows it: upright by its EXIF
// orientation, over white where it is transparent. One of U8, U16 and F32 holds
// its samples, [Height, Width, Channels], rows of interleaved channels from the
// top; the others are nil.
type Image struct {
	Width, Height int
	Channels      int // 1 grey, 3 red green blue

	U8  []uint8
	U16 []uint16
	F32 []float32 // whatever is neither of 8 nor of 16 bits without a sign

	// Translucent says that some of it is transparent, so that what is here is not what the file holds.
	Translucent bool

	// Low and High are the format's range: 0 and 255, 0 and 65535, those of a signed
	// integer. They are NaN for floating point, which has none.
	Low, High float64
}

// Options say which images are wanted, and how.
type Options struct {
	// MaxPixels is the most pixels that an image may claim, 0 for DefaultMaxPixels.
	MaxPixels int
	// Channels are those of the images: 1 makes their luma, in full precision, of
	// colors, 3 colors of greys. With 0 an image has those of its format: colors
	// may all be grey.
	Channels int
	// Claimed may refuse an image by the size that it claims, before it is decoded and turned upright; nil refuses none.
	Claimed func(width, height int) error
	// All asks for all pages of a file: of a TIFF, frames of an animation. Otherwise
	// it is the first.
	All bool
}

func (o Options) maxPixels() int {
	if o.MaxPixels > 0 {
		return o.MaxPixels
	}
	return DefaultMaxPixels
}

// DefaultMaxPixels is the most pixels that an image may claim where the caller
// sets no limit: 64 megapixels.
const DefaultMaxPixels = 64 << 20

// maxSide bounds one side of an image, as the JPEG format does. It keeps the
// tables of a resize small for images of very few columns or rows.
const maxSide = 1<<16 - 1

// FileLimit is the most bytes of an image file that is read, 4 for each allowed
// pixel and never less than 64 MiB.
func (o Options) FileLimit() int64 { return max(64<<20, 4*int64(o.maxPixels())) }

// CheckSize refuses the sizes that are not decoded.
func CheckSize(name string, w, h, maxPixels int) error {
	switch {
	case w <= 0 || h <= 0:
		return fmt.Errorf("%s: claims %dx%d pixels; an image has at least one", name, w, h)
	case w > maxSide || h > maxSide:
		return fmt.Errorf("%s: claims %dx%d pixels, more than %d on a side", name, w, h, maxSide)
	case w > maxPixels/h:
		return fmt.Errorf("%s: claims %dx%d pixels, more than the limit of %d in all; %s raises it", name, w, h, maxPixels, config.Mention("max_pixels"))
	}
	return nil
}

// keepBuffer is the largest file buffer that is kept for the next file.
const keepBuffer = 1 << 20

// Reader reads image files into one buffer, which serves one goroutine.
type Reader struct{ buf []byte }

// File decodes the image in the regular file at path, told by its content, and
// hands it to use, which may keep its samples; with o.All all of its pages, counted
// from 0, in order. It tells how many pages the file has, whether they were wanted
// or not. Errors are one line that begins with path, those of use too. An image
// that claims too many pixels is refused before anything is allocated for it. Big
// images are decoded one at a time, whatever the number of readers.
func (r *Reader) File(path string, o Options, use func(page int, img Image) error) (pages int, err error) {
	f, size, err := inputfile.Open(path, path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	return r.From(f, size, path, o, use)
}

// From is [Reader.File] of a file that is open, has size bytes and is called name.
func (r *Reader) From(f io.Reader, size int64, name string, o Options, use func(page int, img Image) error) (pages int, err error) {
	var t turn
	defer t.end()
	data, err := r.read(f, size, name, o.FileLimit(), &t)
	if err != nil {
		return 0, err
	}
	return (&job{data: data, name: name, o: o, turn: &t, use: use}).run()
}

// Bytes is [Reader.File] of the content of a file, which errors call name.
func (r *Reader) Bytes(data []byte, name string, o Options, use func(page int, img Image) error) (pages int, err error) {
	var t turn
	defer t.end()
	return (&job{data: data, name: name, o: o, turn: &t, use: use}).run()
}

// read is the content of a file of at most limit bytes, valid until the next call. A
// big file is read in its turn.
func (r *Reader) read(f io.Reader, size int64, name string, limit int64, t *turn) ([]byte, error) {
	if size > limit {
		return nil, fmt.Errorf("%s: has %d bytes, more than the limit of %d; %s raises it", name, size, limit, config.Mention("max_pixels"))
	}
	if size > bigFile {
		t.take()
	}
	buf := r.buf
	if int64(cap(buf)) < size {
		buf = make([]byte, size)
	}
	if cap(buf) <= keepBuffer {
		r.buf = buf
	}
	n, err := io.ReadFull(f, buf[:size])
	if err == nil {
		_, err = f.Read(make([]byte, 1)) // within an archive the end is where a checksum is held
	}
	if err != nil && err != io.ErrUnexpectedEOF && err != io.EOF {
		return nil, inputfile.Error(name, err)
	}
	return buf[:n], nil
}
