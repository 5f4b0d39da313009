package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
)

// Limits of what is kept of the images searched.
const (
	maxNeighbors = 10_000
	maxStrip     = 1 << 30 // bytes of the images of a picture
	// maxStripSides is how wide images may be, in heights, to stand in one row.
	maxStripSides = 3
)

type neighborsOptions struct {
	inputs inputOptions // of the images to search
	among  []string
	negate bool // the one image
	k      int
	out    output
}

func newNeighbors(s console.Streams) *cobra.Command {
	o := &neighborsOptions{k: 10}
	c := &cobra.Command{
		Use:   "neighbors IMAGE --among IMAGES...",
		Short: "Find the images most similar to one image",
		Long: `Find the images whose codes are nearest to the code of one image: by the Euclidean
distance of the means of q(z|x), of an autoencoder or PCA of the codes. The result
is a table; a picture (--format png) shows the image first, then its neighbors,
the nearest first.

The image is a file, "-" for stdin, or one of a file of many by its number:
mnist:test/00017, t10k-images-idx3-ubyte/00017. --among names the images to
search, and may be given several times. The image itself is left out of them, by
file or number; a copy of it in another file is not.

` + inputHelp + `

A conditional model needs the label of each image: that of its folder or IDX
file. --label names the class of the one image, and of others without a label.`,
		Example: `  vae neighbors photo.png --among photos/
  vae neighbors photo.png --among photos/ --among more/ -n 5 -o strip.png
  vae neighbors mnist:test/00017 --among mnist:train > neighbors.csv`,
		Args: oneImage,
		RunE: func(c *cobra.Command, args []string) error { return runNeighbors(c.Context(), o, args[0], s) },
	}
	c.Flags().StringArrayVar(&o.among, "among", nil, "`images` to search; may be given several times")
	explainEmpty(c.Flags(), "among")
	intFlag(c.Flags(), &o.k, "number", "n", fmt.Sprintf("neighbors to find, 1 to %s", console.Comma(maxNeighbors)))
	c.Flags().BoolVar(&o.negate, "invert", false, "turn the one image, a dark drawing on a light ground, into light on dark")
	imageFlags(c, &o.inputs, "invert-among")
	o.inputs.label.add(c, "class of the image, and of others without a label, by its `name`, for a conditional model")
	outputFlags(c, &o.out, "csv", "png")
	o.out.single = true
	gridFlags(c, &o.out.grid)
	c.Flags().Lookup("columns").Usage = "images in a row of the picture (default all in one, unless they are very wide)"
	return c
}

func oneImage(_ *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("no image given: name the one whose neighbors are wanted, and where to search with --among")
	case len(args) > 1:
		return usagef("%d images given, the second being %q: neighbors are those of one image; put --among before each of the others, or name their folder", len(args), args[1])
	case args[0] == "":
		return usagef("the image is empty: name a file, or - for stdin")
	}
	return nil
}

