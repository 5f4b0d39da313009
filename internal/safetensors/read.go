package safetensors

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Read reads a whole file of size bytes from r. Bytes that are no safetensors
// file give a [*FormatError]; a failing r gives its own error, wrapped. The size
// is trusted: no single allocation is larger, so it must come from the file
// system and not from the file.
//
// Refused is what the reference implementation refuses: a header above
// [MaxHeader] or longer than the file, invalid UTF-8 or JSON, metadata that are
// not strings, an unknown dtype, offsets that do not cover the data exactly and
// in one piece, a shape that overflows or disagrees with them. Refused as well,
// for the format's text forbids them or no writer makes them: a header that does
// not start with "{", a key that occurs twice in an object, a tensor's
// description as an array, dimensions beyond an int.
func Read(r io.Reader, size int64) (*File, error) {
	header, err := readHeader(r, size)
	if err != nil {
		return nil, err
	}
	metadata, entries, err := parseHeader(header)
	if err != nil {
		return nil, err
	}
	if err := layOut(entries, size-8-int64(len(header))); err != nil {
		return nil, err
	}
	f := &File{Metadata: metadata, Tensors: make([]Tensor, len(entries))}
	for i, e := range entries {
		data := make([]byte, e.end-e.start)
		if err := readFull(r, data, "the data of tensor "+quote(e.name)); err != nil {
			return nil, err
		}
		f.Tensors[i] = Tensor{Name: e.name, DType: e.dtype, Shape: e.shape, Data: data}
	}
	return f, nil
}

// readHeader reads the length of the header and the header.
func readHeader(r io.Reader, size int64) ([]byte, error) {
	if size < 8 {
		return nil, formatErrorf("it has %d bytes, too few for a header", max(size, 0))
	}
	var prefix [8]byte
	if err := readFull(r, prefix[:], "the header's length"); err != nil {
		return nil, err
	}
	n := binary.LittleEndian.Uint64(prefix[:])
	if n > MaxHeader {
		return nil, formatErrorf("its header would take %d bytes, the limit is %d", n, MaxHeader)
	}
	if n > uint64(size-8) {
		return nil, formatErrorf("its header would take %d bytes, %d are left", n, size-8)
	}
	header := make([]byte, n)
	if err := readFull(r, header, "the header"); err != nil {
		return nil, err
	}
	return header, nil
}

// readFull fills buf, which stands for what.
func readFull(r io.Reader, buf []byte, what string) error {
	_, err := io.ReadFull(r, buf)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return formatErrorf("it ends within %s", what)
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	return nil
}

// layOut sorts entries by their place in the data and checks that they fill its
// size bytes without hole or overlap, each as long as its dtype and shape say.
func layOut(entries []entry, size int64) error {
	slices.SortStableFunc(entries, func(a, b entry) int {
		return cmp.Or(cmp.Compare(a.start, b.start), cmp.Compare(a.end, b.end))
	})
	end := 0
	for _, e := range entries {
		if e.start != end || e.end < e.start {
			return formatErrorf("tensor %s takes the bytes %d to %d, it should start at %d",
				quote(e.name), e.start, e.end, end)
		}
		n, err := byteLength(e.dtype, e.shape)
		if err != nil {
			return formatErrorf("tensor %s: %v", quote(e.name), err)
		}
		if n != e.end-e.start {
			return formatErrorf("tensor %s: its dtype and shape take %d bytes, its offsets %d",
				quote(e.name), n, e.end-e.start)
		}
		end = e.end
	}
	if int64(end) != size {
		return sizeError(int64(end), size)
	}
	return nil
}

// sizeError says that the tensors' data take want bytes where there are size.
func sizeError(want, size int64) error {
	if want > size {
		return formatErrorf("it is cut short: its tensors take %d bytes, %d are left", want, size)
	}
	return formatErrorf("its tensors take %d bytes, %d follow the header", want, size)
}
