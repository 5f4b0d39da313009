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
	"vae/internal/kernel"
	"vae/internal/render"
)

// Limits of what is kept of the images searched.
const (
	maxNeighbors = 10_000
	maxStrip     = 1 << 30 // bytes of the images of a picture
)

type neighborsOptions struct {
	inputs // the images to search
	among  []string
	negate bool // the one image
	k      int
	out    output
}

func newNeighbors(s console.Streams) *cobra.Command {
	o := &neighborsOptions{}
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
	c.Flags().IntVarP(&o.k, "number", "n", 10, fmt.Sprintf("neighbors to find, 1 to %s", console.Comma(maxNeighbors)))
	c.Flags().BoolVar(&o.negate, "invert", false, "turn the one image, a dark drawing on a light ground, into light on dark")
	imageFlags(c, &o.inputs, "invert-among")
	o.label.add(c, "class of the image, and of others without a label, by its `name`, for a conditional model")
	outputFlags(c, &o.out, "csv", "png")
	o.out.single = true
	gridFlags(c, &o.out.grid)
	c.Flags().Lookup("columns").Usage = "images in a row of the picture (default all in one)"
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
func (o *neighborsOptions) checkFlags(image string, s console.Streams) error {
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
	return spared(append([]string{image}, o.among...), &o.out)
}

func runNeighbors(ctx context.Context, o *neighborsOptions, image string, s console.Streams) error {
	if err := o.checkFlags(image, s); err != nil {
		return err
	}
	m, err := o.prepare(s, false)
	if err != nil {
		return err
	}
	if o.out.format == "png" && o.k > maxStrip/m.Shape().Pixels() {
		return usagef("-n %d: a picture of so many images of %v is too large: lower -n, or use --format csv", o.k, m.Shape())
	}
	query, err := o.readQuery(ctx, image, m, s)
	if err != nil {
		return err
	}
	if err := o.start(ctx, o.among, m, s); err != nil {
		return err
	}
	defer o.stream.Close()
	m.announce(o.notes)
	found, err := o.search(ctx, query, m)
	if err != nil {
		return err
	}
	if o.out.format == "csv" {
		err = o.out.write(s, func(w io.Writer) error { return o.table(w, found) })
	} else {
		err = o.strip(query.Pixels, found, m, s)
	}
	if err != nil {
		return err
	}
	return o.partial()
}

type (
	neighbor = infer.Neighbor[dataset.Item]
	nearest  = infer.Nearest[dataset.Item]
)

// search encodes the query and then the candidates, of which it keeps the nearest.
func (o *neighborsOptions) search(ctx context.Context, query *queryImage, m *loaded) ([]neighbor, error) {
	encoder, err := infer.NewEncoder(m.Model)
	if err != nil {
		return nil, err
	}
	codes, err := encoder.Encode([][]uint8{query.Pixels}, query.labels)
	if err != nil {
		return nil, err
	}
	if err := m.finite(query.Name, codes[0].Mu); err != nil {
		return nil, err
	}
	best := infer.NewNearest[dataset.Item](codes[0].Mu, o.k)
	for {
		batch := o.batch(batchRows)
		if len(batch) == 0 {
			break
		}
		if codes, err = encoder.Encode(pixelsOf(batch), o.labels.ofAll(batch)); err != nil {
			return nil, err
		}
		if err := o.offer(best, batch, codes, query, m); err != nil {
			return nil, err
		}
	}
	if err := o.finish(ctx, m); err != nil {
		return nil, err
	}
	if len(best.Found()) == 0 {
		return nil, errors.New("the images to search hold no other than the image itself")
	}
	query.remark(o, m)
	return best.Found(), nil
}

// offer keeps what is nearest of a batch of candidates.
func (o *neighborsOptions) offer(best *nearest, batch []dataset.Item, codes []infer.Code, query *queryImage, m *loaded) error {
	for i, code := range codes {
		distance := best.Distance(code.Mu)
		if err := m.finite(batch[i].Name, code.Mu, float32(distance)); err != nil {
			return err
		}
		if !best.Takes(distance) || o.isQuery(batch[i], query) {
			continue
		}
		if o.out.format == "csv" {
			batch[i].Pixels = nil // which a table needs no more
		}
		best.Add(batch[i], distance)
	}
	return nil
}

// table writes the neighbors as CSV, the nearest first.
func (o *neighborsOptions) table(w io.Writer, found []neighbor) error {
	table := render.NewCSV(w, append([]string{"rank"}, o.header("distance")...))
	for i, n := range found {
		cells := append([]string{strconv.Itoa(i + 1)}, o.cells(n.Item)...)
		if err := table.Row(cells, []float32{float32(n.Distance)}); err != nil {
			return err
		}
	}
	return table.Flush()
}

// strip draws the image and its neighbors.
func (o *neighborsOptions) strip(query []uint8, found []neighbor, m *loaded, s console.Streams) error {
	for i, n := range found {
		o.notes.Printf("%d: %s, distance %.4g\n", i+1, console.OneLine(n.Item.Name), n.Distance)
	}
	grid := o.out.grid.grid(m.Shape(), s)
	cells := len(found) + 1
	if grid.Columns == 0 && !o.out.preview(s) {
		grid.Columns = cells
	}
	cell := 0
	next := func(dst []float32) error {
		pixels := query
		if cell > 0 {
			pixels = found[cell-1].Item.Pixels
		}
		cell++
		kernel.BytesToFloats(dst, pixels)
		return nil
	}
	if o.out.preview(s) {
		columns, rows := s.Size()
		return grid.Preview(s.Out, cells, columns, rows, next)
	}
	if err := grid.Validate(cells); err != nil {
		return console.Usage(err)
	}
	return o.out.write(s, func(w io.Writer) error { return grid.PNG(w, cells, next) })
}
