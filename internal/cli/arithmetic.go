package cli

import (
	"context"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/walk"
)

type arithmeticOptions struct {
	inputs inputOptions
	out    output
}

func newArithmetic(s console.Streams) *cobra.Command {
	o := &arithmeticOptions{}
	c := &cobra.Command{
		Use:   "arithmetic A - B + C",
		Short: "Add and subtract the codes of images, and decode the sum",
		Long: `Add and subtract codes, and decode what comes out: smiling faces less others, added to
a face, should make it smile. A sum begins with an image; then come + or - and an
image in turn, with spaces between, any number of times. So a - in the place of an
image is the one on stdin.

` + codeSetHelp + `

The picture shows what goes in, single images as they are and for others the image of
their mean code, and last what comes out. A single image alone is encoded and decoded.
--format csv writes the code of the sum, npy its image. 'vae attribute' measures how sure
such a difference is, and adds it more or less strongly.

A conditional model needs the label of each image: that of its folder or IDX file, or
--label for all. The sum is decoded with the label of the last summand that is added.

` + inputHelp,
		Example: `  vae arithmetic smiling/ - neutral/ + face.png -o smile.png
  vae arithmetic mnist:test@4 - mnist:test@9 + mnist:test/00007 > sum.png
  vae arithmetic a.png + b.png - c.png --format csv | vae decode - > sum.png`,
		Args: func(_ *cobra.Command, args []string) error { _, err := parseTerms(args); return err },
		RunE: func(c *cobra.Command, args []string) error { return runArithmetic(c.Context(), o, args, s) },
	}
	imageFlags(c, &o.inputs, "invert")
	o.inputs.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
	boardFlags(c, &o.out, "png", "svg", "npy", "csv")
	return c
}

// term is a summand.
type term struct {
	minus bool
	arg   string
}

func (t term) sign() string { return map[bool]string{true: "-", false: "+"}[t.minus] }

// maxTerms is the most summands.
const maxTerms = 50

// parseTerms reads a sum: operands at even places, + or - between.
func parseTerms(args []string) ([]term, error) {
	switch {
	case len(args) == 0:
		return nil, usagef("no images given: write a sum, such as A - B + C")
	case len(args) > 2*maxTerms-1:
		return nil, usagef("%d arguments: a sum has at most %d summands", len(args), maxTerms)
	}
	terms := []term{{arg: args[0]}}
	for i := 1; i < len(args); i += 2 {
		switch op := args[i]; {
		case op != "+" && op != "-":
			return nil, usagef("%q stands where + or - is expected: write a sum with spaces between, such as A - B + C", console.Brief(op))
		case i+1 == len(args):
			return nil, usagef("the sum ends with %s: name what is to be added or subtracted", op)
		}
		terms = append(terms, term{args[i] == "-", args[i+1]})
	}
	operands := argsOf(terms)
	switch {
	case slices.Contains(operands, ""):
		return nil, usagef("an operand is empty: name an image, a folder, or - for stdin")
	case twice(operands, "-"):
		return nil, usagef("- is given twice as an image: stdin is one image")
	}
	return terms, nil
}

func argsOf(terms []term) []string {
	args := make([]string, len(terms))
	for i, t := range terms {
		args[i] = t.arg
	}
	return args
}

func runArithmetic(ctx context.Context, o *arithmeticOptions, args []string, s console.Streams) error {
	terms, err := parseTerms(args)
	if err != nil {
		return err
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	if err := spared(ctx, sourcesOf(argsOf(terms)), &o.out); err != nil {
		return err
	}
	r, err := o.inputs.prepare(s, &o.out, true)
	if err != nil {
		return err
	}
	if err := r.model.spares(&o.out); err != nil {
		return err
	}
	sets := &codeSets{ctx: ctx, streams: s, first: r}
	sum := &summing{arithmeticOptions: o, reader: r, title: strings.Join(args, " ")}
	for _, t := range terms {
		set, err := sets.read(t.arg)
		if err != nil {
			return err
		}
		sum.add(t, set)
	}
	r.model.announce(r.notes)
	if err := sum.write(ctx, s); err != nil {
		return err
	}
	return sets.partial()
}

// summing is one call of the command at work.
type summing struct {
	*arithmeticOptions
	*reader
	title  string
	terms  []term
	sets   []*codeSet
	points walk.Path // the codes of the operands, then that of the sum
	mix    walk.Path // their labels, of a conditional model
}

func (w *summing) add(t term, set *codeSet) {
	w.terms, w.sets = append(w.terms, t), append(w.sets, set)
	if text := set.text(w.model.Latent()); text != set.name {
		w.notes.Printf("%s\n", text)
	}
}

// sum computes all codes.
func (w *summing) sum() {
	l := w.model.Latent()
	sum := make([]float64, l)
	w.points = walk.NewPath(len(w.terms)+1, l)
	last := 0
	for i, t := range w.terms {
		for j, v := range w.sets[i].mean(l) {
			w.points.At(i)[j] = float32(v)
			if t.minus {
				v = -v
			}
			sum[j] += v
		}
		w.mix.Z = append(w.mix.Z, w.sets[i].mix...)
		if !t.minus {
			last = i
		}
	}
	for j, v := range sum {
		w.points.At(len(w.terms))[j] = float32(v)
	}
	w.mix.Z = append(w.mix.Z, w.sets[last].mix...)
	w.mix.Latent = len(w.model.Classes())
}

func (w *summing) write(ctx context.Context, s console.Streams) error {
	w.sum()
	images, err := w.decode(ctx, w.points, w.mix)
	if err != nil {
		return err
	}
	n, shape := len(w.terms), w.model.Shape()
	switch w.out.format {
	case "npy":
		return w.out.array(ctx, s, shape, images[n*shape.Pixels():], 1)
	case "csv":
		return w.out.write(ctx, s, func(out io.Writer) error {
			rows := w.codeRows(out, true)
			rows.row([]string{w.title}, weights(w.mix, n), nil, w.points.At(n))
			return rows.close()
		})
	}
	b := &board{shape: shape, title: w.title, width: n + 1, images: each(images, shape.Pixels())}
	for i, t := range w.terms {
		if w.sets[i].image != nil {
			b.images[i] = w.sets[i].image
		}
		b.columns = append(b.columns, t.sign())
	}
	b.columns = append(b.columns, "=")
	b.columns[0] = ""
	return b.write(ctx, &w.out, s)
}
