package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
	"vae/internal/render/draw"
)

type encodeOptions struct {
	inputs       inputOptions
	logvar, draw bool
	seed         seed
	axes         string
	out          output
}

func newEncode(s console.Streams) *cobra.Command {
	o := &encodeOptions{}
	c := &cobra.Command{
		Use:   "encode IMAGES...",
		Short: "Write the latents of images",
		Long: `Write the latents of images, one row an image: the mean of q(z|x), which is the
same at each call; of an autoencoder or PCA the code. --logvar adds the
log-variances, --draw writes a draw from q(z|x) instead.

--format png or svg draws the latents as points, colored by label, with circles
of radius 1 and 2 where the prior is standard normal. Of more than two latents
the first two principal axes of the points are shown, or the two that --axes
names.

` + inputHelp + "\n\n" + labelHelp + "\n\n" + shardHelp,
		Example: `  vae encode images/ > latents.csv
  vae encode mnist:test --logvar -o latents.csv
  vae encode drawing.png --invert
  vae encode images/ -o latents.npy
  vae encode mnist:test -o latents.png
  vae encode mnist:test --axes 3,7 -o latents.svg
  vae encode images/ --shard 7/100 -o codes.csv`,
		Args: someArguments,
		RunE: func(c *cobra.Command, args []string) error { return runEncode(c.Context(), o, args, s) },
	}
	inputFlags(c, &o.inputs, "encode so many images only")
	o.inputs.shard.add(c)
	c.Flags().BoolVar(&o.logvar, "logvar", false, "write the log-variances too")
	c.Flags().BoolVar(&o.draw, "draw", false, "write a draw from q(z|x) instead of its mean")
	seedFlag(c, &o.seed, "seed of --draw")
	c.Flags().StringVar(&o.axes, "axes", "", "draw these two latents, `i,j`, counted from 0 (default of more than two: their first two principal axes)")
	explainEmpty(c.Flags(), "axes")
	outputFlags(c, &o.out, "csv", "npy", "parquet", "png", "svg")
	o.out.single, o.out.plot = true, true
	o.out.grid.scale = 1
	intFlag(c.Flags(), &o.out.grid.scale, "scale", "", fmt.Sprintf("make the whole picture so many times larger, 1 to %d, as PNG", draw.MaxScale))
	return c
}

