package console

import (
	"io"
	"strings"
	"text/tabwriter"
)

// Table writes rows of cells in columns as wide as they need to be.
type Table struct {
	w   *tabwriter.Writer
	err error
}

// NewTable returns a table without rows.
func NewTable(w io.Writer) *Table { return &Table{w: tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)} }

// Row adds a row. Rows may have different numbers of cells; the last one of a row may
// be of any width. Each is made one line.
func (t *Table) Row(cells ...string) {
	clean := make([]string, len(cells))
	for i, cell := range cells {
		clean[i] = OneLine(cell)
	}
	if _, err := io.WriteString(t.w, strings.Join(clean, "\t")+"\n"); t.err == nil {
		t.err = err
	}
}

// Flush writes what Row has added, and returns the first error of all.
func (t *Table) Flush() error {
	if err := t.w.Flush(); t.err == nil {
		t.err = err
	}
	return t.err
}
