package safetensors

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// Write writes f to w. Equal files give equal bytes: the metadata come first,
// sorted by key, then the tensors in the order given, laid end to end. Names must
// be unique and not __metadata__, all strings valid UTF-8, and each Data as long
// as its dtype and shape say; nothing is written where that does not hold.
func Write(w io.Writer, f *File) error {
	opening, err := Opening(f)
	if err != nil {
		return err
	}
	if _, err := w.Write(opening); err != nil {
		return err
	}
	for _, t := range f.Tensors {
		if _, err := w.Write(t.Data); err != nil {
			return err
		}
	}
	return nil
}

// Opening returns what stands before the data in the file that [Write] writes: the
// length of the header, and the header.
func Opening(f *File) ([]byte, error) {
	header, err := encodeHeader(f)
	if err != nil {
		return nil, err
	}
	opening := binary.LittleEndian.AppendUint64(make([]byte, 0, 8+len(header)), uint64(len(header)))
	return append(opening, header...), nil
}

// encodeHeader returns the padded JSON header of f.
func encodeHeader(f *File) ([]byte, error) {
	h := &headerWriter{names: make(map[string]bool, len(f.Tensors))}
	h.buf.WriteByte('{')
	if f.Metadata != nil {
		if err := h.metadata(f.Metadata); err != nil {
			return nil, err
		}
	}
	for _, t := range f.Tensors {
		if err := h.tensor(t); err != nil {
			return nil, err
		}
	}
	h.buf.WriteByte('}')
	for h.buf.Len()%8 != 0 {
		h.buf.WriteByte(' ')
	}
	if h.buf.Len() > MaxHeader {
		return nil, fmt.Errorf("the header would take %d bytes, the limit is %d", h.buf.Len(), MaxHeader)
	}
	return h.buf.Bytes(), nil
}

// A headerWriter lays out the header's members one after the other.
type headerWriter struct {
	buf   bytes.Buffer
	names map[string]bool // tensors so far
	end   int             // of their data, in bytes
}

func (h *headerWriter) metadata(m map[string]string) error {
	h.buf.WriteString(`"` + metadataKey + `":{`)
	for i, key := range slices.Sorted(maps.Keys(m)) {
		if i > 0 {
			h.buf.WriteByte(',')
		}
		if !utf8.ValidString(key) || !utf8.ValidString(m[key]) {
			return fmt.Errorf("metadata %s: not valid UTF-8", quote(key))
		}
		h.string(key)
		h.buf.WriteByte(':')
		h.string(m[key])
	}
	h.buf.WriteByte('}')
	return nil
}

func (h *headerWriter) tensor(t Tensor) error {
	if err := h.checkName(t.Name); err != nil {
		return err
	}
	if err := t.check(); err != nil {
		return err
	}
	start := h.end
	h.end += len(t.Data)
	if h.end < start {
		return fmt.Errorf("tensor %s: the data of all tensors overflow", quote(t.Name))
	}
	if h.buf.Len() > 1 {
		h.buf.WriteByte(',')
	}
	h.string(t.Name)
	h.buf.WriteString(`:{"dtype":"` + string(t.DType) + `","shape":`)
	h.ints(t.Shape...)
	h.buf.WriteString(`,"data_offsets":`)
	h.ints(start, h.end)
	h.buf.WriteByte('}')
	return nil
}

func (h *headerWriter) checkName(name string) error {
	switch {
	case name == metadataKey:
		return fmt.Errorf("tensor %s: the name is reserved", quote(name))
	case !utf8.ValidString(name):
		return fmt.Errorf("tensor %s: the name is not valid UTF-8", quote(name))
	case h.names[name]:
		return fmt.Errorf("tensor %s: the name occurs twice", quote(name))
	}
	h.names[name] = true
	return nil
}

// string writes s, which is valid UTF-8, as a JSON string.
func (h *headerWriter) string(s string) {
	enc := json.NewEncoder(&h.buf)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(s) // a string into a buffer: neither can fail
	h.buf.Truncate(h.buf.Len() - 1)
}

func (h *headerWriter) ints(values ...int) {
	h.buf.WriteByte('[')
	for i, v := range values {
		if i > 0 {
			h.buf.WriteByte(',')
		}
		h.buf.WriteString(strconv.Itoa(v))
	}
	h.buf.WriteByte(']')
}
