package cli

import (
	"context"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/walk"
)

// How many strengths and images a picture of an attribute has.
const (
	attributeColumns     = 9
	attributeFilmColumns = 25
	attributeRows        = 10
	maxAttributeSide     = 200
)

type attributeOptions struct {
	inputs   inputOptions
	with     []string
	without  []string
	apply    []string
	strength ends
	columns  int
	save     string
	json     bool
	film     filmOptions
	out      output
}

func newAttribute(s console.Streams) *cobra.Command {
	o := &attributeOptions{strength: ends{from: -2, to: 2}, columns: attributeColumns}
	c := &cobra.Command{
		Use:   "attribute --with IMAGES --without IMAGES",
		Short: "Find the direction of an attribute, and add it to images",
		Long: `Find the direction in the latent space that makes the difference between images with
an attribute and images without: the mean of the codes of the ones, less that of the
others. It is added to the codes of the images that --apply names, or else to the mean
code of those without: a row an image, the original first, a column a strength. At
strength 1 the whole difference is added, at -1 it is taken away. A .gif goes through the
strengths, there and back.

How sure the direction is stands on stderr: its length in standard errors, where chance
alone makes about 1, and how well it tells images apart that it was not made of: the
part on their own side of the middle, and the probability that of two the one with the
attribute lies further (AUROC), by five-fold cross-validation. --json prints these
figures and the direction. --save FILE.npy keeps the direction alone.

` + codeSetHelp + `

--format csv writes the codes of all images of the picture, which decode takes; npy
the images as an array. A conditional model needs the label of each image: that of its
folder or IDX file, or --label for all.

` + inputHelp,
		Example: `  vae attribute --with smiling/ --without neutral/ --apply face.png -o smile.png
  vae attribute --with photos/@cat --without photos/@dog --apply photos/ -n 5 -o cats.png
  vae attribute --with mnist:test@7 --without mnist:test@1 --strength 0..1 -o bar.gif
  vae attribute --with smiling/ --without neutral/ --json --save smile.npy`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runAttribute(c.Context(), o, s) },
	}
	f := c.Flags()
	for _, set := range []struct {
		name, usage string
		list        *[]string
	}{
		{"with", "`images` with the attribute; may be given several times", &o.with},
		{"without", "`images` without it; may be given several times", &o.without},
		{"apply", "`images` to add the direction to, without any to the mean of --without; may be given several times", &o.apply},
	} {
		f.StringArrayVar(set.list, set.name, nil, set.usage)
	}
	f.Var(&o.strength, "strength", "how much of the direction is added, from the first column to the last")
	intFlag(f, &o.columns, "columns", "", fmt.Sprintf("strengths, 2 to %d; a film has %d unless given", maxAttributeSide, attributeFilmColumns))
	intFlag(f, &o.inputs.limit, "number", "n", fmt.Sprintf("add it to so many images at the most, 1 to %d", maxAttributeSide))
	o.inputs.limit = attributeRows
	f.Lookup("number").DefValue = fmt.Sprint(attributeRows)
	f.StringVar(&o.save, "save", "", "write the direction to this `file`, an array (NPY)")
	f.BoolVar(&o.json, "json", false, "print the figures and the direction as JSON; the picture then needs -o")
	imageFlags(c, &o.inputs, "invert")
	o.inputs.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
	delayFlag(c, &o.film)
	boardFlags(c, &o.out, "png", "svg", "gif", "npy", "csv")
	return c
}

// checkFlags refuses what makes no sense for any model.
func (o *attributeOptions) checkFlags(ctx context.Context, s console.Streams) error {
	all := slices.Concat(o.with, o.without, o.apply)
	switch {
	case len(o.with) == 0:
		return usagef("no images with the attribute: name them with --with")
	case len(o.without) == 0:
		return usagef("no images without the attribute: name them with --without")
	case twice(all, "-"):
		return usagef("- is given twice: stdin is one image")
	case o.columns < 2 || o.columns > maxAttributeSide:
		return usagef("--columns %d: must be from 2 to %d", o.columns, maxAttributeSide)
	case o.inputs.limit < 1 || o.inputs.limit > maxAttributeSide:
		return usagef("-n %d: must be from 1 to %d", o.inputs.limit, maxAttributeSide)
	case len(o.apply) == 0 && o.out.flags.Changed("number"):
		return usagef("-n has no effect without --apply")
	case o.out.path == "-" && o.json:
		return usagef("--json and the picture cannot both go to stdout: name a file with -o, or leave -o out")
	case o.drawsNothing() && o.out.flags.Changed("format"):
		return usagef("--format is that of the picture, and with --json there is one only where -o names a file: leave one of them out")
	}
	if err := o.checkOutputs(ctx, s, sourcesOf(all)); err != nil {
		return err
	}
	if o.out.format == "gif" && !o.out.flags.Changed("columns") {
		o.columns = attributeFilmColumns
	}
	return o.film.check(&o.out)
}

