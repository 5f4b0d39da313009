// Package vaez is the container of a compressed set of images, a .vaez file: records with checksums, an index, and what
// stands in them. docs/file-formats.md has it to the byte. How images become the bytes of a block is package codec's.
//
// A file can be written and read as a stream. One that can be read anywhere is found its way in by the index at its end, so
// that one block can be had alone, and that a damaged one costs itself alone.
package vaez

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
)

// Magic begins a file. As in PNG's its first byte is no text, and line ends and the end of a text file for DOS are in it, so
// that whatever changes these on the way is noticed.
const Magic = "\x89VAZ\r\n\x1a\n"

// Version is that of the files this package writes, and the only one it reads: it says how blocks are coded by context as well.
const Version = 2

// Kind of a record, its first byte.
type Kind byte

// The records in the order of a file: the head, what the blocks are coded with where any has need of it, the blocks, and the
// end.
const (
	HeadRecord   Kind = 'H'
	CodingRecord Kind = 'C'
	BlockRecord  Kind = 'B'
	EndRecord    Kind = 'E'
)

// The limits of what is read.
const (
	// MaxSide and MaxPixels bound the images, MaxBlock the values of a block of several, and MaxImages how many it has: what a few
	// bytes may claim takes no more memory than that.
	MaxSide   = 1 << 16
	MaxPixels = 1 << 24
	MaxBlock  = 1 << 24
	MaxImages = 1 << 18
	// MaxPace bounds the images that are coded one by one at the begin of a block.
	MaxPace = 1 << 10
	// MaxRecord bounds a record, in bytes.
	MaxRecord = 1 << 30
	// maxLevels is that of 16 bits.
	maxLevels = 1 << 16
)

// ErrForeign says that something is no file of this kind.
var ErrForeign = errors.New("is no .vaez file")

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Checksum is CRC-32C, which goes on from that of what came before; 0 at the start.
func Checksum(before uint32, b []byte) uint32 { return crc32.Update(before, castagnoli, b) }

// appendRecord appends a record: kind, length of the body, body, checksum of all that.
func appendRecord(to []byte, kind Kind, body []byte) []byte {
	start := len(to)
	to = append(to, byte(kind))
	to = binary.AppendUvarint(to, uint64(len(body)))
	to = append(to, body...)
	return binary.LittleEndian.AppendUint32(to, Checksum(0, to[start:]))
}

// recordSize is what a record of a body of so many bytes takes.
func recordSize(body int) int64 {
	return int64(1 + len(binary.AppendUvarint(nil, uint64(body))) + body + 4)
}

// fields reads the numbers of a body, each the lowest seven bits first; what is wrong stays.
type fields struct {
	rest []byte
	err  error
}

var errShort = errors.New("ends in the middle of a field")

// number reads one of at most most.
func (f *fields) number(what string, most uint64) uint64 {
	if f.err != nil {
		return 0
	}
	v, n := binary.Uvarint(f.rest)
	switch {
	case n <= 0:
		f.err = errShort
	case n > 1 && f.rest[n-1] == 0:
		f.err = fmt.Errorf("has a %s that is written longer than it need be", what)
	case v > most:
		f.err = fmt.Errorf("has a %s of %d, where %d is the most", what, v, most)
	}
	if f.err != nil {
		return 0
	}
	f.rest = f.rest[n:]
	return v
}

// bytes reads n of them.
func (f *fields) bytes(n int) []byte {
	if f.err == nil && n > len(f.rest) {
		f.err = errShort
	}
	if f.err != nil {
		return nil
	}
	b := f.rest[:n:n]
	f.rest = f.rest[n:]
	return b
}

func (f *fields) uint32() uint32 {
	if b := f.bytes(4); b != nil {
		return binary.LittleEndian.Uint32(b)
	}
	return 0
}

// end is what is wrong, also with bytes that are left.
func (f *fields) end() error {
	if f.err == nil && len(f.rest) > 0 {
		f.err = fmt.Errorf("has %d bytes too many", len(f.rest))
	}
	return f.err
}
