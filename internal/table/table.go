// Package table reads tables of numbers, row by row, in memory that does not grow with
// the rows: CSV and its like, as this program, spreadsheets, pandas and numpy.savetxt
// write them, and two-dimensional arrays in NumPy's format. What the columns mean is the
// affair of the caller.
//
// Errors are one line that names the file, the row and the column.
package table

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"vae/internal/npy"
)

// A Table is read from the first row to the last.
type Table struct {
	name string
	rows source
}

// A source are the rows of one format. next makes the next row the one that is read, io.EOF
// says that there is none.
type source interface {
	header() []string
	width() int
	texts() int
	next() error
	text(column int) string
	number(column int) (float32, error)
	row() string
	place(column int) string
}

// Open begins to read a table; name is that of its file, for errors.
func Open(r io.Reader, name string) (*Table, error) {
	t := &Table{name: name}
	b := bufio.NewReaderSize(r, sniffed)
	start, err := firstLine(b)
	if err == nil {
		t.rows, err = open(b, start)
	}
	if err != nil {
		return nil, t.fault(err)
	}
	return t, nil
}

func open(b *bufio.Reader, start []byte) (source, error) {
	there, _ := b.Peek(b.Buffered())
	switch {
	case len(start) == 0:
		return nil, errors.New("is empty")
	case bytes.HasPrefix(start, []byte(npy.Magic)):
		return newNPY(b)
	case bytes.HasPrefix(start, []byte("PK")):
		return nil, errors.New("is a zip archive (NPZ, XLSX): save the table as CSV or NPY")
	case bytes.HasPrefix(start, []byte("\xff\xfe")) || bytes.HasPrefix(start, []byte("\xfe\xff")):
		return nil, errors.New("is UTF-16 text: save it as UTF-8")
	case bytes.IndexByte(there, 0) >= 0:
		return nil, errors.New("is neither text (CSV) nor NPY")
	}
	return newCSV(b, start)
}

// sniffed is how many bytes of a file are looked at to tell its format.
const sniffed = 1 << 16

// firstLine returns what is read of the first line without waiting for more of the file.
func firstLine(b *bufio.Reader) ([]byte, error) {
	for n := 1; ; n = b.Buffered() + 1 {
		start, err := b.Peek(min(n, sniffed))
		if i := bytes.IndexByte(start, '\n'); i >= 0 {
			return start[:i], nil
		}
		if err == io.EOF || n >= sniffed {
			return start, nil
		}
		if err != nil {
			return nil, err
		}
	}
}

// Header returns the names of the columns, nil where there are none.
func (t *Table) Header() []string { return t.rows.header() }

// Width is the number of columns.
func (t *Table) Width() int { return t.rows.width() }

// Texts is how many columns before the first number the first row has, of a table without
// a header.
func (t *Table) Texts() int { return t.rows.texts() }

// Next goes to the next row, at the beginning to the first; io.EOF after the last.
func (t *Table) Next() error {
	err := t.rows.next()
	if err == io.EOF {
		return err
	}
	return t.fault(err)
}

// Text is a cell of the row as text.
func (t *Table) Text(column int) string { return t.rows.text(column) }

// Number is a cell of the row as a finite number.
func (t *Table) Number(column int) (float32, error) {
	v, err := t.rows.number(column)
	if err != nil {
		return 0, t.fault(fmt.Errorf("%s: %w", t.rows.place(column), err))
	}
	return v, nil
}

// Name is the name of the file.
func (t *Table) Name() string { return t.name }

// Place says where the row is, for a message: the file and the line, or the number of the
// row of an array, counted from 0.
func (t *Table) Place() string { return t.name + ": " + t.rows.row() }

// fault puts the name of the file before an error.
func (t *Table) fault(err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%s: %w", t.name, err)
}

// named are the words for a column.
func named(header []string, column int) string {
	if column < len(header) && header[column] != "" {
		return fmt.Sprintf("column %q", brief(header[column]))
	}
	return fmt.Sprintf("column %d", column+1)
}

// brief cuts a cell that is too long for a message.
func brief(cell string) string {
	const most = 40
	if letters := []rune(cell); len(letters) > most {
		return string(letters[:most]) + "..."
	}
	return cell
}

// plainHeader takes from the names of columns what programs put around them.
func plainHeader(record []string) []string {
	header := slices.Clone(record)
	for i, cell := range header {
		header[i] = strings.TrimSpace(cell)
	}
	header[0] = strings.TrimSpace(strings.TrimPrefix(header[0], "#")) // numpy.savetxt
	return header
}
