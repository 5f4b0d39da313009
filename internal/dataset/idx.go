package dataset

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"vae/internal/imagefile"
	"vae/internal/inputfile"
)

// The IDX format of MNIST: a big-endian magic number whose third byte is the
// element type (8: unsigned byte) and whose fourth is the number of
// dimensions, the dimensions as int32, then the elements.
const (
	idxImages = 0x00000803 // [N, rows, columns]
	idxLabels = 0x00000801 // [N]
)

const (
	// maxIDX is the most bytes of elements that a file may claim.
	maxIDX = 64 << 30
	// maxDeflate is more than deflate can ever expand one byte to.
	maxDeflate = 1040
	// idxChunk is how much is reserved before data have arrived.
	idxChunk = 1 << 20
)

// idxReader reads an IDX file of images or labels, gzipped or not.
type idxReader struct {
	name       string
	r          *bufio.Reader
	file       io.Reader // behind r; nil of a packed one
	gzipped    bool
	magic      uint32
	n          int  // images, or labels
	rows, cols int  // 1, 1 for labels
	parsed     bool // the header is behind
	read       int  // items read so far
}

// newIDX reads the header and holds it against the size of the file in bytes:
// exactly when the file is plain, by what gzip can pack at best otherwise.
// Images of more than maxPixels pixels are refused.
func newIDX(r io.Reader, size int64, name string, maxPixels int) (*idxReader, error) {
	x := &idxReader{name: name, file: r, r: bufio.NewReaderSize(r, 64<<10)}
	if head, _ := x.r.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		z, err := gzip.NewReader(x.r)
		if err != nil {
			return nil, x.fault(err)
		}
		x.gzipped, x.file, x.r = true, nil, bufio.NewReaderSize(z, 64<<10)
	}
	if err := x.header(); err != nil {
		return nil, err
	}
	return x, x.checkSize(size, maxPixels)
}

// header reads the magic number and the dimensions.
func (x *idxReader) header() error {
	magic, err := x.int32()
	if err != nil {
		return err
	}
	x.magic, x.rows, x.cols = uint32(magic), 1, 1
	dims := []*int{&x.n}
	least := 1
	switch x.magic {
	case idxImages:
		dims = append(dims, &x.rows, &x.cols)
	case idxLabels:
	default:
		return fmt.Errorf("%s: is not an IDX file of images or labels: its magic number is 0x%08x, not 0x%08x or 0x%08x",
			x.name, x.magic, idxImages, idxLabels)
	}
	for _, d := range dims {
		v, err := x.int32()
		if err != nil {
			return err
		}
		*d = int(v)
		least = min(least, *d)
	}
	if least < 1 {
		return fmt.Errorf("%s: claims %s, which must all be at least 1", x.name, x.claim())
	}
	x.parsed = true
	return nil
}

// claim puts the dimensions in words.
func (x *idxReader) claim() string {
	if x.magic == idxLabels {
		return fmt.Sprintf("%d labels", x.n)
	}
	return fmt.Sprintf("%d images of %d rows and %d columns", x.n, x.rows, x.cols)
}

func (x *idxReader) int32() (int32, error) {
	var b [4]byte
	if _, err := io.ReadFull(x.r, b[:]); err != nil {
		return 0, x.fault(err)
	}
	return int32(binary.BigEndian.Uint32(b[:])), nil
}

// headerSize is the bytes before the first element.
func (x *idxReader) headerSize() int64 {
	if x.magic == idxImages {
		return 16
	}
	return 8
}

// item is the bytes of one image, or of one label.
func (x *idxReader) item() int { return x.rows * x.cols }

// checkSize refuses dimensions that the file cannot hold.
func (x *idxReader) checkSize(size int64, maxPixels int) error {
	if x.magic == idxImages {
		if err := imagefile.CheckSize(x.name, x.cols, x.rows, maxPixels); err != nil {
			return err
		}
	}
	need := int64(x.n)*int64(x.item()) + x.headerSize() // below 2^57: both factors were checked
	switch {
	case need > maxIDX || need > math.MaxInt:
		return fmt.Errorf("%s: claims %d bytes of data, more than the limit of %d", x.name, need, int64(maxIDX))
	case x.gzipped && need > (size+1)*maxDeflate:
		return fmt.Errorf("%s: claims %d bytes of data, more than its %d compressed bytes can hold; it is truncated or damaged", x.name, need, size)
	case !x.gzipped && need > size:
		return fmt.Errorf("%s: is truncated: its header claims %d bytes in all, the file has %d", x.name, need, size)
	case !x.gzipped && need < size:
		return fmt.Errorf("%s: has trailing data: its header claims %d bytes in all, the file has %d", x.name, need, size)
	}
	return nil
}

// next reads the next item into buf, item() bytes; io.EOF after the last.
func (x *idxReader) next(buf []uint8) error {
	if x.read == x.n {
		return x.finish()
	}
	if _, err := io.ReadFull(x.r, buf); err != nil {
		return x.fault(err)
	}
	x.read++
	return nil
}

// skip passes over the next n items, of which there are as many.
func (x *idxReader) skip(n int) error {
	if err := inputfile.Skip(x.r, x.file, int64(n)*int64(x.item())); err != nil {
		return x.fault(err)
	}
	x.read += n
	return nil
}

// finish is io.EOF when the data end where the header says. It makes gzip
// check its checksum.
func (x *idxReader) finish() error {
	_, err := x.r.ReadByte()
	switch {
	case err == nil || errors.Is(err, gzip.ErrHeader):
		return fmt.Errorf("%s: has trailing data after its %d items", x.name, x.n)
	case err == io.EOF:
		return io.EOF
	default:
		return x.fault(err)
	}
}

// all reads every item: [N, rows*cols]. Memory grows as data arrive, so that
// a header alone reserves little.
func (x *idxReader) all() ([]uint8, error) {
	want := x.n * x.item()
	buf := make([]uint8, min(want, idxChunk))
	for have := 0; ; {
		n, err := io.ReadFull(x.r, buf[have:])
		if err != nil {
			x.read = (have + n) / x.item()
			return nil, x.fault(err)
		}
		if have = len(buf); have == want {
			break
		}
		bigger := make([]uint8, min(want, 2*have))
		copy(bigger, buf)
		buf = bigger
	}
	x.read = x.n
	if err := x.finish(); err != io.EOF {
		return nil, err
	}
	return buf, nil
}

// labels reads every label.
func (x *idxReader) labels() ([]int, error) {
	all, err := x.all()
	if err != nil {
		return nil, err
	}
	out := make([]int, len(all))
	for i, l := range all {
		out[i] = int(l)
	}
	return out, nil
}

// fault is one line about data that cannot be read.
func (x *idxReader) fault(err error) error {
	switch {
	case err != io.EOF && err != io.ErrUnexpectedEOF:
		return fmt.Errorf("%s: is damaged: %w", x.name, err)
	case !x.parsed:
		return fmt.Errorf("%s: is truncated: it ends within the IDX header", x.name)
	default:
		return fmt.Errorf("%s: is truncated: it ends after %d of %d items", x.name, x.read, x.n)
	}
}
