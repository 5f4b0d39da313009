package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"vae/internal/console"
	"vae/internal/table"
)

// The columns of a map's table beside name, label and the codes.
const (
	acrossColumn = "x"
	upColumn     = "y"
	placedColumn = "placed"
)

// mapTable is a table of codes, or of a map, that is read.
type mapTable struct {
	input                     *console.Input
	table                     *table.Table
	name, label, x, y, placed int   // columns, -1 for none
	latents                   []int // [L] columns
	columns                   []string
	note                      string
	values                    []float32
}

// openMapTable opens a table and finds out which of its columns are what.
func openMapTable(ctx context.Context, path string, stdin io.Reader) (t *mapTable, err error) {
	t = &mapTable{name: -1, label: -1, x: -1, y: -1, placed: -1}
	name := path
	if path == "-" {
		name, t.input = "stdin", console.StreamInput(ctx, stdin)
	} else if t.input, err = console.OpenInput(ctx, path); err != nil {
		return nil, err
	}
	if t.table, err = table.Open(t.input, name); err == nil {
		if err = t.find(); err != nil {
			err = fmt.Errorf("%s: %w", name, err)
		}
	}
	if err != nil {
		t.input.Close()
		return nil, err
	}
	return t, nil
}

func (t *mapTable) find() error {
	header := t.table.Header()
	if header == nil {
		return t.findPlain()
	}
	t.name, t.label = slices.Index(header, "name"), slices.Index(header, "label")
	t.x, t.y, t.placed = slices.Index(header, acrossColumn), slices.Index(header, upColumn), slices.Index(header, placedColumn)
	if (t.x < 0) != (t.y < 0) {
		t.x, t.y = -1, -1
	}
	if err := t.findLatents(header); err != nil {
		return err
	}
	for _, column := range t.latents {
		t.columns = append(t.columns, header[column])
	}
	if len(t.latents) == 0 && t.x < 0 {
		return fmt.Errorf("has no column of codes, mu_0, mu_1, ..., and none of a map, %s and %s", acrossColumn, upColumn)
	}
	return nil
}

// findLatents takes mu_0, mu_1, ... or z_0, z_1, ..., or what is left where no column has
// such a name.
func (t *mapTable) findLatents(header []string) error {
	for _, prefix := range latentPrefixes {
		columns, err := numbered(header, prefix)
		if err != nil {
			return err
		}
		if len(columns) > 0 && len(t.latents) > 0 {
			return fmt.Errorf("has columns mu_... and z_...: leave one of them out")
		}
		t.latents = append(t.latents, columns...)
	}
	known := slices.Concat([]int{t.name, t.label, t.x, t.y, t.placed}, t.latents)
	var others []int
	for column, name := range header {
		index := column == 0 && (name == "" || name == "Unnamed: 0") // of pandas
		if !index && !slices.Contains(known, column) && !strings.HasPrefix(name, variancePrefix+"_") {
			others = append(others, column)
		}
	}
	if len(t.latents) == 0 {
		t.latents = others
		return nil
	}
	var names []string
	for _, column := range others {
		names = append(names, header[column])
	}
	if len(names) > 0 {
		t.note = "columns that are no codes are passed over: " + console.Listed(names)
	}
	return nil
}

// findPlain takes the columns of a table without a header: name and label, if they are
// text, and codes.
func (t *mapTable) findPlain() error {
	texts, width := t.table.Texts(), t.table.Width()
	switch {
	case texts > 2:
		return fmt.Errorf("has %s of text before the first number: at most name and label are understood", console.Count(texts, "column"))
	case texts > 0:
		t.name = 0
	}
	if texts == 2 {
		t.label = 1
	}
	for column := texts; column < width; column++ {
		t.latents = append(t.latents, column)
	}
	if len(t.latents) == 0 {
		return fmt.Errorf("has no column of numbers")
	}
	t.columns = latentColumns("mu", len(t.latents))
	return nil
}

// rows are the rows to read into.
func (t *mapTable) rows() *mapRows {
	return &mapRows{source: t.table.Name(), columns: t.columns, named: t.name >= 0, labelled: t.label >= 0}
}

// read appends the row that the table is at.
func (t *mapTable) read(rows *mapRows) error {
	t.values = t.values[:0]
	for _, column := range t.latents {
		v, err := t.table.Number(column)
		if err != nil {
			return err
		}
		t.values = append(t.values, v)
	}
	var name, label string
	if t.name >= 0 {
		name = cellText(t.table.Text(t.name))
	}
	if t.label >= 0 {
		label = cellText(t.table.Text(t.label))
	}
	if err := t.readPlace(rows); err != nil {
		return err
	}
	return rows.add(name, label, t.values)
}

// readPlace appends the place of the row on the map that was saved.
func (t *mapTable) readPlace(rows *mapRows) error {
	if t.x < 0 {
		return nil
	}
	for _, column := range []int{t.x, t.y} {
		v, err := t.table.Number(column)
		if err != nil {
			return err
		}
		rows.places = append(rows.places, v)
	}
	if t.placed < 0 {
		return nil
	}
	v, err := t.table.Number(t.placed)
	if err == nil && v != 0 && v != 1 {
		err = fmt.Errorf("%s: the column %s is %v: it is 1 for what was put on the map, and 0 for the others", t.table.Place(), placedColumn, v)
	}
	rows.placed = append(rows.placed, v == 1)
	return err
}
