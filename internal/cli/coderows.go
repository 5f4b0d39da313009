package cli

import (
	"fmt"
	"io"
	"slices"

	"vae/internal/render"
)

// codeRows writes points of a latent space as a table that decode takes. The first error stays.
type codeRows struct {
	reader *reader
	table  *render.CSV
	err    error
}

// codeRows begins a table whose rows begin with these columns, with the labels of a conditional
// model behind them.
func (r *reader) codeRows(w io.Writer, columns ...string) *codeRows {
	header := slices.Clone(columns)
	if r.labels.index != nil {
		header = append(header, "label")
	}
	for j := range r.model.Latent() {
		header = append(header, fmt.Sprintf("z_%d", j))
	}
	return &codeRows{reader: r, table: render.NewCSV(w, header)}
}

// row writes a point, with the label of the largest weight of mix [C].
func (c *codeRows) row(cells []string, point, mix []float32) {
	if c.err != nil {
		return
	}
	if c.reader.labels.index != nil {
		cells = append(cells, c.reader.model.Classes()[slices.Index(mix, slices.Max(mix))])
	}
	c.err = c.table.Row(c.reader.output.cells(cells...), point)
}

func (c *codeRows) close() error {
	if c.err != nil {
		return c.err
	}
	return c.table.Flush()
}
