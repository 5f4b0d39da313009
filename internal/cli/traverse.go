package cli

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/evaluate"
	"vae/internal/run"
	"vae/internal/walk"
)

// Defaults and limits of a traversal.
const (
	traverseRows    = 10
	traverseColumns = 11
	filmColumns     = 25 // of a film, where each is a frame
	maxWalkSide     = 200
)

// traverseAxes are what the rows of a traversal may be.
type traverseAxes string

const (
	latentRows    traverseAxes = "latents"
	principalRows traverseAxes = "pca"
)

type traverseOptions struct {
	walkOptions
	rows     int
	latents  []int
	columns  int
	span     ends
	quantile float64
	axes     traverseAxes
	film     filmOptions
	flags    *pflag.FlagSet
}

func newTraverse(s console.Streams) *cobra.Command {
	o := &traverseOptions{rows: traverseRows, columns: traverseColumns, axes: latentRows}
	c := &cobra.Command{
		Use:   "traverse [IMAGE]",
		Short: "Draw what each latent does: its value varied, all others kept",
		Long: `Walk through the latent space: each row of the picture is one latent, each column
a value of it, and the image is what the model decodes then. All other latents
stay as they are, at the mean of the prior or, with IMAGE, at the code of that
image; there a frame marks the value nearest to the code's own.

The rows are the latents that carry something (KL above 0.01 nats), the largest KL
first; beside each stands its KL, which says how much it tells of an image.
--latent 3,7 draws these. Where the latents are a map, a row is a channel of it, which
changes at all places at once: those with the largest KL, or where that is not known
those that change the image most; --latent still names single ones. --axes pca draws the principal axes of the codes instead,
the directions in which codes differ most, each with its share of the variance.

The values go from -3 to 3 standard deviations of the prior. An autoencoder, PCA
and the layer next to the image of two stochastic layers have no such scale: there
they go through the quantiles of the codes from 5 % to 95 %. --range and
--quantile choose. A conditional model draws the class that --label names, or that
of the image.

` + amongHelp + `

A film (-o x.gif) has a frame a column, there and back, with its value below. NPY
holds the images, rows by columns; CSV the latents of each, which decode takes.`,
		Example: `  vae traverse > latents.png
  vae traverse drawing.png -o latents.png
  vae traverse mnist:test/00017 --latent 3,7 --range -2..2 --columns 15 -o two.png
  vae traverse --axes pca --quantile 0.02 -o axes.svg
  vae traverse -n 20 -o film.gif
  vae traverse --label 7 --format csv | vae decode - > sevens.png`,
		Args: maybeImage,
		RunE: func(c *cobra.Command, args []string) error {
			return runTraverse(c.Context(), o, append(args, "")[0], s)
		},
	}
	f := c.Flags()
	o.flags = f
	f.Var(numberList{list: &o.latents, example: "3,7"}, "latent", "latents to walk along, counted from 0, such as 3,7 (default those that carry something)")
	intFlag(f, &o.rows, "number", "n", fmt.Sprintf("rows at most, 1 to %d", maxWalkSide))
	intFlag(f, &o.columns, "columns", "", fmt.Sprintf("values of each, 1 to %d; of a film %d unless given", maxWalkSide, filmColumns))
	f.Var(&o.span, "range", "values, in standard deviations of a standard normal prior, else of the codes (default -3..3 of such a prior)")
	floatFlag(f, &o.quantile, "quantile", "values from this quantile of the codes to the same on the other side, such as 0.05 for 5 % to 95 %")
	f.Lookup("quantile").DefValue, f.Lookup("latent").DefValue = "", ""
	f.Var(&choice[traverseAxes]{&o.axes, []traverseAxes{latentRows, principalRows}}, "axes", "what the rows are: latents, or pca, the principal axes of the codes")
	explainEmpty(f, "axes")
	complete(c, "axes", config.Names([]traverseAxes{latentRows, principalRows}))
	f.BoolVar(&o.top, "top", false, "walk along the latents of the uppermost of two stochastic layers")
	walkFlags(c, &o.walkOptions)
	boardFlags(c, &o.out, "png", "svg", "gif", "npy", "csv")
	delayFlag(c, &o.film)
	return c
}

func maybeImage(_ *cobra.Command, args []string) error {
	switch {
	case len(args) > 1:
		return usagef("%d images given, the second being %q: a walk starts from one", len(args), args[1])
	case len(args) == 1 && args[0] == "":
		return usagef("the image is empty: name a file, or - for stdin, or leave it out")
	}
	return nil
}

// check refuses what makes no sense for any model.
func (o *traverseOptions) check() error {
	given := o.flags.Changed
	switch {
	case o.rows < 1 || o.rows > maxWalkSide:
		return usagef("-n %d: must be from 1 to %d", o.rows, maxWalkSide)
	case o.columns < 1 || o.columns > maxWalkSide:
		return usagef("--columns %d: must be from 1 to %d", o.columns, maxWalkSide)
	case given("quantile") && !(o.quantile >= 0 && o.quantile < 0.5):
		return usagef("--quantile %g: must be from 0 to below 0.5, such as 0.05", o.quantile)
	case given("quantile") && o.span.given:
		return usagef("--range and --quantile exclude each other: both say which values")
	case given("latent") && given("number"):
		return usagef("-n has no effect with --latent, which names the rows: leave one out")
	case given("latent") && o.axes == principalRows:
		return usagef("--latent names latents, and --axes pca draws principal axes of the codes: leave one out")
	case len(o.latents) > maxWalkSide:
		return usagef("--latent: a picture has at most %d rows", maxWalkSide)
	case o.top && o.axes == principalRows:
		return usagef("--axes pca: nothing is known of codes of the uppermost layer but their KL: leave out --top or --axes")
	case o.top && given("quantile"):
		return usagef("--quantile: nothing is known of codes of the uppermost layer but their KL: leave out --top or --quantile")
	}
	return nil
}

