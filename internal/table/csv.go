package table

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// maxRecord is the most bytes of a row of CSV: beyond any table of codes, and within memory.
const maxRecord = 16 << 20

var errRecord = fmt.Errorf("a row of more than %d MB: this is no table of numbers", maxRecord>>20)

// csvRows are the rows of a CSV file.
type csvRows struct {
	r       *csv.Reader
	limit   *limit
	names   []string
	record  []string
	pending bool // record is a row that was read and not handed out
}

// limit reads no more than a row may hold; to read a row begins by setting left anew.
type limit struct {
	r    io.Reader
	left int
}

func (l *limit) Read(p []byte) (int, error) {
	if l.left <= 0 {
		return 0, errRecord
	}
	n, err := l.r.Read(p[:min(len(p), l.left)])
	l.left -= n
	return n, err
}

// newCSV reads the first row, which may be a header.
func newCSV(b *bufio.Reader, start []byte) (*csvRows, error) {
	const mark = "\xef\xbb\xbf" // of UTF-8, as Excel writes it
	if bytes.HasPrefix(start, []byte(mark)) {
		start = start[len(mark):]
		if _, err := b.Discard(len(mark)); err != nil {
			return nil, err
		}
	}
	c := &csvRows{limit: &limit{r: b}}
	c.r = csv.NewReader(c.limit)
	c.r.FieldsPerRecord, c.r.ReuseRecord, c.r.Comma = -1, true, delimiter(start)
	c.r.TrimLeadingSpace = c.r.Comma == ' '
	err := c.read()
	switch {
	case err == io.EOF:
		return nil, errors.New("is empty")
	case err != nil:
		return nil, err
	case isHeader(c.record):
		c.names = plainHeader(c.record)
	default:
		c.pending = true
	}
	return c, nil
}

// delimiter is what stands most often between the cells of the first line, but semicolons where
// the commas are those of numbers; blanks do where there is nothing else, as numpy.savetxt has it.
func delimiter(line []byte) rune {
	counts, quoted := map[byte]int{}, false
	for _, b := range bytes.TrimSpace(line) {
		if b == '"' {
			quoted = !quoted
		}
		if !quoted {
			counts[b]++
		}
	}
	if counts[';'] > 0 && !slices.ContainsFunc(strings.Split(string(line), ";"), func(cell string) bool {
		return strings.Contains(cell, ",") && !isNumber(pointed(cell))
	}) {
		return ';'
	}
	best := byte(',')
	for _, b := range []byte{';', '\t'} {
		if counts[b] > counts[best] {
			best = b
		}
	}
	if counts[best] == 0 && counts[' '] > 0 {
		best = ' '
	}
	return rune(best)
}

// pointed is a cell with a point for its decimal comma.
func pointed(cell string) string { return strings.Replace(cell, ",", ".", 1) }

// isHeader tells whether a first row holds names: no number, or none but those that pandas
// gives to columns without a name, behind the empty one of its index.
func isHeader(record []string) bool {
	for i, cell := range record {
		if i > 0 && record[0] == "" && cell == strconv.Itoa(i-1) {
			continue
		}
		if isNumber(pointed(cell)) {
			return false
		}
	}
	return true
}

func isNumber(cell string) bool {
	_, err := strconv.ParseFloat(strings.TrimSpace(cell), 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// read reads the next row.
func (c *csvRows) read() error {
	c.limit.left = maxRecord
	record, err := c.r.Read()
	var parse *csv.ParseError
	switch {
	case errors.As(err, &parse) && errors.Is(err, csv.ErrQuote):
		return fmt.Errorf("line %d: a quotation mark within a quoted cell, or one that is never closed", parse.StartLine)
	case errors.As(err, &parse):
		return fmt.Errorf("line %d: a quotation mark within a cell that does not begin with one", parse.Line)
	case err != nil:
		return err
	}
	c.record = record
	return nil
}

func (c *csvRows) next() error {
	if c.pending {
		c.pending = false
		return nil
	}
	width := len(c.record)
	if c.names != nil {
		width = len(c.names)
	}
	if err := c.read(); err != nil {
		return err
	}
	if len(c.record) != width {
		return fmt.Errorf("%s has %s, and the first line %d", c.row(), columns(len(c.record)), width)
	}
	return nil
}

// columns counts them.
func columns(n int) string {
	if n == 1 {
		return "1 column"
	}
	return fmt.Sprintf("%d columns", n)
}

func (c *csvRows) header() []string { return c.names }
func (c *csvRows) width() int       { return len(c.record) }

func (c *csvRows) texts() int {
	n := 0
	for n < len(c.record) && !isNumber(pointed(c.record[n])) {
		n++
	}
	return n
}

func (c *csvRows) text(column int) string { return c.record[column] }

func (c *csvRows) number(column int) (float32, error) {
	cell := strings.TrimSpace(c.record[column])
	v, err := strconv.ParseFloat(cell, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 0, fmt.Errorf("%q is beyond the range of a number of 32 bits", brief(cell))
	case cell == "":
		return 0, errors.New("the cell is empty")
	case err != nil && isNumber(pointed(cell)):
		return 0, fmt.Errorf("%q has a decimal comma: save the table with points", brief(cell))
	case err != nil || strings.ContainsAny(cell, "xX_"):
		return 0, fmt.Errorf("%q is no number", brief(cell))
	case math.IsNaN(v) || math.IsInf(v, 0):
		return 0, fmt.Errorf("%q is no finite number", cell)
	}
	return float32(v), nil
}

func (c *csvRows) row() string {
	line, _ := c.r.FieldPos(0)
	return fmt.Sprintf("line %d", line)
}

func (c *csvRows) place(column int) string {
	line, _ := c.r.FieldPos(column)
	return fmt.Sprintf("line %d, %s", line, named(c.names, column))
}