// checkFlags refuses options that contradict each other.
func (o *encodeOptions) checkFlags(s console.Streams) error {
	switch {
	case o.logvar && o.draw:
		return usagef("--logvar and --draw exclude each other: a draw has no log-variance")
	case o.seed.given() && !o.draw:
		return usagef("--seed has no effect without --draw: the means are the same at each call")
	}
	if err := o.inputs.shard.resolve(&o.inputs, &o.out, s.Env); err != nil {
		return err
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	switch {
	case o.inputs.shard.given() && o.drawn():
		return o.inputs.shard.whole("a picture", "use --format csv, npy or parquet")
	case o.inputs.shard.given() && o.draw && !o.seed.given():
		return usagef("--shard: each part would draw with a seed of its own: name one with --seed, or leave --draw out")
	case o.drawn() && o.logvar:
		return usagef("--logvar: a picture shows no log-variances: leave it out, or use --format csv or npy")
	case !o.drawn() && o.out.flags.Changed("axes"):
		return usagef("--axes is for a picture, and %s holds all latents: use --format png or svg, or leave it out", o.out.format)
	}
	return checkScale(o.out.grid.scale)
}

// drawn tells whether the latents are drawn.
func (o *encodeOptions) drawn() bool { return o.out.format == "png" || o.out.format == "svg" }

// checkModel refuses what the model has not.
func (o *encodeOptions) checkModel(m *loaded) error {
	if (o.logvar || o.draw) && !m.Variational() {
		flag := map[bool]string{true: "--logvar", false: "--draw"}[o.logvar]
		return usagef("%s: the code of an image is a point in %s, of kind %s, without a variance: leave it out", flag, m.file, m.Config().Kind)
	}
	if !o.drawn() {
		return nil
	}
	_, err := newAxes(o.axes, m, o.out.flags.Changed("axes"))
	return err
}

func runEncode(ctx context.Context, o *encodeOptions, args []string, s console.Streams) error {
	if err := o.checkFlags(s); err != nil {
		return err
	}
	r, err := o.inputs.open(ctx, args, &o.out, s, o.checkModel)
	if err != nil {
		return err
	}
	defer r.stream.Close()
	if done, err := o.inputs.shard.done(r); done || err != nil {
		return err
	}
	work := &encoding{encodeOptions: o, reader: r}
	if o.draw {
		if work.noise, err = o.seed.resolve(); err != nil {
			return err
		}
		if !o.out.person { // else it would scroll away
			o.seed.tell(r.notes)
		}
	}
	if work.encoder, err = infer.NewEncoder(r.model.Model); err != nil {
		return err
	}
	if err := o.inputs.shard.write(ctx, r, s, func(w io.Writer) error { return work.write(ctx, w) }); err != nil {
		return err
	}
	if o.draw && o.out.person {
		o.seed.tell(r.notes)
	}
	return r.partial()
}

// encoding is one call of the command at work.
type encoding struct {
	*encodeOptions
	*reader
	encoder *infer.Encoder
	noise   uint64 // the seed of --draw
}

func (e *encoding) write(ctx context.Context, w io.Writer) error {
	rows, err := newRows(w, e)
	if err != nil {
		return err
	}
	defer rows.abort()
	if err := e.encodeAll(ctx, rows); err != nil {
		return err
	}
	return rows.close(ctx)
}

// encodeAll reads, encodes and writes batch by batch.
func (e *encoding) encodeAll(ctx context.Context, rows rows) error {
	z := make([]float32, e.model.Latent())
	for {
		batch := e.batch()
		if len(batch) == 0 {
			return e.finish(ctx)
		}
		codes, err := e.encoder.Encode(pixelsOf(batch), e.labels.ofAll(batch))
		if err != nil {
			return err
		}
		for i, code := range codes {
			values := code.Mu
			if e.draw {
				code.Draw(z, e.noise, batch[i].Number)
				values = z
			}
			if e.logvar {
				values = append(append(z[:0:0], code.Mu...), code.Logvar...)
			}
			if err := e.model.finite(batch[i].Name, values); err != nil {
				return err
			}
			if err := rows.row(batch[i], values); err != nil {
				return err
			}
		}
		if err := rows.flush(); err != nil {
			return err
		}
	}
}

// rows is a table of latents in one of the output formats.
type rows interface {
	row(item dataset.Item, values []float32) error
	flush() error // lets a reader see what there is
	close(ctx context.Context) error
	abort() // after an error; nothing after close
}

func newRows(w io.Writer, e *encoding) (rows, error) {
	if e.drawn() {
		return newPlot(w, e)
	}
	names := e.columns(e.model.Latent())
	if e.out.format == "npy" {
		spool, err := render.NewNPYSpool(w, len(names))
		return npyRows{spool}, err
	}
	if e.out.format == "parquet" {
		table, err := render.NewParquet(w, e.parquetColumns(names...))
		return parquetRows{table, e.texts}, err
	}
	return &csvRows{w: w, table: render.NewCSV(w, e.header(names...)), cells: e.cells}, nil
}

// columns names the values of a row.
func (o *encodeOptions) columns(latent int) []string {
	var names []string
	prefixes := []string{"mu"}
	if o.draw {
		prefixes = []string{"z"}
	}
	if o.logvar {
		prefixes = append(prefixes, "logvar")
	}
	for _, prefix := range prefixes {
		names = append(names, latentColumns(prefix, latent)...)
	}
	return names
}

// latentColumns name the latents in a table.
func latentColumns(prefix string, latent int) []string {
	names := make([]string, latent)
	for i := range names {
		names[i] = fmt.Sprintf("%s_%d", prefix, i)
	}
	return names
}
