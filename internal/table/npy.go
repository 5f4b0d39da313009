package table

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"

	"vae/internal/npy"
)

const (
	maxNPYRow = 1 << 24 // columns
	// maxTurned is the most bytes of an array in Fortran's order, which must be there as a
	// whole before its first row is.
	maxTurned = 1 << 28
)

// npyRows are the rows of an array in NumPy's format.
type npyRows struct {
	r *bufio.Reader
	npy.Header
	rows    int64
	columns int

	done int64  // rows handed out
	data []byte // of the row, or of a turned array all
}

// newNPY reads the header of an array.
func newNPY(b *bufio.Reader) (*npyRows, error) {
	h, err := npy.ReadHeader(b)
	if err == io.ErrUnexpectedEOF {
		err = errors.New("is cut short: it ends within its header")
	}
	if err != nil {
		return nil, err
	}
	n := &npyRows{r: b, Header: h}
	return n, n.layOut()
}

// layOut finds rows and columns; a list is one row.
func (n *npyRows) layOut() error {
	shape := n.Shape
	if len(shape) == 1 {
		shape = []int{1, shape[0]}
	}
	switch {
	case n.IsText() || n.Kind == npy.Bool:
		return fmt.Errorf("has elements of type %.40q, which are no numbers", n.DType)
	case len(shape) != 2:
		return fmt.Errorf("has the shape %s: rows and columns are wanted", n.ShapeText())
	case shape[1] < 1 || shape[1] > maxNPYRow:
		return fmt.Errorf("has the shape %s: must have from 1 to %d columns", n.ShapeText(), maxNPYRow)
	case n.Fortran && n.Size() > maxTurned:
		return fmt.Errorf("has the shape %s in Fortran's order, of which there may be %d MB: save numpy.ascontiguousarray of it", n.ShapeText(), maxTurned>>20)
	}
	n.rows, n.columns = int64(shape[0]), shape[1]
	return nil
}

func (n *npyRows) next() error {
	switch {
	case n.done == n.rows:
		return n.end()
	case n.Fortran && n.data == nil:
		if err := n.readTurned(); err != nil {
			return err
		}
	case !n.Fortran: // row by row
		if n.data == nil {
			n.data = make([]byte, n.columns*n.Width)
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
	total := n.rows * int64(n.columns) * int64(n.Width)
	data, err := io.ReadAll(io.LimitReader(n.r, total))
	if err != nil {
		return err
	}
	if int64(len(data)) < total {
		return n.short(io.ErrUnexpectedEOF, int64(len(data))/int64(n.columns*n.Width))
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
	if n.Fortran {
		at = at*n.rows + n.done - 1
	}
	return n.Number.Float64(n.data[at*int64(n.Width):])
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
