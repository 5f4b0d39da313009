package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/render"
)

// defaultDecoded is how many images a picture shows unless -n says.
const defaultDecoded = 64

type decodeOptions struct {
	model string
	n     int
	label labelFlag
	out   output
	quiet bool
}

func newDecode(s console.Streams) *cobra.Command {
	o := &decodeOptions{}
	c := &cobra.Command{
		Use:   "decode CODES",
		Short: "Draw the images that latents stand for",
		Long: `Decode latents: the image of each is the mean of p(x|z). What encode writes is
understood, as CSV or NPY, and so are tables that were edited or made elsewhere:

  with a header     the columns mu_0, mu_1, ... or z_0, z_1, ... in any order, with
                    name and label if they are there; logvar_* is passed over. Where
                    no column has such a name, those beside name and label are the
                    latents, in their order
  without a header  a column a latent; name, or name and label, may come before them
  NPY               an array [N, L] of floats or whole numbers; of [N, 2L], which
                    encode --logvar writes, the first half

Cells are separated by commas, semicolons, tabs or blanks. CODES is a file, or "-"
for stdin. With two stochastic layers the latents are those of the layer next to
the image, which encode writes.

A conditional model needs the label of each row: that of its column, or the one
that --label names for all. -o FOLDER/ writes each image under its row's name, or
its number. A row that is wrong ends the command; of a file nothing is written then.`,
		Example: `  vae encode images/ | vae decode - > grid.png
  vae decode latents.csv -n 100 --columns 20 -o grid.png
  vae decode latents.npy -o images.npy
  vae decode latents.csv -o images/
  vae decode latents.csv --label 7 > sevens.png`,
		Args: oneTable,
		RunE: func(c *cobra.Command, args []string) error { return runDecode(c.Context(), o, args[0], s) },
	}
	f := c.Flags()
	intFlag(f, &o.n, "number", "n", fmt.Sprintf("decode so many rows only (default %d in a picture, else all)", defaultDecoded))
	o.label.add(c, "class of all rows, by its `name`, for a conditional model (default each row's own label)")
	modelFlag(c, &o.model)
	outputFlags(c, &o.out, "png", "csv", "npy")
	gridFlags(c, &o.out.grid)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

func oneTable(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("no latents given: name a file of them, CSV or NPY, or - for stdin")
	case len(args) > 1:
		return usagef("%d tables given, the second being %q: decode them in separate calls", len(args), args[1])
	case args[0] == "":
		return usagef("the argument is empty: name a file of latents, or - for stdin")
	}
	return nil
}

func (o *decodeOptions) check(ctx context.Context, path string, s console.Streams) error {
	if err := o.out.resolve(s); err != nil {
		return err
	}
	switch given := o.out.flags.Changed("number"); {
	case given && o.n < 1:
		return usagef("-n %d: must be at least 1", o.n)
	case o.out.picture() && o.n > maxSamples:
		return usagef("-n %d: a picture holds at most %s images; use -o FOLDER/", o.n, console.Comma(maxSamples))
	case o.out.picture() && !given:
		o.n = defaultDecoded
	}
	if path == "-" {
		return nil
	}
	return spared(ctx, []string{path}, &o.out)
}

func runDecode(ctx context.Context, o *decodeOptions, path string, s console.Streams) error {
	if err := o.check(ctx, path, s); err != nil {
		return err
	}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	d := &decoding{decodeOptions: o, ctx: ctx, model: m, notes: console.Notes{W: s.Err, Quiet: o.quiet}}
	if err := d.open(path, s); err != nil {
		return err
	}
	defer d.input.Close()
	m.announce(d.notes)
	if d.columns.note != "" {
		d.notes.Printf("note: %s\n", d.columns.note)
	}
	if d.decoder, err = infer.NewDecoder(m.Model); err != nil {
		return err
	}
	switch {
	case o.out.picture():
		return d.picture(s)
	case d.input.Regular:
		if err := d.checkAll(path); err != nil {
			return err
		}
	}
	if o.out.folder() {
		return d.files()
	}
	return o.out.write(ctx, s, d.numbers)
}

