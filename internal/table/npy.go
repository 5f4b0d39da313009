package table

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
)

// The NPY format (numpy.lib.format): magic, version, the length of the header, the header as
// the text of a Python dict, the values.
const (
	npyMagic     = "\x93NUMPY"
	maxNPYHeader = 1 << 20 // bytes
	maxNPYRow    = 1 << 24 // columns
	// maxTurned is the most bytes of an array in Fortran's order, which must be there as a
	// whole before its first row is.
	maxTurned = 1 << 28
)

var npyHeader = regexp.MustCompile(`^\{ *'descr': *'([<>|=]?)([a-z])(\d{1,2})', *'fortran_order': *(True|False), *'shape': *\(([0-9, ]*)\),? *\}\s*$`)

// npyRows are the rows of an array in NumPy's format.
type npyRows struct {
	r       *bufio.Reader
	rows    int64
	columns int
	decode  func([]byte) float64
	size    int // bytes of a value
	turned  bool

	done int64  // rows handed out
	data []byte // of the row, or of a turned array all
}

// newNPY reads the header of an array.
func newNPY(b *bufio.Reader) (*npyRows, error) {
	text, err := readNPYHeader(b)
	if err != nil {
		return nil, err
	}
	fields := npyHeader.FindStringSubmatch(text)
	if fields == nil {
		return nil, fmt.Errorf("an array that is no plain one of numbers: its header is %.80q", text)
	}
	n := &npyRows{r: b, turned: fields[4] == "True"}
	if err := n.setType(fields[1], fields[2]+fields[3]); err != nil {
		return nil, err
	}
	return n, n.setShape(fields[5])
}

// readNPYHeader reads what is before the values.
func readNPYHeader(r io.Reader) (string, error) {
	var fixed [12]byte
	if _, err := io.ReadFull(r, fixed[:10]); err != nil {
		return "", cut(err)
	}
	size := uint32(binary.LittleEndian.Uint16(fixed[8:]))
	switch version := fixed[6]; version {
	case 1:
	case 2, 3:
		if _, err := io.ReadFull(r, fixed[10:]); err != nil {
			return "", cut(err)
		}
		size = binary.LittleEndian.Uint32(fixed[8:])
	default:
		return "", fmt.Errorf("NPY of version %d, which this program does not read", version)
	}
	if size > maxNPYHeader {
		return "", fmt.Errorf("a header of %d bytes, which no array of numbers has", size)
	}
	text := make([]byte, size)
	if _, err := io.ReadFull(r, text); err != nil {
		return "", cut(err)
	}
	return string(text), nil
}

// cut is the error for a file that ends too early.
func cut(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return errors.New("is cut short: it ends within its header")
	}
	return err
}

// setType takes the type of the values: floats and whole numbers.
func (n *npyRows) setType(order, name string) error {
	var e binary.ByteOrder = binary.LittleEndian
	if order == ">" {
		e = binary.BigEndian
	}
	decoders := map[string]func([]byte) float64{
		"f4": func(b []byte) float64 { return float64(math.Float32frombits(e.Uint32(b))) },
		"f8": func(b []byte) float64 { return math.Float64frombits(e.Uint64(b)) },
		"i1": func(b []byte) float64 { return float64(int8(b[0])) },
		"i2": func(b []byte) float64 { return float64(int16(e.Uint16(b))) },
		"i4": func(b []byte) float64 { return float64(int32(e.Uint32(b))) },
		"i8": func(b []byte) float64 { return float64(int64(e.Uint64(b))) },
		"u1": func(b []byte) float64 { return float64(b[0]) },
		"u2": func(b []byte) float64 { return float64(e.Uint16(b)) },
		"u4": func(b []byte) float64 { return float64(e.Uint32(b)) },
		"u8": func(b []byte) float64 { return float64(e.Uint64(b)) },
	}
	if n.decode = decoders[name]; n.decode == nil {
		return fmt.Errorf("an array of type %q: save it as float32", order+name)
	}
	n.size = int(name[1] - '0')
	return nil
}

// setShape takes the dimensions: rows and columns, or one row.
func (n *npyRows) setShape(text string) error {
	dims := []int64{}
	for part := range strings.SplitSeq(text, ",") {
		part = strings.TrimSpace(part)
		if part == "" {
			continue
		}
		d, err := strconv.ParseInt(part, 10, 40)
		if err != nil {
			return fmt.Errorf("an array of shape (%s), which is no shape", text)
		}
		dims = append(dims, d)
	}
	if len(dims) == 1 {
		dims = []int64{1, dims[0]}
	}
	switch {
	case len(dims) != 2:
		return fmt.Errorf("an array of shape (%s): rows and columns are wanted", text)
	case dims[1] < 1 || dims[1] > maxNPYRow:
		return fmt.Errorf("an array of shape (%s): must have from 1 to %d columns", text, maxNPYRow)
	case n.turned && float64(dims[0])*float64(dims[1])*float64(n.size) > maxTurned:
		return fmt.Errorf("an array of shape (%s) in Fortran's order, of which there may be %d MB: save numpy.ascontiguousarray of it", text, maxTurned>>20)
	}
	n.rows, n.columns = dims[0], int(dims[1])
	return nil
}

func (n *npyRows) next() error {
	switch {
	case n.done == n.rows:
		return n.end()
	case n.turned && n.data == nil:
		if err := n.readTurned(); err != nil {
			return err
		}
	case !n.turned: // row by row
		if n.data == nil {
			n.data = make([]byte, n.columns*n.size)
		}
		if _, err := io.ReadFull(n.r, n.data); err != nil {
			return n.short(err, n.done)
		}
	}
	n.done++
	return nil
}

// end sees that there is nothing behind the last row.
func (n *npyRows) end() error {
	if _, err := n.r.ReadByte(); err != nil {
		return err
	}
	return fmt.Errorf("goes on behind the %d rows that its header names", n.rows)
}

// readTurned reads all of an array in Fortran's order; memory grows with what is there, not
// with what the header says.
func (n *npyRows) readTurned() error {
	total := n.rows * int64(n.columns) * int64(n.size)
	data, err := io.ReadAll(io.LimitReader(n.r, total))
	if err != nil {
		return err
	}
	if int64(len(data)) < total {
		return n.short(io.ErrUnexpectedEOF, int64(len(data))/int64(n.columns*n.size))
	}
	n.data = data
	return nil
}

// short is the error for an array that ends too early.
func (n *npyRows) short(err error, rows int64) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return fmt.Errorf("is cut short: it holds %d of the %d rows that its header names", rows, n.rows)
	}
	return err
}

func (n *npyRows) header() []string { return nil }
func (n *npyRows) width() int       { return n.columns }
func (n *npyRows) texts() int       { return 0 }

func (n *npyRows) value(column int) float64 {
	at := int64(column)
	if n.turned {
		at = at*n.rows + n.done - 1
	}
	return n.decode(n.data[at*int64(n.size):])
}

func (n *npyRows) text(column int) string {
	return strconv.FormatFloat(n.value(column), 'g', -1, 64)
}

func (n *npyRows) number(column int) (float32, error) {
	v := n.value(column)
	switch {
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("%v is no finite number", v)
	case math.IsInf(float64(float32(v)), 0):
		return 0, fmt.Errorf("%v is beyond the range of a number of 32 bits", v)
	}
	return float32(v), nil
}

func (n *npyRows) row() string { return fmt.Sprintf("row %d", n.done-1) }

func (n *npyRows) place(column int) string {
	return fmt.Sprintf("row %d, column %d, counted from 0", n.done-1, column)
}
