package tiff

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"math/bits"

	"golang.org/x/image/tiff/lzw"
)

const compressionJPEG = 7

// unpackers fill out from packed bytes, by number of the compression. w and h are
// the pixels of the chunk.
var unpackers = map[uint64]func(p *Page, out, packed []byte, w, h int) error{
	1:     func(_ *Page, out, packed []byte, _, _ int) error { return fill(out, bytes.NewReader(packed)) },
	2:     huffman,
	3:     group3,
	4:     group4,
	5:     unpackLZW,
	8:     deflate,
	32773: func(_ *Page, out, packed []byte, _, _ int) error { return packBits(out, packed) },
	32946: deflate,
}

// unread are the compressions that are known and not read.
var unread = map[uint64]string{6: "JPEG of an old kind", 9: "JBIG", 10: "JBIG", 32766: "NeXT", 32771: "Huffman runs in words",
	32809: "ThunderScan", 33003: "JPEG 2000", 33005: "JPEG 2000", 34661: "JBIG", 34676: "SGI log", 34677: "SGI log", 34712: "JPEG 2000",
	34887: "LERC", 34892: "lossy JPEG", 34925: "LZMA", 50000: "Zstandard", 50001: "WebP", 50002: "JPEG XL", 52546: "JPEG XL"}

// fill reads all of out, and no more.
func fill(out []byte, r io.Reader) error {
	_, err := io.ReadFull(r, out)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func deflate(_ *Page, out, packed []byte, _, _ int) error {
	z, err := zlib.NewReader(bytes.NewReader(packed))
	if err != nil {
		return err
	}
	defer z.Close()
	return fill(out, z)
}

func unpackLZW(_ *Page, out, packed []byte, _, _ int) error {
	if len(packed) > 1 && packed[0] == 0 && packed[1]&1 == 1 {
		return errors.New("tiff: LZW of an old kind, with reversed bits, is not supported; save it with LZW or Deflate")
	}
	z := lzw.NewReader(bytes.NewReader(packed), lzw.MSB, 8)
	defer z.Close()
	return fill(out, z)
}

// packBits undoes the runs of TIFF 6.0, section 9.
func packBits(out, packed []byte) error {
	for len(out) > 0 {
		if len(packed) < 2 {
			return io.ErrUnexpectedEOF
		}
		n, data := int(int8(packed[0])), packed[1:]
		switch {
		case n >= 0:
			if len(data) < n+1 {
				return io.ErrUnexpectedEOF
			}
			out, packed = out[copy(out, data[:n+1]):], data[n+1:]
		case n == -128:
			packed = data
		default:
			run := out[:min(1-n, len(out))]
			for i := range run {
				run[i] = data[0]
			}
			out, packed = out[len(run):], data[1:]
		}
	}
	return nil
}

// reversed is bytes with their bits in the other order.
func reversed(b []byte) []byte {
	out := make([]byte, len(b))
	for i, v := range b {
		out[i] = bits.Reverse8(v)
	}
	return out
}
