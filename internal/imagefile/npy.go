package imagefile

import (
	"bufio"
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

// npyMagic is how a file in NumPy's format begins (NEP 1, versions 1.0 to 3.0).
const npyMagic = "\x93NUMPY"

// maxNPYHeader is the most bytes of a header: that of a plain array has about a hundred.
const maxNPYHeader = 1 << 16

// npyHeader is what stands before the elements of an array.
type npyHeader struct {
	kind    byte        // of elements: u, i, f, b (bool), U and S (text)
	number  sample.Type // of those that are no text
	width   int         // bytes of an element
	fortran bool        // the first index runs fastest
	shape   []int
}

var (
	npyDescr   = regexp.MustCompile(`'descr'\s*:\s*(?:'([^']*)'|(\[))`)
	npyFortran = regexp.MustCompile(`'fortran_order'\s*:\s*(True|False)`)
	npyShape   = regexp.MustCompile(`'shape'\s*:\s*\(([^)]*)\)`)
	npyType    = regexp.MustCompile(`^([<>|=]?)([?a-zA-Z])(\d*)$`)
)

// readNPYHeader reads a header. Errors do not name the file.
func readNPYHeader(r *bufio.Reader) (h npyHeader, err error) {
	var head [12]byte
	if err := readFull(r, head[:8]); err != nil {
		return h, err
	}
	if string(head[:6]) != npyMagic {
		return h, errors.New("is not in NumPy's format")
	}
	length := head[8:10]
	if head[6] > 1 {
		length = head[8:12]
	}
	if head[6] < 1 || head[6] > 3 {
		return h, fmt.Errorf("has version %d.%d of NumPy's format, which is not read", head[6], head[7])
	}
	if err := readFull(r, length); err != nil {
		return h, err
	}
	n := uint64(binary.LittleEndian.Uint16(length))
	if len(length) == 4 {
		n = uint64(binary.LittleEndian.Uint32(length))
	}
	if n > maxNPYHeader {
		return h, fmt.Errorf("has a header of %d bytes, more than %d", n, maxNPYHeader)
	}
	text := make([]byte, n)
	if err := readFull(r, text); err != nil {
		return h, err
	}
	return parseNPYHeader(string(text))
}

// readFull is io.ReadFull for what must be there.
func readFull(r io.Reader, b []byte) error {
	_, err := io.ReadFull(r, b)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return err
}

func parseNPYHeader(text string) (h npyHeader, err error) {
	descr, order, shape := npyDescr.FindStringSubmatch(text), npyFortran.FindStringSubmatch(text), npyShape.FindStringSubmatch(text)
	switch {
	case descr == nil || order == nil || shape == nil:
		return h, errors.New("has a damaged header: no descr, fortran_order and shape")
	case descr[2] != "":
		return h, errors.New("has elements of several parts (a structured dtype), which are not read")
	}
	h.fortran = order[1] == "True"
	total := 1
	for field := range strings.SplitSeq(shape[1], ",") {
		if field = strings.TrimRight(strings.TrimSpace(field), "L"); field == "" {
			continue
		}
		n, err := strconv.ParseUint(field, 10, 62)
		if err != nil || n > 0 && uint64(total) > math.MaxInt/64/n {
			return h, fmt.Errorf("has the shape (%.40s)", shape[1])
		}
		total *= max(1, int(n))
		h.shape = append(h.shape, int(n))
	}
	return h, h.parseType(descr[1])
}

// parseType reads a dtype as NumPy writes it: byte order, kind, bytes.
func (h *npyHeader) parseType(descr string) error {
	unread := fmt.Errorf("has elements of type %.40q, which are not read; save it as uint8, uint16 or float32", descr)
	m := npyType.FindStringSubmatch(descr)
	if m == nil {
		return unread
	}
	size, _ := strconv.Atoi(m[3])
	h.kind, h.width = m[2][0], size
	h.number = sample.Type{Size: size, Order: binary.LittleEndian}
	if m[1] == ">" {
		h.number.Order = binary.BigEndian
	}
	ok := false
	switch whole := size == 1 || size == 2 || size == 4 || size == 8; h.kind {
	case 'b', '?':
		h.kind, h.width, h.number.Size, ok = 'b', 1, 1, size <= 1
	case 'u':
		ok = whole
	case 'i':
		h.number.Kind, ok = sample.Signed, whole
	case 'f':
		h.number.Kind, ok = sample.Float, whole && size > 1
	case 'U':
		h.width, ok = 4*size, size <= maxLabel
	case 'S':
		ok = size <= maxLabel
	case 'O':
		return errors.New("holds Python objects, which are not read; save it as uint8, uint16 or float32")
	}
	if !ok {
		return unread
	}
	return nil
}

// maxLabel is the most characters of a label.
const maxLabel = 1000

// elements is how many there are; parseNPYHeader has seen that they can be counted.
func (h npyHeader) elements() int {
	n := 1
	for _, d := range h.shape {
		n *= d
	}
	return n
}

// bytes is how many they take.
func (h npyHeader) bytes() uint64 { return uint64(h.elements()) * uint64(h.width) }

// text tells whether elements are texts.
func (h npyHeader) text() bool { return h.kind == 'U' || h.kind == 'S' }

// shapeText is the shape as a message shows it.
func (h npyHeader) shapeText() string {
	return strings.ReplaceAll(fmt.Sprint(h.shape), " ", ", ")
}

// label is an element as a label: a text up to its padding, a whole number in digits.
func (h npyHeader) label(b []byte) (string, error) {
	switch h.kind {
	case 'S':
		return strings.TrimRight(string(b), "\x00"), nil
	case 'U':
		var s strings.Builder
		for i := 0; i+4 <= len(b); i += 4 {
			if r := rune(h.number.Order.Uint32(b[i:])); r != 0 {
				s.WriteRune(r)
			}
		}
		return s.String(), nil
	case 'f':
		v := h.number.Float32(b)
		if v != float32(math.Trunc(float64(v))) || math.Abs(float64(v)) > 1<<24 {
			return "", fmt.Errorf("has the label %v, which is no whole number", v)
		}
		return strconv.FormatInt(int64(v), 10), nil
	default:
		return strconv.FormatInt(h.number.Int(b), 10), nil
	}
}
