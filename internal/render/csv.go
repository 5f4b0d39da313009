package render

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

const csvBuffer = 1 << 15 // bytes collected before a write

// CSV writes a table of text and floats, row after row: comma-separated, a line feed after each
// row, cells quoted where RFC 4180 or encoding/csv would.
//
// A spreadsheet takes a cell that begins with = + - @ or a control character for a formula, which
// a file's name must never be; some leave out blanks before it, or read the wide signs of Japanese
// as the narrow ones. A text cell that could be meant, or begins with an apostrophe, is written
// with one more apostrophe in front. The rule is reversible: a text cell that begins with an
// apostrophe was written with one too many; without it, it is the original.
//
// A float is written in the fewest digits that give the same float32 again, as NaN, +Inf or -Inf
// where it is not finite, and never quoted.
type CSV struct {
	w       io.Writer
	columns int
	buffer  []byte
	err     error
}

// NewCSV starts a table with its header. Nothing is written before the buffer is full or Flush
// is called; an error of w is then returned by Row or Flush.
func NewCSV(w io.Writer, columns []string) *CSV {
	c := &CSV{w: w, columns: len(columns), buffer: make([]byte, 0, csvBuffer+csvBuffer/8)}
	c.texts(columns)
	c.buffer = append(c.buffer, '\n')
	return c
}

// Row writes one row, text cells before floats. Together they must be as many as the columns.
func (c *CSV) Row(text []string, values []float32) error {
	if c.err != nil {
		return c.err
	}
	if len(text)+len(values) != c.columns {
		return fmt.Errorf("csv row of %d cells in a table of %d columns", len(text)+len(values), c.columns)
	}
	c.texts(text)
	for i, v := range values {
		if i > 0 || len(text) > 0 {
			c.buffer = append(c.buffer, ',')
		}
		c.buffer = strconv.AppendFloat(c.buffer, float64(v), 'g', -1, 32)
	}
	c.buffer = append(c.buffer, '\n')
	if len(c.buffer) < csvBuffer {
		return nil
	}
	return c.Flush()
}

// Flush writes what is buffered. It must be called after the last row.
func (c *CSV) Flush() error {
	if c.err == nil && len(c.buffer) > 0 {
		_, c.err = c.w.Write(c.buffer)
		c.buffer = c.buffer[:0]
	}
	return c.err
}

// Close is Flush. It does not close what the table is written to.
func (c *CSV) Close() error { return c.Flush() }

func (c *CSV) texts(cells []string) {
	for i, cell := range cells {
		if i > 0 {
			c.buffer = append(c.buffer, ',')
		}
		c.text(cell)
	}
}

// text appends one text cell, guarded against formulas and quoted where needed.
func (c *CSV) text(cell string) {
	guard := couldBeFormula(cell)
	quote := c.needsQuotes(cell)
	if quote {
		c.buffer = append(c.buffer, '"')
	}
	if guard {
		c.buffer = append(c.buffer, '\'')
	}
	if !quote {
		c.buffer = append(c.buffer, cell...)
		return
	}
	for i := range len(cell) {
		if cell[i] == '"' {
			c.buffer = append(c.buffer, '"')
		}
		c.buffer = append(c.buffer, cell[i])
	}
	c.buffer = append(c.buffer, '"')
}

// couldBeFormula says whether a cell needs an apostrophe in front.
func couldBeFormula(cell string) bool {
	if cell == "" {
		return false
	}
	shown := strings.TrimLeftFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) })
	first, _ := utf8.DecodeRuneInString(shown)
	return strings.IndexByte("\t\r\n'", cell[0]) >= 0 || shown != "" && strings.ContainsRune("=+-@＝＋－＠", first)
}

// Unguarded is the text of a cell that was read, as it was before it was guarded against
// spreadsheets.
func Unguarded(cell string) string { return strings.TrimPrefix(cell, "'") }

// needsQuotes says whether a cell cannot stand bare: separators and quotes, spaces that readers
// trim, PostgreSQL's end mark, and an empty cell alone in its row, which would be a blank line.
func (c *CSV) needsQuotes(cell string) bool {
	if cell == "" {
		return c.columns == 1
	}
	if cell == `\.` || strings.ContainsAny(cell, ",\"\r\n") {
		return true
	}
	first, _ := utf8.DecodeRuneInString(cell)
	last, _ := utf8.DecodeLastRuneInString(cell)
	return unicode.IsSpace(first) || unicode.IsSpace(last)
}
