package imagefile

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"slices"

	"vae/internal/inputfile"
	"vae/internal/npy"
	"vae/internal/tiff"
)

// maxFortran is the most bytes of an array that has to be read as a whole.
const maxFortran = 4 << 30

// ArrayReader yields the images of an array in order.
type ArrayReader struct {
	array *Array
	o     Options
	file  io.Closer
	r     *bufio.Reader
	whole []byte // of an array in Fortran's order
	buf   []byte // of an image
	next  int
}

// Open starts to read the images, in memory for one of them; an array in Fortran's
// order is read as a whole.
func (a *Array) Open(o Options) (*ArrayReader, error) {
	f, r, h, err := a.open()
	if err != nil {
		return nil, openError(a.path, a.Name, err)
	}
	reader := &ArrayReader{array: a, o: o, file: f, r: r}
	switch {
	case !slices.Equal(h.Shape, a.header.Shape) || h.Kind != a.header.Kind || h.Number != a.header.Number || h.Fortran != a.header.Fortran:
		err = errors.New("has changed while it was read")
	case h.Fortran && a.N > 1 && h.Size() > maxFortran:
		err = fmt.Errorf("has %d bytes in Fortran's order, which are read as a whole, more than %d; save numpy.ascontiguousarray of it", h.Size(), int64(maxFortran))
	case h.Fortran && a.N > 1:
		reader.whole, err = readGrowing(r, int(h.Size()))
	}
	if err != nil {
		f.Close()
		return nil, arrayError(a.path, a.Name, err)
	}
	return reader, nil
}

// readGrowing reads n bytes into memory that grows as they come.
func readGrowing(r io.Reader, n int) ([]byte, error) {
	buf := make([]byte, min(n, 1<<20))
	for have := 0; ; {
		if err := readFull(r, buf[have:]); err != nil {
			return nil, err
		}
		if have = len(buf); have == n {
			return buf, nil
		}
		bigger := make([]byte, min(n, 2*have))
		copy(bigger, buf)
		buf = bigger
	}
}

// readFull is io.ReadFull for what must be there.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// Close ends the reading.
func (r *ArrayReader) Close() error { return r.file.Close() }

// Next is the next image, whose samples are its user's; io.EOF after the last.
func (r *ArrayReader) Next() (Image, error) {
	a := r.array
	if r.next == a.N {
		if err := arrayEnd(a.path, a.Name, r.r); err != nil {
			return Image{}, err
		}
		return Image{}, io.EOF
	}
	raw, base := r.whole, r.next*a.strides[0]
	if raw == nil {
		if n := a.Height * a.Width * a.channels * a.header.Width; r.buf == nil {
			r.buf = make([]byte, n)
		}
		if err := readFull(r.r, r.buf); err != nil {
			return Image{}, arrayError(a.path, a.Name, err)
		}
		raw, base = r.buf, 0
	}
	r.next++
	return fromRaster(a.raster(raw, base), r.o.Channels), nil
}

// Skip passes over the next n images, of which there are as many.
func (r *ArrayReader) Skip(n int) error {
	a := r.array
	r.next += n
	if r.whole != nil {
		return nil
	}
	err := inputfile.Skip(r.r, r.file, int64(n)*int64(a.Height*a.Width*a.channels*a.header.Width))
	if err != nil {
		return arrayError(a.path, a.Name, err)
	}
	return nil
}

// raster is the image whose first element is the base-th.
func (a *Array) raster(raw []byte, base int) *tiff.Raster {
	r := &tiff.Raster{Width: a.Width, Height: a.Height, Samples: a.channels, Alpha: a.channels == 4}
	if a.channels >= 3 {
		r.Model = tiff.RGB
	}
	number, n := a.header.Number, a.Height*a.Width*a.channels
	r.Low, r.High = number.Range()
	switch kind := a.header.Kind; {
	case kind == npy.Bool:
		r.High = 1
		r.U8 = gather(a, base, func(i int) uint8 { return min(raw[i], 1) })
	case kind == npy.Unsigned && number.Size == 1 && a.contiguous():
		r.U8 = append([]uint8(nil), raw[base:base+n]...)
	case kind == npy.Unsigned && number.Size == 1:
		r.U8 = gather(a, base, func(i int) uint8 { return raw[i] })
	case kind == npy.Unsigned && number.Size == 2:
		r.U16 = gather(a, base, func(i int) uint16 { return number.Order.Uint16(raw[2*i:]) })
	default:
		r.F32 = gather(a, base, func(i int) float32 { return number.Float32(raw[i*number.Size:]) })
	}
	return r
}

// contiguous tells whether an image is rows of interleaved channels.
func (a *Array) contiguous() bool {
	return !a.header.Fortran && (a.channels == 1 || a.strides[3] == 1)
}

// gather is the elements of an image in the order of [Raster].
func gather[T any](a *Array, base int, at func(i int) T) []T {
	out := make([]T, 0, a.Height*a.Width*a.channels)
	for y := range a.Height {
		for x := range a.Width {
			for c := range a.channels {
				out = append(out, at(base+y*a.strides[1]+x*a.strides[2]+c*a.strides[3]))
			}
		}
	}
	return out
}

// arrayEnd has the reader check what it can: the checksum within an NPZ, whose arrays
// have names.
func arrayEnd(path, name string, r io.Reader) error {
	if name == "" {
		return nil
	}
	if _, err := io.Copy(io.Discard, r); err != nil {
		return arrayError(path, name, fmt.Errorf("is damaged: %w", err))
	}
	return nil
}