func runTraverse(ctx context.Context, o *traverseOptions, image string, s console.Streams) error {
	if err := o.check(); err != nil {
		return err
	}
	if err := o.checkWalk(ctx, image, s); err != nil {
		return err
	}
	if err := o.film.check(&o.out); err != nil {
		return err
	}
	if o.out.format == "gif" && !o.flags.Changed("columns") {
		o.columns = filmColumns
	}
	w, err := o.begin(ctx, image, s)
	if err != nil {
		return err
	}
	t := &traversal{traverseOptions: o, walking: w}
	if err := t.choose(ctx); err != nil {
		return err
	}
	if err := t.write(ctx, s); err != nil {
		return err
	}
	return w.partial()
}

// traversal is one call of the command at work.
type traversal struct {
	*traverseOptions
	*walking
	along  []walk.Axis // of the rows
	labels []string    // of the rows
	across columns
	remark string // on the choice of the rows
}

// choose settles rows and columns.
func (t *traversal) choose(ctx context.Context) error {
	if err := t.chooseAxes(ctx); err != nil {
		return err
	}
	for _, a := range t.along {
		t.labels = append(t.labels, t.label(a))
	}
	var err error
	t.across, err = t.chooseColumns(t.columns)
	return err
}

// chooseAxes settles the rows.
func (t *traversal) chooseAxes(ctx context.Context) error {
	last := t.space.Latent() - 1
	for i, j := range t.latents {
		switch {
		case j < 0 || j > last:
			return usagef("--latent %d: the latents of %s are 0 to %d", j, t.model.file, last)
		case slices.Index(t.latents, j) < i:
			return usagef("--latent: %d is named twice", j)
		}
		t.along = append(t.along, walk.Axis{Latent: j})
	}
	isMap := t.space.Places() > 1
	switch {
	case t.along != nil && isMap:
		t.remark = t.single()
		return nil
	case t.along != nil:
		return nil
	case t.axes == principalRows:
		return t.principal()
	case isMap:
		return t.channels(ctx)
	}
	t.rank()
	return nil
}

// leastShare is the part of the variance below which a principal axis is drawn only where it is
// said how many are.
const leastShare = 0.005

// principal makes rows of the principal axes of the codes; where all have little, of all.
func (t *traversal) principal() error {
	all := t.space.Axes(t.rows)
	if all == nil {
		return usagef("--axes pca: %s has no principal axes of its codes: %s", t.model.file, t.remedy(evaluate.MaxAxisLatents, "leave it out"))
	}
	for _, a := range all {
		if share, _ := t.space.Share(a); t.flags.Changed("number") || share >= leastShare {
			t.along = append(t.along, a)
		}
	}
	switch {
	case len(t.along) == 0: // as of several hundred latents that all carry as much
		t.along = all
	case len(t.along) < len(all):
		t.remark = fmt.Sprintf("axes with less than %g %% of the variance are left out; -n N draws so many", 100*leastShare)
	}
	return nil
}

// rank makes rows of the latents that carry something, or where it is said how many, of so many.
func (t *traversal) rank() {
	latents, active := t.space.Ranked()
	n := min(t.rows, active)
	if t.flags.Changed("number") || active == 0 {
		n = min(t.rows, len(latents))
	}
	for _, j := range latents[:n] {
		t.along = append(t.along, walk.Axis{Latent: j})
	}
	switch {
	case t.model.Latent() > run.MaxLatents:
		t.remark = fmt.Sprintf("of %s it is not known what they carry: they come by their number", console.Count(len(latents), "latent"))
	case !t.space.Known():
		t.remark = fmt.Sprintf("%s does not say what its latents carry, as files of this version do: they come by their number; --among IMAGES, such as mnist:test, measures it", t.model.file)
	case active == 0:
		t.remark = fmt.Sprintf("none of %s carries anything: the decoder ignores them", console.Count(len(latents), "latent"))
	case n < active:
		t.remark = fmt.Sprintf("the first %d of %d latents that carry something are drawn; -n N draws more", n, active)
	}
}

// label names a row, and says what it carries.
func (t *traversal) label(a walk.Axis) string {
	name := t.nameOf(a)
	if t.image != nil {
		name += " = " + console.Fixed(a.Coordinate(t.point), 2)
	}
	if share, ok := t.space.Share(a); ok {
		return fmt.Sprintf("%s  %s %%", name, console.Fixed(100*share, 1))
	}
	if kl, ok := t.space.KL(a); ok {
		return fmt.Sprintf("%s  KL %s", name, console.Fixed(kl, 2))
	}
	if t.space.Measured() {
		_, sd := t.space.Spread(a)
		return fmt.Sprintf("%s  sd %s", name, console.Fixed(sd, 2))
	}
	return name
}

// key says what the figures beside the rows are; "" where there are none.
func (t *traversal) key() string {
	if _, ok := t.space.Share(t.along[0]); ok {
		return "beside each its share of the variance"
	}
	if _, ok := t.space.KL(t.along[0]); ok {
		return "beside each its KL in nats"
	}
	if t.space.Measured() {
		return "beside each the sd of its codes"
	}
	return ""
}
