package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
)

// Pairs shown in one picture: by default and at the most, since a picture's
// height must be known before its first line.
const (
	defaultPairs = 32
	maxPairs     = 10_000
)

type reconstructOptions struct {
	inputs inputOptions
	out    output
}

func newReconstruct(s console.Streams) *cobra.Command {
	o := &reconstructOptions{}
	c := &cobra.Command{
		Use:   "reconstruct IMAGES...",
		Short: "Show images beside what the model makes of them",
		Long: `Encode images, decode the means of their codes, and draw both: a row of
originals, below it the row of their reconstructions. Errors go to stderr: the
mean squared error a pixel (mse), pixels being 0 to 1, and for models with a
Bernoulli likelihood the binary cross-entropy in nats an image (bce). --format csv
writes these figures instead of a picture; -o FOLDER/ writes each reconstruction
to a file of its input's name.

` + inputHelp + "\n\n" + labelHelp + "\n\n" + shardHelp,
		Example: `  vae reconstruct images/ > pairs.png
  vae reconstruct mnist:test -n 100 --columns 20 -o pairs.png
  vae reconstruct images/ -o reconstructions/
  vae reconstruct mnist:test --format csv > errors.csv`,
		Args: someArguments,
		RunE: func(c *cobra.Command, args []string) error { return runReconstruct(c.Context(), o, args, s) },
	}
	inputFlags(c, &o.inputs, fmt.Sprintf("reconstruct so many images only (default %d in a picture, else all)", defaultPairs))
	o.inputs.shard.add(c)
	outputFlags(c, &o.out, "png", "csv", "npy", "parquet")
	gridFlags(c, &o.out.grid)
	return c
}