// drawsNothing tells whether the figures are all that is wanted.
func (o *attributeOptions) drawsNothing() bool { return o.json && o.out.path == "" }

// checkOutputs sees that both files can be written and replace nothing that is needed.
func (o *attributeOptions) checkOutputs(ctx context.Context, s console.Streams, sources []string) error {
	if o.drawsNothing() {
		o.out.format = o.out.formats[0]
	} else if err := o.out.resolve(s); err != nil {
		return err
	}
	if err := spared(ctx, sources, &o.out); err != nil || o.save == "" {
		return err
	}
	if o.out.path != "" && samePlace(o.save, o.out.path) {
		return usagef("--save and -o name the same file: %s", o.save)
	}
	if err := console.CheckFile(o.save); err != nil {
		return err
	}
	return sparedBy(ctx, "--save", o.save, false, sources)
}

func runAttribute(ctx context.Context, o *attributeOptions, s console.Streams) error {
	if err := o.checkFlags(ctx, s); err != nil {
		return err
	}
	r, err := o.inputs.prepare(s, &o.out, true)
	if err != nil {
		return err
	}
	if err := r.model.spares(&o.out); err != nil {
		return err
	}
	if o.save != "" {
		if err := r.model.sparesFile("--save", o.save); err != nil {
			return err
		}
	}
	r.limit = 0 // of the images to apply it to alone
	w := &attributing{attributeOptions: o, reader: r, ctx: ctx, sets: &codeSets{ctx: ctx, streams: s, first: r}}
	if err := w.find(); err != nil {
		return err
	}
	r.model.announce(r.notes)
	w.tell()
	if err := w.write(s); err != nil {
		return err
	}
	return w.sets.partial()
}

// attributing is one call of the command at work.
type attributing struct {
	*attributeOptions
	*reader
	ctx           context.Context
	sets          *codeSets
	some, others  *codeSet // with the attribute, and without
	direction     walk.Difference
	places        []float64  // the strengths
	rows          []*codeSet // what the direction is added to
	points, mixes walk.Path  // row by row
}

// find encodes all images, and finds the direction.
func (w *attributing) find() (err error) {
	if w.some, err = w.sets.read(w.with...); err != nil {
		return err
	}
	if w.others, err = w.sets.read(w.without...); err != nil {
		return err
	}
	w.direction = walk.Differ(w.some.codes, w.others.codes, w.model.Latent())
	if w.drawsNothing() {
		return nil
	}
	w.places = walk.Spaced(w.strength.from, w.strength.to, w.columns)
	return w.apply()
}

// apply makes the codes of the picture.
func (w *attributing) apply() error {
	l := w.model.Latent()
	if len(w.attributeOptions.apply) == 0 {
		w.rows = []*codeSet{{name: "mean of " + w.others.name, codes: floats32(w.others.mean(l)), mix: w.others.mix}}
	}
	for _, arg := range w.attributeOptions.apply {
		if err := w.addRows(arg); err != nil {
			return err
		}
	}
	w.points, w.mixes = walk.Path{Latent: l}, walk.Path{Latent: len(w.model.Classes())}
	for _, row := range w.rows {
		for _, strength := range w.places {
			for j, v := range row.codes {
				w.points.Z = append(w.points.Z, float32(float64(v)+float64(strength*w.direction.Vector[j])))
			}
			w.mixes.Z = append(w.mixes.Z, row.mix...)
		}
	}
	if n, pixels := w.points.Len(), w.model.Shape().Pixels(); n > maxStrip/4/max(pixels, l) {
		return usagef("%s of %v are too large for one picture: lower -n or --columns", console.Count(n, "image"), w.model.Shape())
	}
	return nil
}

// addRows reads images to apply the direction to, as many as there is room for.
func (w *attributing) addRows(arg string) error {
	most := w.inputs.limit - len(w.rows)
	if most < 1 {
		return nil
	}
	images, err := w.sets.single(arg, most)
	w.rows = append(w.rows, images...)
	return err
}

// write writes what was asked for.
func (w *attributing) write(s console.Streams) error {
	if w.json {
		encoder := console.NewJSON(s.Out)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(w.figures()); err != nil {
			return err
		}
	}
	if !w.drawsNothing() {
		if err := w.draw(s); err != nil {
			return err
		}
	}
	if w.save == "" {
		return nil
	}
	return console.WriteFile(w.ctx, w.save, func(out io.Writer) error {
		a, err := render.NewNPY(out, 1, w.model.Latent())
		if err != nil {
			return err
		}
		if err := a.Write(floats32(w.direction.Vector)); err != nil {
			return err
		}
		return a.Close()
	})
}

func floats32(values []float64) []float32 {
	out := make([]float32, len(values))
	for i, v := range values {
		out[i] = float32(v)
	}
	return out
}
