package vaez

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
)

// Writer writes a file, from front to back.
type Writer struct {
	w     io.Writer
	at    int64
	end   End
	all   hash.Hash // over the values of all images
	parts Parts
}

// Parts are the bytes of a file by what they are for.
type Parts struct {
	Frame  int64 // magic, head, checksums, lengths, index and end
	Coding int64 // what the model is, and what of it is in the file
	Names  int64 // and labels
	Images int64
}

// Total is the length of the file.
func (p Parts) Total() int64 { return p.Frame + p.Coding + p.Names + p.Images }

// NewWriter writes magic and head.
func NewWriter(w io.Writer, h Head) (*Writer, error) {
	out := &Writer{w: w, all: sha256.New()}
	return out, out.write(appendRecord([]byte(Magic), HeadRecord, h.body()))
}

// recordOf refuses what no reader takes.
func recordOf(kind Kind, body []byte) ([]byte, error) {
	if len(body) > MaxRecord {
		return nil, fmt.Errorf("a record of %d bytes is longer than the %d that a file can have: put fewer images into a block", len(body), MaxRecord)
	}
	return appendRecord(nil, kind, body), nil
}

func (w *Writer) write(b []byte) error {
	n, err := w.w.Write(b)
	w.at += int64(n)
	return err
}

// Coding writes what the blocks behind are coded with; it is written once at the most.
func (w *Writer) Coding(body []byte) error {
	if w.end.Coding > 0 {
		return errors.New("vaez: a second coding")
	}
	record, err := recordOf(CodingRecord, body)
	if err != nil {
		return err
	}
	w.end.Coding, w.end.Behind = len(record), len(w.end.Blocks)
	w.parts.Coding += int64(len(body))
	return w.write(record)
}

// Coded tells whether there is a coding.
func (w *Writer) Coded() bool { return w.end.Coding > 0 }

// Block writes a block, of whose images these are the values.
func (w *Writer) Block(b Block, values []byte) error {
	b.Sum = Checksum(0, values)
	record, err := recordOf(BlockRecord, b.body())
	if err != nil {
		return err
	}
	w.all.Write(values)
	w.end.Images += b.Images
	w.end.Blocks = append(w.end.Blocks, Entry{b.Images, len(record)})
	w.parts.Names += int64(len(b.Listing))
	w.parts.Images += int64(len(b.Payload))
	return w.write(record)
}

// Close writes the end, and says what the file is made of. It does not close what is written to.
func (w *Writer) Close() (Parts, error) {
	copy(w.end.Digest[:], w.all.Sum(nil))
	record, err := recordOf(EndRecord, w.end.body())
	if err != nil {
		return w.parts, err
	}
	err = w.write(append(record, tail(len(record), w.at+int64(len(record))+tailBytes)...))
	w.parts.Frame = w.at - w.parts.Coding - w.parts.Names - w.parts.Images
	return w.parts, err
}

// Images is how many have been written.
func (w *Writer) Images() int { return w.end.Images }