func runReconstruct(ctx context.Context, o *reconstructOptions, args []string, s console.Streams) error {
	shard := &o.inputs.shard
	if err := shard.resolve(&o.inputs, &o.out, s.Env); err != nil {
		return err
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	picture := o.out.picture()
	if picture && shard.given() {
		return shard.whole("a picture", "use -o FOLDER/, or --format csv, npy or parquet")
	}
	if picture && o.inputs.limit > maxPairs {
		return usagef("-n %d: a picture holds at most %s pairs; use -o FOLDER/", o.inputs.limit, console.Comma(maxPairs))
	}
	in, err := o.inputs.open(ctx, args, &o.out, s, func(*loaded) error { return nil })
	if err != nil {
		return err
	}
	defer in.stream.Close()
	if done, err := shard.done(in); done || err != nil {
		return err
	}
	if picture && !o.inputs.counted() {
		in.limit = defaultPairs
	}
	engine, err := infer.NewReconstructor(in.model.Model)
	if err != nil {
		return err
	}
	work := &reconstructing{out: &o.out, reader: in, engine: engine}
	switch {
	case picture:
		err = work.picture(ctx, s)
	case o.out.folder():
		err = work.files(ctx)
	default:
		err = shard.write(ctx, in, s, func(w io.Writer) error { return work.figures(ctx, w) })
	}
	if err != nil {
		return err
	}
	work.totals.print(in.notes)
	return in.partial()
}

// reconstructing is one call of the command at work.
type reconstructing struct {
	*reader
	out    *output
	engine *infer.Reconstructor
	totals errorTotals
}

// errLeftOut says that an image was named as bad and does not count.
var errLeftOut = errors.New("left out")

// each hands every image and its reconstruction to use, in order.
func (r *reconstructing) each(ctx context.Context, use func(dataset.Item, infer.Reconstruction) error) error {
	for {
		batch := r.batch()
		if len(batch) == 0 {
			return r.finish(ctx)
		}
		pairs, err := r.engine.Reconstruct(pixelsOf(batch), r.labels.ofAll(batch))
		if err != nil {
			return err
		}
		for i, pair := range pairs {
			measured := []float32{float32(pair.MSE)}
			if r.model.Likelihood().Facts().Probabilities {
				measured = append(measured, float32(pair.BCE))
			}
			if err := r.model.finite(batch[i].Name, pair.Image, measured...); err != nil {
				return err
			}
			err := use(batch[i], pair)
			if errors.Is(err, errLeftOut) {
				continue
			}
			if err != nil {
				return err
			}
			r.totals.add(pair)
		}
	}
}

// picture draws alternating rows of originals and reconstructions.
func (r *reconstructing) picture(ctx context.Context, s console.Streams) error {
	var pairs []infer.Reconstruction
	err := r.each(ctx, func(item dataset.Item, pair infer.Reconstruction) error {
		r.notes.Printf("%s: %s\n", item.Name, figures(pair.MSE, pair.BCE))
		pairs = append(pairs, pair)
		return nil
	})
	if err != nil {
		return err
	}
	return drawPairs(ctx, r.out, r.model, pairs, s)
}

// drawPairs draws alternating rows of originals and reconstructions, of at least one image.
func drawPairs(ctx context.Context, out *output, m *loaded, pairs []infer.Reconstruction, s console.Streams) error {
	grid := out.grid.grid(m.Shape(), s)
	columns, rows := s.Size()
	if grid.Columns == 0 {
		grid.Columns = pairColumns(grid, len(pairs))
	}
	if out.preview(s) {
		grid.Columns = min(grid.Columns, grid.PreviewColumns(2*len(pairs), columns, rows))
	}
	grid.Columns = min(grid.Columns, len(pairs))
	cells := (len(pairs) + grid.Columns - 1) / grid.Columns * 2 * grid.Columns
	next := pairCells(pairs, grid.Columns)
	if out.preview(s) {
		return grid.Preview(s.Out, cells, columns, rows, next)
	}
	if err := grid.Validate(cells); err != nil {
		return console.Usage(err)
	}
	return out.write(ctx, s, func(w io.Writer) error { return grid.PNG(w, cells, next) })
}

// pairColumns is how many pairs in a row make a picture nearly square. Images that are
// not twice as long as they are wide, or wide as long, are laid out as square ones.
func pairColumns(g render.Grid, pairs int) int {
	columns := math.Sqrt(2 * float64(pairs))
	if max(g.Width, g.Height) > 2*min(g.Width, g.Height) {
		columns = g.IdealColumns(2 * pairs)
	}
	return int(math.Ceil(columns))
}

// pairCells walks through a grid with a row of originals above each row of
// reconstructions; the last two rows may have empty cells.
func pairCells(pairs []infer.Reconstruction, columns int) func(dst []float32) error {
	cell := 0
	return func(dst []float32) error {
		row, column := cell/columns, cell%columns
		cell++
		i := row/2*columns + column
		switch {
		case i >= len(pairs):
			return render.ErrEmpty
		case row%2 == 0:
			copy(dst, pairs[i].Original)
		default:
			copy(dst, pairs[i].Image)
		}
		return nil
	}
}

// files writes each reconstruction under its input's name.
func (r *reconstructing) files(ctx context.Context) error {
	shape, folder, taken := r.model.Shape(), r.out.images(), console.Names{}
	defer folder.Close()
	return r.each(ctx, func(item dataset.Item, pair infer.Reconstruction) error {
		if path := folder.File(item.Name); !taken.Add(path) {
			r.fail(fmt.Errorf("%s: %s holds the reconstruction of another input already; give them in separate calls", item.Name, path))
			return errLeftOut
		}
		r.notes.Printf("%s: %s\n", item.Name, figures(pair.MSE, pair.BCE))
		err := folder.Write(item.Name, func(w io.Writer) error {
			return render.PNG(w, shape.Width, shape.Height, shape.Channels, pair.Image)
		})
		if console.BadName(err) {
			r.fail(err)
			return errLeftOut
		}
		return err
	})
}

// errorTotals adds up the errors of all images.
type errorTotals struct {
	images   int
	mse, bce float64
}

func (t *errorTotals) add(r infer.Reconstruction) {
	t.images++
	t.mse += r.MSE
	t.bce += r.BCE
}

func (t *errorTotals) print(n console.Notes) {
	if t.images == 0 {
		return
	}
	images := float64(t.images)
	n.Printf("mean of %s: %s\n", console.Count(t.images, "image"), figures(t.mse/images, t.bce/images))
}

func figures(mse, bce float64) string {
	text := fmt.Sprintf("mse %.6f", mse)
	if !math.IsNaN(bce) {
		text += fmt.Sprintf(", bce %.3f nats", bce)
	}
	return text
}