// picture draws the images of all rows; their number must be known before the first.
func (d *decoding) picture(s console.Streams) error {
	if bytes := 4 * d.n * d.model.Latent(); bytes > maxStrip {
		return usagef("-n %d: so many rows of %s are too large for a picture: lower -n, or use -o FOLDER/", d.n, console.Count(d.model.Latent(), "latent"))
	}
	codes, err := d.rows(d.n)
	if err != nil {
		return err
	}
	if len(codes) == d.n && !d.out.flags.Changed("number") && d.more() {
		d.notes.Printf("the first %s are shown; -n N shows more\n", console.Count(len(codes), "row"))
	}
	grid := d.out.grid.grid(d.model.Shape(), s)
	next := d.images(func() ([]code, error) {
		n := min(len(codes), d.decoder.Rows())
		batch := codes[:n]
		codes = codes[n:]
		return batch, nil
	})
	draw := func(dst []float32) error {
		_, image, err := next()
		copy(dst, image)
		return err
	}
	if d.out.preview(s) {
		columns, rows := s.Size()
		return grid.Preview(s.Out, len(codes), columns, rows, draw)
	}
	total := len(codes)
	if err := grid.Validate(total); err != nil {
		return console.Usage(err)
	}
	return d.out.write(d.ctx, s, func(w io.Writer) error { return grid.PNG(w, total, draw) })
}

// each hands every row and its image to use, in order.
func (d *decoding) each(use func(code, []float32) error) error {
	next := d.images(func() ([]code, error) { return d.rows(d.decoder.Rows()) })
	for {
		c, image, err := next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := use(c, image); err != nil {
			return err
		}
	}
}

// numbers writes the pixels of all images.
func (d *decoding) numbers(w io.Writer) error {
	if d.out.format == "npy" {
		return d.array(w)
	}
	var header []string
	if d.columns.name >= 0 {
		header = append(header, "name")
	}
	if d.columns.label >= 0 {
		header = append(header, "label")
	}
	table := render.NewCSV(w, append(header, pixelColumns(d.model.Shape())...))
	err := d.each(func(c code, image []float32) error {
		var cells []string
		if d.columns.name >= 0 {
			cells = append(cells, console.ValidText(c.name))
		}
		if d.columns.label >= 0 {
			cells = append(cells, console.ValidText(c.label))
		}
		return table.Row(cells, image)
	})
	if err != nil {
		return err
	}
	return table.Flush()
}

func (d *decoding) array(w io.Writer) error {
	spool, err := render.NewNPYSpool(w, imageAxes(d.model.Shape())...)
	if err != nil {
		return err
	}
	defer spool.Abort()
	if err := d.each(func(_ code, image []float32) error { return spool.Write(image) }); err != nil {
		return err
	}
	return spool.Close()
}

// files writes each image to a file of its own.
func (d *decoding) files() error {
	shape, folder, taken := d.model.Shape(), console.ImageFolder{Path: d.out.path}, console.Names{}
	defer folder.Close()
	bad := 0
	reject := func(err error) {
		bad++
		fmt.Fprintf(d.notes.W, "vae: %s\n", console.OneLine(worded(err.Error())))
	}
	err := d.each(func(c code, image []float32) error {
		if path := folder.File(c.file()); !taken.Add(path) {
			reject(fmt.Errorf("%s: %s holds the image of another row already: give each a name of its own", c.place, path))
			return nil
		}
		err := folder.Write(c.file(), func(w io.Writer) error {
			return render.PNG(w, shape.Width, shape.Height, shape.Channels, image)
		})
		if console.BadName(err) {
			reject(err)
			return nil
		}
		return err
	})
	switch {
	case err != nil:
		return err
	case bad == d.read:
		return fmt.Errorf("none of %s could be written", console.Count(bad, "image"))
	case bad > 0:
		return console.PartialError{Bad: bad, Done: d.read - bad}
	}
	return nil
}