// checkFlags refuses what makes no sense for any model.
func (o *neighborsOptions) checkFlags(ctx context.Context, image string, s console.Streams) error {
	switch {
	case len(o.among) == 0:
		return usagef("no images to search: name files, folders or mnist:train with --among")
	case slices.Contains(o.among, ""):
		return usagef("--among is empty: name files, folders or mnist:train, or leave it out")
	case twice(append([]string{image}, o.among...), "-"):
		return usagef("- is given twice: stdin is one image")
	case o.k < 1 || o.k > maxNeighbors:
		return usagef("-n %d: must be from 1 to %s", o.k, console.Comma(maxNeighbors))
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	return spared(ctx, append([]string{image}, o.among...), &o.out)
}

func runNeighbors(ctx context.Context, o *neighborsOptions, image string, s console.Streams) error {
	if err := o.checkFlags(ctx, image, s); err != nil {
		return err
	}
	r, err := o.inputs.prepare(s, &o.out, false)
	if err != nil {
		return err
	}
	if err := r.model.spares(&o.out); err != nil {
		return err
	}
	if shape := r.model.Shape(); o.out.format == "png" && o.k > maxStrip/shape.Pixels() {
		return usagef("-n %d: a picture of so many images of %v is too large: lower -n, or use --format csv", o.k, shape)
	}
	work := &searching{neighborsOptions: o, reader: r}
	if work.query, err = work.readQuery(ctx, image, s); err != nil {
		return err
	}
	if err := r.start(ctx, o.among, s); err != nil {
		return err
	}
	defer r.stream.Close()
	r.model.announce(r.notes)
	found, err := work.search(ctx)
	if err != nil {
		return err
	}
	if o.out.format == "csv" {
		err = o.out.write(ctx, s, func(w io.Writer) error { return work.table(w, found) })
	} else {
		err = work.strip(ctx, found, s)
	}
	if err != nil {
		return err
	}
	return r.partial()
}

// searching is one call of the command at work.
type searching struct {
	*neighborsOptions
	*reader // of the images to search
	query   *queryImage
}

type (
	neighbor = infer.Neighbor[dataset.Item]
	nearest  = infer.Nearest[dataset.Item]
)

// search encodes the query and then the candidates, of which it keeps the nearest.
func (r *searching) search(ctx context.Context) ([]neighbor, error) {
	encoder, err := infer.NewEncoder(r.model.Model)
	if err != nil {
		return nil, err
	}
	codes, err := encoder.Encode([]dataset.Pixels{r.query.Pixels}, r.query.labels)
	if err != nil {
		return nil, err
	}
	if err := r.model.finite(r.query.Name, codes[0].Mu); err != nil {
		return nil, err
	}
	best := infer.NewNearest[dataset.Item](codes[0].Mu, r.k)
	for {
		batch := r.batch()
		if len(batch) == 0 {
			break
		}
		if codes, err = encoder.Encode(pixelsOf(batch), r.labels.ofAll(batch)); err != nil {
			return nil, err
		}
		if err := r.offer(best, batch, codes); err != nil {
			return nil, err
		}
	}
	if err := r.finish(ctx); err != nil {
		return nil, err
	}
	if len(best.Found()) == 0 {
		return nil, errors.New("the images to search hold no other than the image itself")
	}
	r.remark()
	return best.Found(), nil
}

// offer keeps what is nearest of a batch of candidates.
func (r *searching) offer(best *nearest, batch []dataset.Item, codes []infer.Code) error {
	for i, code := range codes {
		distance := best.Distance(code.Mu)
		if err := r.model.finite(batch[i].Name, code.Mu, float32(distance)); err != nil {
			return err
		}
		if !best.Takes(distance) || r.isQuery(batch[i]) {
			continue
		}
		if r.out.format == "csv" {
			batch[i].Pixels = dataset.Pixels{} // which a table needs no more
		}
		best.Add(batch[i], distance)
	}
	return nil
}

// table writes the neighbors as CSV, the nearest first.
func (r *searching) table(w io.Writer, found []neighbor) error {
	table := render.NewCSV(w, append([]string{"rank"}, r.header("distance")...))
	for i, n := range found {
		cells := append([]string{strconv.Itoa(i + 1)}, r.cells(n.Item)...)
		if err := table.Row(cells, []float32{float32(n.Distance)}); err != nil {
			return err
		}
	}
	return table.Flush()
}

// strip draws the image and its neighbors.
func (r *searching) strip(ctx context.Context, found []neighbor, s console.Streams) error {
	for i, n := range found {
		r.notes.Printf("%d: %s, distance %.4g\n", i+1, n.Item.Name, n.Distance)
	}
	grid := r.out.grid.grid(r.model.Shape(), s)
	cells := len(found) + 1
	if wide := grid.Width > maxStripSides*grid.Height; grid.Columns == 0 && !wide && !r.out.preview(s) {
		grid.Columns = cells
	}
	cell := 0
	next := func(dst []float32) error {
		pixels := r.query.Pixels
		if cell > 0 {
			pixels = found[cell-1].Item.Pixels
		}
		cell++
		pixels.Floats(dst)
		return nil
	}
	if r.out.preview(s) {
		columns, rows := s.Size()
		return grid.Preview(s.Out, cells, columns, rows, next)
	}
	if err := grid.Validate(cells); err != nil {
		return console.Usage(err)
	}
	return r.out.write(ctx, s, func(w io.Writer) error { return grid.PNG(w, cells, next) })
}
