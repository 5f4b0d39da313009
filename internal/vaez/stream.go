package vaez

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// sequential is Next without an index.
func (r *Reader) sequential() (b Block, err error) {
	damage := func(err error) error { return &DamageError{r.next, r.first, b.Images, err} }
	for {
		kind, body, err := readRecord(r.stream)
		r.at += recordSize(len(body))
		switch {
		case ends(err):
			r.failed = true
			return b, errCut
		case err == errLost:
			r.failed = true
			return b, damage(err)
		case kind == BlockRecord:
			if err == nil {
				b, err = parseBlock(body, r.Head.Values())
			}
			if err != nil {
				err = damage(err)
				r.first = -1 // what follows cannot be counted any more
			} else if r.first >= 0 {
				r.first += b.Images
			}
			r.next++
			return b, err
		case err == errChecksum:
			if kind == EndRecord {
				r.failed = true
				return b, errors.New("its end is damaged")
			}
			r.first = -1 // it may have been a block
			return b, damage(err)
		case err != nil:
			r.failed = true
			return b, err
		case kind == CodingRecord:
			r.coding = body
		case kind == EndRecord:
			end, err := parseEnd(body)
			if err == nil {
				err = r.tail(len(body))
			}
			if err == errTail {
				r.failed = true
				return b, err
			}
			if err != nil {
				r.failed = true
				return b, errors.New("its end is damaged")
			}
			r.end = &end
			return b, io.EOF
		}
	}
}

// tail reads what is behind the end, whose body has so many bytes: it has to be what a reader with an index goes by, and the last.
func (r *Reader) tail(body int) error {
	b := make([]byte, tailBytes)
	if _, err := io.ReadFull(r.stream, b); err != nil {
		return err
	}
	_, err := r.stream.Peek(1)
	if err != nil && err != io.EOF {
		return err
	}
	if err != io.EOF || !bytes.Equal(b, tail(int(recordSize(body)), r.at+tailBytes)) {
		return errTail
	}
	return nil
}

var errTail = errors.New("its end is damaged, or something stands behind it")

func ends(err error) bool { return err == io.EOF || err == io.ErrUnexpectedEOF }

// readRecord reads a record whose body takes memory only as it comes. With errChecksum kind and body may be anything, and
// the next record is next.
func readRecord(r *bufio.Reader) (kind Kind, body []byte, err error) {
	first, err := r.ReadByte()
	if err != nil {
		return 0, nil, err
	}
	kind = Kind(first)
	switch kind {
	case HeadRecord, CodingRecord, BlockRecord, EndRecord:
	default:
		return kind, nil, errLost
	}
	length, err := binary.ReadUvarint(r)
	if err != nil && !ends(err) || length > MaxRecord {
		return kind, nil, errLost
	}
	if err != nil {
		return kind, nil, io.ErrUnexpectedEOF
	}
	body, err = io.ReadAll(io.LimitReader(r, int64(length)))
	if err != nil {
		return kind, nil, err
	}
	var sum [4]byte
	if _, err := io.ReadFull(r, sum[:]); err != nil || len(body) < int(length) {
		if err == nil || ends(err) {
			err = io.ErrUnexpectedEOF
		}
		return kind, nil, err
	}
	header := binary.AppendUvarint([]byte{first}, length)
	if Checksum(Checksum(0, header), body) != binary.LittleEndian.Uint32(sum[:]) {
		return kind, body, errChecksum
	}
	return kind, body, nil
}
