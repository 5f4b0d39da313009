package cli

import (
	"fmt"
	"io"
	"slices"

	"vae/internal/render"
	"vae/internal/walk"
)

// codeRows writes points of a latent space as a table that decode takes. The first error stays.
type codeRows struct {
	reader *reader
	table  *render.CSV
	err    error
}

// codeRows begins a table: with names where the rows have some, the labels of a conditional model,
// and columns of these numbers before the latents.
func (r *reader) codeRows(w io.Writer, named bool, numbers ...string) *codeRows {
	var header []string
	if named {
		header = append(header, "name")
	}
	if r.labels.index != nil {
		header = append(header, "label")
	}
	header = append(header, numbers...)
	for j := range r.model.Latent() {
		header = append(header, fmt.Sprintf("z_%d", j))
	}
	return &codeRows{reader: r, table: render.NewCSV(w, header)}
}

// row writes a point, with its name or none, the label of the largest weight of mix [C], and its
// numbers.
func (c *codeRows) row(name []string, mix []float32, numbers, point []float32) {
	if c.err != nil {
		return
	}
	cells := slices.Clone(name)
	if c.reader.labels.index != nil {
		cells = append(cells, c.reader.model.Classes()[slices.Index(mix, slices.Max(mix))])
	}
	c.err = c.table.Row(c.reader.output.cells(cells...), slices.Concat(numbers, point))
}

func (c *codeRows) close() error {
	if c.err != nil {
		return c.err
	}
	return c.table.Flush()
}

// weights are those of point i of a mix [N,C]; nil of a model that is not conditional.
func weights(mix walk.Path, i int) []float32 {
	if mix.Latent == 0 {
		return nil
	}
	return mix.At(i)
}
