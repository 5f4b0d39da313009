package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
)

// pathKind says which way is taken from one code to another.
type pathKind string

const (
	straightPath  pathKind = "straight"
	sphericalPath pathKind = "spherical"
	graphPath     pathKind = "graph"
)

var pathKinds = []pathKind{straightPath, sphericalPath, graphPath}

// How many images a path has: unless -n says, and at the most.
const (
	defaultSteps     = 10
	defaultFilmSteps = 40
	maxSteps         = 10_000
	maxCornerSteps   = 300
)

type interpolateOptions struct {
	inputs    inputOptions // of --among, and of the images
	negate    bool         // the images
	path      pathKind
	among     []string
	neighbors int
	n         int
	seed      seed
	film      filmOptions
	out       output
}

func newInterpolate(s console.Streams) *cobra.Command {
	o := &interpolateOptions{path: straightPath, neighbors: 10, n: defaultSteps}
	c := &cobra.Command{
		Use:   "interpolate A B [C D]",
		Short: "Walk from one image to another through the latent space",
		Long: `Encode two images, walk from the one code to the other, and decode what lies on the
way: a row of images, between the two originals. With four images the codes between
them fill a square, with A and B at the upper corners and C and D at the lower ones.
A .gif is the walk as a film that says below how far it has come, with --loop there
and back; of four images it goes round, from A over B, D and C to A again.

Ways to go (--path):
  straight    in a straight line
  spherical   turning round the mean of the prior, as far from it as codes are; a
              straight line passes nearer to it, where there may be no codes
  graph       from code to code of the images that --among names, each time to one
              of the --neighbors nearest, the shortest way: it stays where images
              are, and stderr names those that it passes

How evenly the image changes on the way, the continuity, is printed to stderr: the
length of the path of images over that of ten steps as long as the longest, 1 at best,
as evaluate measures it on straight ways.

An image is a file, "-" for stdin, or one of a file of many by its number, such as
mnist:test/00017. Without images, --seed draws two codes from the prior instead.
A conditional model needs the label of each image: that of its folder (also of a
single file) or IDX file, or --label for all. Where the two have different labels,
both are given to the decoder on the way, by weight.

--format csv writes the codes of the way, which decode takes; npy the images as an
array.`,
		Example: `  vae interpolate mnist:test/00000 mnist:test/00001 -o path.png
  vae interpolate a.png b.png --path spherical -n 20 -o path.svg
  vae interpolate a.png b.png --path graph --among photos/ -o path.png
  vae interpolate a.png b.png --loop -o morph.gif
  vae interpolate a.png b.png c.png d.png -o square.png`,
		Args: pathEnds,
		RunE: func(c *cobra.Command, args []string) error { return runInterpolate(c.Context(), o, args, s) },
	}
	f := c.Flags()
	f.Var(&choice[pathKind]{&o.path, pathKinds}, "path", "way to go: straight, spherical or graph")
	complete(c, "path", config.Names(pathKinds))
	f.StringArrayVar(&o.among, "among", nil, "`images` to pass on the way, for --path graph; may be given several times")
	explainEmpty(f, "among")
	intFlag(f, &o.neighbors, "neighbors", "", "of --path graph: nearest codes that a code leads to; more are taken where these do not join the ends")
	intFlag(f, &o.n, "number", "n", fmt.Sprintf("images on the way, both ends among them, and of four images in a row and in a column; a film has %d unless given", defaultFilmSteps))
	seedFlag(c, &o.seed, "without images: seed of two draws from the prior")
	f.Lookup("seed").DefValue = ""
	f.BoolVar(&o.negate, "invert", false, "turn the images, dark drawings on a light ground, into light on dark")
	imageFlags(c, &o.inputs, "invert-among")
	o.inputs.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
	filmFlags(c, &o.film)
	boardFlags(c, &o.out, "png", "svg", "gif", "npy", "csv")
	return c
}

func pathEnds(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0 && c.Flags().Changed("seed"):
		return nil
	case len(args) == 0:
		return usagef("no images given: name two to walk between, four for a square, or draw two from the prior with --seed N")
	case len(args) == 1:
		return usagef("one image given: name the one to walk to as well")
	case len(args) != 2 && len(args) != 4:
		return usagef("%d images given: a path has two ends, and a square four corners", len(args))
	case slices.Contains(args, ""):
		return usagef("an image is empty: name a file, or - for stdin")
	}
	return nil
}

// checkFlags refuses what makes no sense for any model.
func (o *interpolateOptions) checkFlags(ctx context.Context, args []string, s console.Streams) error {
	given := o.out.flags.Changed
	switch {
	case slices.Contains(o.among, ""):
		return usagef("--among is empty: name files, folders or mnist:train, or leave it out")
	case twice(slices.Concat(args, o.among), "-"):
		return usagef("- is given twice: stdin is one image")
	case o.path == graphPath && len(o.among) == 0:
		return usagef("--path graph: no images to pass: name files, folders or mnist:train with --among")
	case o.path == graphPath && len(args) == 4:
		return usagef("--path graph leads from one image to another, and four are given: name two, or take --path spherical")
	case o.path != graphPath && len(o.among) > 0:
		return usagef("--among has no effect without --path graph, which passes those images")
	case o.path != graphPath && given("neighbors"):
		return usagef("--neighbors has no effect without --path graph")
	case o.neighbors < 1 || o.neighbors > maxNeighbors:
		return usagef("--neighbors %d: must be from 1 to %s", o.neighbors, console.Comma(maxNeighbors))
	case len(args) > 0 && given("seed"):
		return usagef("--seed draws the ends of the path, and %d images are given: leave one of them out", len(args))
	case len(args) == 0 && given("invert"):
		return usagef("--invert is for images, and none is given: leave it out")
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	if err := o.checkSteps(len(args) == 4); err != nil {
		return err
	}
	return spared(ctx, slices.Concat(args, o.among), &o.out)
}

// checkSteps settles how many images the path has.
func (o *interpolateOptions) checkSteps(square bool) error {
	film := o.out.format == "gif"
	switch {
	case film && !o.out.flags.Changed("number"):
		o.n = defaultFilmSteps
	case o.n < 2 || o.n > maxSteps:
		return usagef("-n %d: must be from 2, the ends alone, to %s", o.n, console.Comma(maxSteps))
	case square && !film && o.n > maxCornerSteps:
		return usagef("-n %d: a square has %d images a side at the most", o.n, maxCornerSteps)
	}
	if square && o.film.loop {
		return usagef("--loop goes there and back, and a film of four images goes round already: leave it out")
	}
	return o.film.check(&o.out)
}

func runInterpolate(ctx context.Context, o *interpolateOptions, args []string, s console.Streams) error {
	if err := o.checkFlags(ctx, args, s); err != nil {
		return err
	}
	r, err := o.inputs.prepare(s, &o.out, true)
	if err != nil {
		return err
	}
	if err := r.model.spares(&o.out); err != nil {
		return err
	}
	w := &interpolating{interpolateOptions: o, reader: r, ctx: ctx}
	if err := w.begin(args, s); err != nil {
		return err
	}
	r.model.announce(r.notes)
	if len(args) == 4 {
		err = w.square(s)
	} else {
		err = w.walk(s)
	}
	if err != nil {
		return err
	}
	return r.partial()
}
