package cli

import (
	"context"
	"errors"
	"fmt"
	"io"

	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/render"
	"vae/internal/table"
)

// decoding is one call of decode at work.
type decoding struct {
	*decodeOptions
	ctx     context.Context
	model   *loaded
	notes   console.Notes
	input   *console.Input
	table   *table.Table
	columns codeColumns
	classes map[string]int // of a conditional model, by the name as a table has it
	decoder *infer.Decoder
	read    int // rows so far
}

// code is a row of a table of latents.
type code struct {
	z           []float32 // [L]
	class       int       // of a conditional model
	name, label string    // "" for none
	number      int       // from 0
	place       string    // in the table, for a message
}

// file is the name of the row's image: its own, or its number, in a folder of its label.
func (c code) file() string {
	switch {
	case c.name != "":
		return c.name
	case c.label != "":
		return fmt.Sprintf("%s/%05d.png", c.label, c.number)
	}
	return fmt.Sprintf("%05d.png", c.number)
}

// open opens the table that path names, and sees which of its columns are what.
func (d *decoding) open(path string, s console.Streams) (err error) {
	if err := d.setClasses(); err != nil {
		return err
	}
	name := path
	if path == "-" {
		name, d.input = "stdin", console.StreamInput(d.ctx, s.In)
	} else if d.input, err = console.OpenInput(d.ctx, path); err != nil {
		return err
	}
	if err := d.start(name); err != nil {
		d.input.Close()
		return err
	}
	return nil
}

// start begins to read the table.
func (d *decoding) start(name string) (err error) {
	if d.table, err = table.Open(d.input, name); err != nil {
		return err
	}
	d.columns, err = findCodes(d.table.Header(), d.table.Width(), d.table.Texts(), d.model)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if d.classes != nil && d.columns.label < 0 && !d.label.given() {
		return usagef("%s is a conditional model, and %s has no column label: name the class of its rows with --label (%s)", d.model.file, name, console.Listed(d.model.Classes()))
	}
	return nil
}

// setClasses prepares to find the classes of a conditional model.
func (d *decoding) setClasses() error {
	if err := d.label.checkConditional(d.model); err != nil || len(d.model.Classes()) == 0 {
		return err
	}
	d.classes = map[string]int{}
	for i, name := range d.model.Classes() {
		d.classes[name] = i
	}
	return nil
}

// checkAll reads the whole of a file before anything is made of it, and goes back to its start.
func (d *decoding) checkAll(path string) error {
	for {
		rows, err := d.rows(infer.BatchRows)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
	}
	d.read = 0
	if err := d.input.Rewind(); err != nil {
		return err
	}
	return d.start(path)
}

// rows reads the next rows, at most most of them; none at the end. A table without any is an
// error.
func (d *decoding) rows(most int) ([]code, error) {
	if d.n > 0 {
		most = min(most, d.n-d.read)
	}
	var codes []code
	for len(codes) < most {
		if err := d.ctx.Err(); err != nil {
			return nil, err
		}
		err := d.table.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		c, err := d.row()
		if err != nil {
			return nil, err
		}
		codes = append(codes, c)
		d.read++
	}
	if d.read == 0 {
		return nil, errors.New(d.table.Name() + ": holds no row of latents")
	}
	return codes, nil
}

// more tells whether there is another row.
func (d *decoding) more() bool { return d.table.Next() == nil }

// row takes the row that the table is at.
func (d *decoding) row() (code, error) {
	c := code{z: make([]float32, len(d.columns.latents)), number: d.read, place: d.table.Place()}
	for i, column := range d.columns.latents {
		var err error
		if c.z[i], err = d.table.Number(column); err != nil {
			return c, err
		}
	}
	if d.columns.name >= 0 {
		c.name = cellText(d.table.Text(d.columns.name))
	}
	if d.columns.label >= 0 {
		c.label = cellText(d.table.Text(d.columns.label))
	}
	if d.classes == nil {
		return c, nil
	}
	return c, d.classify(&c)
}

// cellText is what a cell of text says, which may have been written by this program.
func cellText(cell string) string { return console.OriginalText(render.Unguarded(cell)) }

// classify finds the class of a row for a conditional model.
func (d *decoding) classify(c *code) (err error) {
	if d.label.given() {
		c.class, err = d.label.class(d.model)
		return err
	}
	if c.label == "" {
		return fmt.Errorf("%s: has no label, which a conditional model needs: write one, or name the class of all rows with --label", c.place)
	}
	class, ok := d.classes[c.label]
	if !ok {
		return fmt.Errorf("%s: has the label %q, which is no class of the model (%s): mend it, or name the class of all rows with --label", c.place, console.Brief(c.label), console.Listed(d.model.Classes()))
	}
	c.class = class
	return nil
}

// images decodes the rows that batch gives, at most those of the decoder at a time, and hands
// them out one by one, io.EOF after the last. An image is valid until the next call.
func (d *decoding) images(batch func() ([]code, error)) func() (code, []float32, error) {
	var codes []code
	var images [][]float32
	return func() (code, []float32, error) {
		if len(codes) == 0 {
			var err error
			if codes, err = batch(); err != nil {
				return code{}, nil, err
			}
			if len(codes) == 0 {
				return code{}, nil, io.EOF
			}
			if images, err = d.decode(codes); err != nil {
				return code{}, nil, err
			}
		}
		c, image := codes[0], images[0]
		codes, images = codes[1:], images[1:]
		return c, image, d.finite(c, image)
	}
}

func (d *decoding) decode(codes []code) ([][]float32, error) {
	latents := make([][]float32, len(codes))
	var labels []int
	for i, c := range codes {
		latents[i] = c.z
		if d.classes != nil {
			labels = append(labels, c.class)
		}
	}
	return d.decoder.Decode(latents, labels)
}

// finite refuses an image of which no number is one.
func (d *decoding) finite(c code, image []float32) error {
	if err := d.model.finite(c.place, image); err != nil {
		return fmt.Errorf("%w, or these latents are too large for it", err)
	}
	return nil
}
