// Package npy reads and writes the headers of arrays in NumPy's format (numpy.lib.format,
// NEP 1, versions 1.0 to 3.0): magic and version, the length of the header, the header as
// the text of a Python dict. The elements follow; they are their reader's.
package npy

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"

	"vae/internal/sample"
)

// Magic is how a file begins.
const Magic = "\x93NUMPY"

// MaxHeader is the most bytes of a header's text that is read: that of a plain array has
// about a hundred. MaxStart is the most that stands before the elements.
const (
	MaxHeader = 1 << 16
	MaxStart  = 12 + MaxHeader
)

// maxText is the most characters of an element that is text.
const maxText = 1000

// Kind is of what the elements are.
type Kind byte

// The kinds, by NumPy's letters.
const (
	Unsigned Kind = 'u'
	Signed   Kind = 'i'
	Float    Kind = 'f'
	Bool     Kind = 'b'
	Text     Kind = 'U' // UTF-32
	Bytes    Kind = 'S' // text, a byte a character
)

// Header is what stands before the elements.
type Header struct {
	DType   string // the type, as it is written
	Kind    Kind
	Number  sample.Type // of elements that are no text; of Text the order alone counts
	Width   int         // bytes of an element
	Fortran bool        // the first index runs fastest
	Shape   []int
}

// IsText tells whether elements are texts.
func (h Header) IsText() bool { return h.Kind == Text || h.Kind == Bytes }

// Elements is how many there are.
func (h Header) Elements() int {
	n := 1
	for _, d := range h.Shape {
		n *= d
	}
	return n
}

// Size is how many bytes the elements take.
func (h Header) Size() uint64 { return uint64(h.Elements()) * uint64(h.Width) }

// ShapeText is the shape as a message shows it.
func (h Header) ShapeText() string {
	return strings.ReplaceAll(fmt.Sprint(h.Shape), " ", ", ")
}

// ReadHeader reads a header; what is next in r is the first element. Errors begin with a
// verb whose subject is the file; io.ErrUnexpectedEOF where it ends too early. A header
// that is accepted has elements that can be counted, and their bytes too; one whose elements
// are not read comes with its shape and the error.
func ReadHeader(r io.Reader) (Header, error) {
	text, err := readText(r)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return Header{}, err
	}
	return parse(text)
}

// readText reads the text of a header.
func readText(r io.Reader) (string, error) {
	var b [12]byte
	if _, err := io.ReadFull(r, b[:8]); err != nil {
		return "", err
	}
	major, minor := b[6], b[7]
	length := b[8:12]
	switch {
	case string(b[:6]) != Magic:
		return "", errors.New("is not in NumPy's format")
	case major < 1 || major > 3:
		return "", fmt.Errorf("has version %d.%d of NumPy's format, which is not read", major, minor)
	case major == 1:
		length = b[8:10]
	}
	if _, err := io.ReadFull(r, length); err != nil {
		return "", err
	}
	n := binary.LittleEndian.Uint32(b[8:12]) // of version 1 the upper half is 0
	if n > MaxHeader {
		return "", fmt.Errorf("has a header of %d bytes, more than %d", n, MaxHeader)
	}
	text := make([]byte, n)
	_, err := io.ReadFull(r, text)
	return string(text), err
}

var (
	dtypeOf = regexp.MustCompile(`'descr'\s*:\s*(?:'([^']*)'|(\[))`)
	orderOf = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	shapeOf = regexp.MustCompile(`'shape'\s*:\s*\(([ -(*-~]*)\)`) // what a message can show
	dtype   = regexp.MustCompile(`^([<>|=]?)([?a-zA-Z])(\d*)$`)
)

// parse reads the text of a header.
func parse(text string) (h Header, err error) {
	descr, order, shape := dtypeOf.FindStringSubmatch(text), orderOf.FindStringSubmatch(text), shapeOf.FindStringSubmatch(text)
	switch {
	case descr == nil || order == nil || shape == nil:
		return h, errors.New("has a damaged header: no descr, fortran_order and shape")
	case descr[2] != "":
		return h, errors.New("has elements of several parts (a structured dtype), which are not read")
	}
	h.DType, h.Fortran = descr[1], order[1] == "True"
	if err := h.setShape(shape[1]); err != nil {
		return h, err
	}
	if err := h.setType(); err != nil {
		return h, err
	}
	if h.Width > 0 && uint64(h.Elements()) > math.MaxUint64/uint64(h.Width) {
		return h, errShape(shape[1])
	}
	return h, nil
}

func errShape(text string) error {
	return fmt.Errorf("has the shape (%.40s), which no array can have", text)
}

// setType takes byte order, kind and bytes from the dtype.
func (h *Header) setType() error {
	unread := fmt.Errorf("has elements of type %.40q, which are not read; save it as uint8, uint16 or float32", h.DType)
	m := dtype.FindStringSubmatch(h.DType)
	if m == nil {
		return unread
	}
	size, _ := strconv.Atoi(m[3])
	h.Kind, h.Width = Kind(m[2][0]), size
	h.Number = sample.Type{Size: size, Order: binary.LittleEndian}
	if m[1] == ">" {
		h.Number.Order = binary.BigEndian
	}
	ok := false
	switch whole := size == 1 || size == 2 || size == 4 || size == 8; h.Kind {
	case Bool, '?':
		h.Kind, h.Width, h.Number.Size, ok = Bool, 1, 1, size <= 1
	case Unsigned:
		ok = whole
	case Signed:
		h.Number.Kind, ok = sample.Signed, whole
	case Float:
		h.Number.Kind, ok = sample.Float, whole && size > 1
	case Text:
		h.Width, ok = 4*size, size <= maxText
	case Bytes:
		ok = size <= maxText
	case 'O':
		return errors.New("holds Python objects, which are not read; save it as uint8, uint16 or float32")
	}
	if !ok {
		return unread
	}
	return nil
}

// setShape takes the dimensions. Those beside a 0 count too, as in NumPy.
func (h *Header) setShape(text string) error {
	total := uint64(1)
	for field := range strings.SplitSeq(text, ",") {
		if field = strings.TrimRight(strings.TrimSpace(field), "L"); field == "" {
			continue
		}
		n, err := strconv.ParseUint(field, 10, strconv.IntSize-1)
		if err != nil || n > 0 && total > math.MaxInt/n {
			return errShape(text)
		}
		total *= max(1, n)
		h.Shape = append(h.Shape, int(n))
	}
	return nil
}
