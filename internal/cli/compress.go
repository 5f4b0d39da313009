package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/rng"
	"vae/internal/vaez"
)

// noModel is the --model that says that there is none.
const noModel = "none"

// How --fit brings images to the levels of the model.
const (
	fitNearest = "nearest"
	fitDraw    = "draw"
)

type compressOptions struct {
	inputs  inputOptions
	out     output
	list    string
	samples int
	block   int
	embed   bool
	fast    bool
	noNames bool
	fit     string
	seed    uint64
}

func newCompress(s console.Streams) *cobra.Command {
	o := &compressOptions{samples: 1, seed: 1}
	c := &cobra.Command{
		Use:   "compress IMAGES...",
		Short: "Compress images with a model, without loss",
		Long: `Compress images into one file, from which decompress makes them again, every pixel
as it was, on any machine. The model says how likely an image is, and so how
many bits it takes: about the loss that evaluate reports (bits-back coding with
asymmetric numeral systems, Townsend et al. 2019). The file can be opened with the
same model alone, unless --embed-model puts it in. A part of the images for which
that is shorter is coded by the pixels around each pixel, without the model;
-m none does so with all.

Images must have the shape of the model's, and be grey or of color as those
are; a Bernoulli likelihood takes black and white pixels alone, the others those
of the levels that they were trained on. Others are named and left out, and
the exit code is then 3. --fit brings them to that, and then the file holds what
was made of them.

` + inputForms + `, and "-" for one image on stdin. --files-from reads names of inputs from
a file, one a line.

` + labelHelp,
		Example: `  vae compress images/ -o set.vaez
  vae compress mnist:test -m none > digits.vaez
  vae compress images/ --samples 50 --embed-model -o set.vaez
  vae compress mnist:test --fit -o digits.vaez
  find . -name '*.png' | vae compress --files-from - -o set.vaez`,
		Args: func(c *cobra.Command, args []string) error {
			if o.list != "" && len(args) == 0 {
				return nil
			}
			return someArguments(c, args)
		},
		RunE: func(c *cobra.Command, args []string) error { return runCompress(c.Context(), o, args, s) },
	}
	f := c.Flags()
	modelFlag(c, &o.inputs.model)
	f.Lookup("model").Usage = "run `directory` or model file, or none (default the newest numbered run under runs/)"
	fileFlag(c, &o.out, "vaez")
	intFlag(f, &o.samples, "samples", "", "draws of each image's latents, of which a better one is the likelier to be used: smaller files, slower")
	intFlag(f, &o.block, "block", "", "images of a block, which is opened as a whole (default as many as have 4 million values)")
	f.BoolVar(&o.embed, "embed-model", false, "put the model into the file")
	f.BoolVar(&o.fast, "fast", false, "do not see whether a block is shorter without the model")
	f.BoolVar(&o.noNames, "no-names", false, "leave out the names of the images, and their labels unless the model needs them")
	f.StringVar(&o.fit, "fit", "", "bring other images to what the model takes: nearest pixel, or draw it black or white by its grey")
	f.Lookup("fit").NoOptDefVal = fitNearest
	complete(c, "fit", []string{fitNearest, fitDraw})
	uintFlag(f, &o.seed, "seed", "", "seed of --fit=draw")
	f.StringVar(&o.list, "files-from", "", "read names of inputs from a `file`, one a line; - for stdin")
	intFlag(f, &o.inputs.limit, "number", "n", "compress so many images only")
	o.inputs.counted = func() bool { return f.Changed("number") }
	o.inputs.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
	maxPixelsFlag(f, &o.inputs.maxPixels)
	pagesFlag(c, &o.inputs.pages)
	f.BoolVarP(&o.inputs.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

// fileFlag is -o of a command whose result is one binary file of one format.
func fileFlag(c *cobra.Command, o *output, format string) {
	o.format, o.formats, o.flags = format, []string{format}, c.Flags()
	c.Flags().StringVarP(&o.path, "output", "o", "", "write to `path` instead of stdout, which is -")
}

// resolveFile is resolve of such an output.
func (o *output) resolveFile(s console.Streams) error {
	if o.path == "-" {
		o.path = ""
	}
	switch {
	case o.path == "" && s.OutTerminal:
		return usagef("%s is binary and stdout is a terminal: use -o FILE or > FILE", o.format)
	case o.folder():
		return usagef("-o %s is a folder: name a file", o.path)
	}
	return o.checkPath()
}

func (o *compressOptions) check(s console.Streams) error {
	switch {
	case o.samples < 1 || o.samples > codec.MaxSamples:
		return usagef("--samples %d: must be from 1 to %s", o.samples, console.Comma(codec.MaxSamples))
	case o.out.flags.Changed("block") && o.block < 1:
		return usagef("--block %d: must be at least 1", o.block)
	case o.fit != "" && o.fit != fitNearest && o.fit != fitDraw:
		return usagef("--fit %q: must be %s or %s", o.fit, fitNearest, fitDraw)
	case o.out.flags.Changed("seed") && o.fit != fitDraw:
		return usagef("--seed has no effect without --fit=%s: leave it out", fitDraw)
	case o.inputs.counted() && o.inputs.limit < 1:
		return usagef("-n %d: must be at least 1", o.inputs.limit)
	}
	if o.inputs.model == noModel {
		for _, flag := range []string{"samples", "embed-model", "fast", "label"} {
			if o.out.flags.Changed(flag) {
				return usagef("--%s has no effect without a model: leave it out, or name one with --model", flag)
			}
		}
	}
	return o.out.resolveFile(s)
}

func runCompress(ctx context.Context, o *compressOptions, args []string, s console.Streams) error {
	if err := o.check(s); err != nil {
		return err
	}
	kernel.SelectReproducible()
	args, err := o.files(ctx, args, s)
	if err != nil {
		return err
	}
	if err := spared(ctx, args, &o.out); err != nil {
		return err
	}
	work := &compressing{compressOptions: o}
	if err := work.open(ctx, args, s); err != nil {
		return err
	}
	defer work.stream.Close()
	var report codec.Report
	err = o.out.write(ctx, s, func(w io.Writer) (err error) {
		report, err = work.write(ctx, w)
		return err
	})
	if err != nil {
		return err
	}
	work.tell(report)
	return work.partial()
}

// files are the inputs, those of --files-from behind the others.
func (o *compressOptions) files(ctx context.Context, args []string, s console.Streams) ([]string, error) {
	if o.list == "" {
		return args, nil
	}
	if o.list != "-" && sameFile(o.list, o.out.path) {
		return nil, usagef("-o %s is the list of --files-from: it would be overwritten; name another", o.out.path)
	}
	in := console.StreamInput(ctx, s.In)
	if o.list != "-" {
		var err error
		if in, err = console.OpenInput(ctx, o.list); err != nil {
			return nil, err
		}
		defer in.Close()
	}
	lines, number := bufio.NewScanner(in), 1
	for ; lines.Scan(); number++ {
		if name := strings.TrimSuffix(lines.Text(), "\r"); name != "" {
			args = append(args, name)
		}
	}
	if o.list == "-" && slices.Contains(args, "-") {
		return nil, usagef("stdin is an image and the list of --files-from: give it for one of them")
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("--files-from %s: line %s is longer than any name: it takes one name of an input a line", o.list, console.Comma(number))
	} else if err != nil {
		return nil, fmt.Errorf("--files-from %s: %w", o.list, err)
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("--files-from %s: names no input", o.list)
	}
	return args, nil
}

// compressing is one call of the command at work.
type compressing struct {
	*compressOptions
	*reader
	head    vaez.Head
	options codec.Options
	first   []dataset.Item // those by which the levels were chosen, without a model
	bytes   int            // of the model file
	drawn   int            // images
}

// open prepares the reading, with a model or without.
func (w *compressing) open(ctx context.Context, args []string, s console.Streams) error {
	if w.inputs.model == noModel {
		return w.openPlain(ctx, args, s)
	}
	r, err := w.inputs.prepare(s, &w.out, true)
	if err != nil {
		return err
	}
	w.reader, r.hint = r, hintModel
	if err := r.model.spares(&w.out); err != nil {
		return err
	}
	levels, err := codec.Levels(r.model.Model)
	if err != nil {
		return fmt.Errorf("%s: %w", r.model.file, err)
	}
	if w.fit == fitDraw && levels != codec.BlackAndWhite {
		return usagef("--fit=%s makes pixels black or white, and those of the model have %s levels: use --fit", fitDraw, console.Comma(levels))
	}
	file, err := os.ReadFile(r.model.file)
	if err != nil {
		return console.PathError(err)
	}
	w.bytes = len(file)
	w.options = codec.Options{Model: r.model.Model, Sum: codec.ModelSum(file), Samples: w.samples, Block: w.block, Fast: w.fast}
	if w.embed {
		w.options.Embed = file
	}
	w.setHead(r.model.Shape(), levels)
	options := r.streamOptions(s, false)
	options.Exact = w.fit == ""
	if err := r.startWith(ctx, args, options); err != nil {
		return err
	}
	r.model.announce(r.notes)
	return nil
}

// openPlain prepares to compress without a model: shape and levels are those of the first images.
func (w *compressing) openPlain(ctx context.Context, args []string, s console.Streams) error {
	shape, err := dataset.FirstShape(ctx, args, w.inputs.maxPixels)
	if err != nil && len(args) == 1 && args[0] == "-" {
		return usagef("an image on stdin is compressed with a model alone, which says what shape it has: name its file")
	}
	if err != nil {
		return err
	}
	w.reader = &reader{options: &w.inputs, output: &w.out, rows: plainRows, limit: w.inputs.limit, notes: console.Notes{W: s.Err, Quiet: w.inputs.quiet}, labels: labels{named: -1}, hint: hintPlain}
	w.stream, err = dataset.Open(ctx, args, dataset.StreamOptions{
		Shape: shape, Exact: w.fit == "", Stdin: s.In, MaxPixels: w.inputs.maxPixels, Output: s.OutFile, AllPages: w.inputs.pages == config.AllPages,
	})
	if err != nil {
		return err
	}
	w.first = w.batch()
	levels := codec.BlackAndWhite // as they are drawn
	if w.fit != fitDraw {
		levels = levelsOf(w.first, shape)
	}
	w.setHead(shape, levels)
	w.options = codec.Options{Samples: 1, Block: w.block}
	return nil
}

// plainRows are the images that are read at a time without a model.
const plainRows = 256

// levelsOf are the fewest, of those of common images, that all of some images have.
func levelsOf(items []dataset.Item, shape config.Shape) int {
	values := make([]uint16, shape.Pixels())
	for _, levels := range []int{codec.BlackAndWhite, 256} {
		all := true
		for _, item := range items {
			all = all && item.Pixels.Levels(values, levels)
		}
		if all {
			return levels
		}
	}
	return 1 << 16
}

func (w *compressing) setHead(shape config.Shape, levels int) {
	w.head = vaez.Head{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Levels: levels, Names: !w.noNames, Fitted: w.fit != ""}
}

// write compresses all images.
func (w *compressing) write(ctx context.Context, to io.Writer) (report codec.Report, err error) {
	if most := codec.MostImages(w.head); w.block > most {
		return report, usagef("--block %d: images of this size have at most %s in a block", w.block, console.Comma(most))
	}
	conditional := w.labels.index != nil
	w.head.Classes = conditional || w.stream.Labelled() && !w.noNames
	out, err := codec.NewWriter(to, w.head, w.options)
	if err != nil {
		return report, err
	}
	for {
		batch := w.first
		if w.first = nil; batch == nil {
			batch = w.batch()
		}
		if len(batch) == 0 {
			break
		}
		for _, item := range batch {
			if err := w.add(out, item); err != nil {
				return report, err
			}
		}
	}
	if err := w.finish(ctx); err != nil {
		return report, err
	}
	return out.Close()
}

// add compresses an image, if it is one of the model's.
func (w *compressing) add(out *codec.Writer, item dataset.Item) error {
	image := codec.Image{Values: make([]uint16, w.head.Values()), Name: item.Name, Label: item.Label}
	switch exact := item.Pixels.Levels(image.Values, w.head.Levels); {
	case w.fit == fitDraw && w.head.Levels == codec.BlackAndWhite:
		w.draw(image.Values, item.Pixels)
	case !exact && w.fit == "":
		w.fail(fitError{fmt.Errorf("%s: %s: %s", item.Name, w.otherLevels(), w.hint)})
		return nil
	}
	if w.labels.index != nil {
		image.Class, _ = w.labels.of(item)
		image.Label = w.model.Classes()[image.Class]
	}
	return out.Add(image)
}

// draw makes each pixel black or white, white with the probability of its grey.
func (w *compressing) draw(values []uint16, pixels dataset.Pixels) {
	grey, r := make([]float32, len(values)), rng.Stream(w.seed, "compress: binarization", uint64(w.drawn))
	w.drawn++
	pixels.Floats(grey)
	for i, p := range grey {
		values[i] = 0
		if r.Float64() < float64(p) {
			values[i] = 1
		}
	}
}

func (w *compressing) otherLevels() string {
	if w.head.Levels == codec.BlackAndWhite {
		return "has grey pixels, where those of " + w.owner() + " are black or white"
	}
	return fmt.Sprintf("has pixels between the %s levels of %s", console.Comma(w.head.Levels), w.owner())
}

func (w *compressing) owner() string {
	if w.model == nil {
		return "the first images"
	}
	return "the model"
}

// fitError is about an image that is not one of the model's.
type fitError struct{ error }

func (fitError) more() string { return "that are not like those" }

// The hints of such errors, with a model and without.
const (
	hintModel = "--fit brings images to that, and -m none compresses them without a model"
	hintPlain = "compress such images apart, or bring them to that with --fit"
)

// tell says what the file has come to.
func (w *compressing) tell(r codec.Report) {
	values := float64(r.Images) * float64(w.head.Values())
	rate := func(bits float64) string { return console.Fixed(bits/values, 4) }
	total := float64(8 * r.Parts.Total())
	w.notes.Printf("%s in %s bytes: %s bits a dimension\n", console.Count(r.Images, "image"), console.Comma(int(r.Parts.Total())), rate(total))
	if r.Pixels > 0 {
		w.notes.Printf("  pixels %s, latents %s, the first of each block by context %s, names %s, the rest %s\n", rate(float64(r.Pixels)), rate(float64(r.Latents)), rate(float64(r.Start)),
			rate(float64(8*r.Parts.Names)), rate(float64(8*(r.Parts.Frame+r.Parts.Coding))))
	}
	switch {
	case w.model == nil:
	case r.Pixels == 0:
		w.notes.Printf("without the model, for that is shorter: it is not needed to open the file\n")
	case w.embed:
		w.notes.Printf("the model is in the file, %s of its bytes\n", console.Comma(w.bytes))
	default:
		w.notes.Printf("the model is not in the file: to open it, %s is needed, %s bytes, whose SHA-256 begins with %x\n", w.model.file, console.Comma(w.bytes), w.options.Sum[:4])
	}
	if w.fit != "" {
		w.notes.Printf("--fit: the file holds the images as they were brought to %s, not the originals\n", w.owner())
	}
}
