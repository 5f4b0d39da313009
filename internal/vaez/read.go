package vaez

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Reader reads a file: from front to back, or any block where it has the index.
type Reader struct {
	Head Head

	stream *bufio.Reader // at the next record; nil where there is an index
	file   io.ReaderAt
	starts []int64 // of the blocks
	firsts []int   // image of each block
	end    *End    // known from the start with an index, else once it is reached

	at int64 // what of the stream was read

	coding []byte
	next   int // block
	first  int // image of it, or -1
	last   [2]int
	failed bool
}

// DamageError is what is wrong with one block; the others are not touched by it.
type DamageError struct {
	Block  int // its number, from 0
	First  int // number of its first image, from 0; -1 where it is not known
	Images int // in it; 0 where it is not known
	Err    error
}

func (e *DamageError) Error() string {
	switch {
	case e.First < 0 || e.Images == 0:
		return fmt.Sprintf("block %d: %v", e.Block, e.Err)
	case e.Images == 1:
		return fmt.Sprintf("block %d, image %d: %v", e.Block, e.First, e.Err)
	}
	return fmt.Sprintf("block %d, images %d to %d: %v", e.Block, e.First, e.First+e.Images-1, e.Err)
}

func (e *DamageError) Unwrap() error { return e.Err }

var (
	errChecksum = errors.New("is damaged: its checksum is wrong")
	errCut      = errors.New("ends too early: what stood behind that is lost")
	errLost     = errors.New("where it ends cannot be told any more, nor what stands behind it")
)

// NewReader reads magic and head of a stream.
func NewReader(r io.Reader) (*Reader, error) {
	in := &Reader{stream: bufio.NewReaderSize(r, 1<<16)}
	magic := make([]byte, len(Magic))
	if n, err := io.ReadFull(in.stream, magic); err != nil && !ends(err) {
		return nil, err
	} else if string(magic[:n]) != Magic {
		return nil, foreign(magic[:n])
	}
	kind, body, err := readRecord(in.stream)
	switch {
	case ends(err), err == nil && kind != HeadRecord, err == errLost:
		return nil, errors.New("its head is damaged, without which nothing can be read")
	case err != nil && err != errChecksum:
		return nil, err
	}
	head, damage := parseHead(body)
	if err == errChecksum {
		return nil, fmt.Errorf("its head %w, without which nothing can be read", err)
	}
	in.Head, in.at = head, int64(len(Magic))+recordSize(len(body))
	return in, damage
}

// foreign is the error about a file that begins otherwise.
func foreign(begin []byte) error {
	switch {
	case len(begin) == 0:
		return errors.New("is empty")
	case len(begin) >= 4 && string(begin[1:4]) == Magic[1:4] || len(begin) >= 3 && string(begin[:3]) == Magic[1:4]:
		return errors.New("was changed on its way here, as text is: transfer it as binary")
	}
	return ErrForeign
}

// Open is NewReader of a file of so many bytes, with its index if that is not damaged.
func Open(file io.ReaderAt, size int64) (*Reader, error) {
	in, err := NewReader(io.NewSectionReader(file, 0, size))
	if err != nil {
		return nil, err
	}
	head := int64(len(Magic) + len(appendRecord(nil, HeadRecord, in.Head.body())))
	if end, at := readEnd(file, size, head); end != nil {
		in.stream, in.file, in.end, in.starts = nil, file, end, at
		in.coding = in.codingAt(head)
		first := 0
		for _, e := range end.Blocks {
			in.firsts = append(in.firsts, first)
			first += e.Images
		}
	}
	return in, nil
}

// readEnd reads the index, and where each block begins; nil where it is not whole.
func readEnd(file io.ReaderAt, size, head int64) (*End, []int64) {
	last := make([]byte, tailBytes)
	if _, err := file.ReadAt(last, size-tailBytes); err != nil && err != io.EOF {
		return nil, nil
	}
	length, total := int64(binary.LittleEndian.Uint32(last)), binary.LittleEndian.Uint64(last[4:])
	if total != uint64(size) || length > size-tailBytes-head {
		return nil, nil
	}
	kind, body, err := readRecord(bufio.NewReader(io.NewSectionReader(file, size-tailBytes-length, length)))
	if err != nil || kind != EndRecord {
		return nil, nil
	}
	end, err := parseEnd(body)
	if err != nil {
		return nil, nil
	}
	starts, at := make([]int64, len(end.Blocks)), head
	for i, b := range end.Blocks {
		if i == end.Behind {
			at += int64(end.Coding)
		}
		starts[i] = at
		at += int64(b.Bytes)
	}
	if end.Behind >= len(end.Blocks) {
		at += int64(end.Coding)
	}
	if at != size-tailBytes-length {
		return nil, nil
	}
	return &end, starts
}

// codingAt reads the coding by the index; nil where there is none, or a damaged one.
func (r *Reader) codingAt(head int64) []byte {
	at := head
	for _, b := range r.end.Blocks[:min(r.end.Behind, len(r.end.Blocks))] {
		at += int64(b.Bytes)
	}
	kind, body, err := readRecord(bufio.NewReader(io.NewSectionReader(r.file, at, int64(r.end.Coding))))
	if err != nil || kind != CodingRecord {
		return nil
	}
	return body
}

// Coding is what the blocks that were read are coded with; nil where there is none so far, or a damaged one.
func (r *Reader) Coding() []byte { return r.coding }

// End is the index; nil where it is not known, or not yet.
func (r *Reader) End() *End { return r.end }

// Indexed tells whether any block can be read.
func (r *Reader) Indexed() bool { return r.stream == nil }

// Next reads the next block; io.EOF behind the last. A DamageError is one of that block, and reading can go on; other errors
// are the last.
func (r *Reader) Next() (b Block, err error) {
	r.last = [2]int{r.next, r.first}
	if r.Indexed() {
		if r.next == len(r.end.Blocks) {
			return b, io.EOF
		}
		b, err = r.Block(r.next)
		r.first += r.end.Blocks[r.next].Images
		r.next++
		return b, err
	}
	if r.failed || r.end != nil {
		return b, io.EOF
	}
	return r.sequential()
}

// Place is the number of the block that Next read last, and that of its first image, -1 where it is not known.
func (r *Reader) Place() (number, first int) { return r.last[0], r.last[1] }

// First is the number of the first image of a block, by the index.
func (r *Reader) First(number int) int { return r.firsts[number] }

// Block reads the block of a number, by the index.
func (r *Reader) Block(number int) (Block, error) {
	first, entry := r.First(number), r.end.Blocks[number]
	damage := func(err error) error { return &DamageError{number, first, entry.Images, err} }
	section := io.NewSectionReader(r.file, r.starts[number], int64(entry.Bytes))
	kind, body, err := readRecord(bufio.NewReader(section))
	if err != nil {
		return Block{}, damage(err)
	}
	if kind != BlockRecord {
		return Block{}, damage(errChecksum)
	}
	b, err := parseBlock(body, r.Head.Values())
	if err == nil && b.Images != entry.Images {
		err = errors.New("is not the one of the index")
	}
	if err != nil {
		return b, damage(err)
	}
	return b, nil
}
