package cli

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/kernel"
)

// noModel is the --model that says that there is none.
const noModel = "none"

// The values of --mix.
const (
	mixAuto   = "auto"
	mixAlways = "always"
	mixNever  = "never"
)

var mixes = map[string]codec.Mix{mixAuto: codec.MixIfShorter, mixAlways: codec.MixAlways, mixNever: codec.MixNever}

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
	mix     string
	noOrder bool
	noNames bool
	fit     string
	lossy   string
	seed    uint64
}

func newCompress(s console.Streams) *cobra.Command {
	o := &compressOptions{samples: 1, seed: 1, mix: mixAuto}
	c := &cobra.Command{
		Use:   "compress IMAGES...",
		Short: "Compress images with a model, without loss or with some",
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

` + lossyHelp + `

` + inputForms + `, and "-" for one image on stdin. --files-from reads names of inputs from
a file, one a line.

` + labelHelp + "\n\n" + shardHelp,
		Example: `  vae compress images/ -o set.vaez
  vae compress mnist:test -m none > digits.vaez
  vae compress mnist:test --lossy 20B -o small.vaez
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
	f.BoolVar(&o.fast, "fast", false, "do not see whether a block is shorter without the model, nor whether mixing is (--mix always still mixes); with --lossy, round latents and see no further")
	f.StringVar(&o.mix, "mix", o.mix, "whether black and white pixels are told by the model and by those around them together: auto where that is shorter, and never with --fast; always; never")
	complete(c, "mix", []string{mixAuto, mixAlways, mixNever})
	f.BoolVar(&o.noOrder, "unordered", false, "the order of the images, and their names, are of no account: some 10 bits an image less in a set of thousands")
	f.StringVar(&o.lossy, "lossy", "", "keep images near to the originals: `RATE|QUALITY`, "+lossyForms)
	f.BoolVar(&o.noNames, "no-names", false, "leave out the names of the images, and their labels unless the model needs them")
	f.StringVar(&o.fit, "fit", "", "bring other images to what the model takes: nearest pixel, or draw it black or white by its grey")
	f.Lookup("fit").NoOptDefVal = fitNearest
	complete(c, "fit", []string{fitNearest, fitDraw})
	uintFlag(f, &o.seed, "seed", "", "seed of --fit=draw")
	f.StringVar(&o.list, "files-from", "", "read names of inputs from a `file`, one a line; - for stdin")
	keptFlags(c, &o.inputs, "compress so many images only")
	o.inputs.shard.add(c)
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
	if err := o.takeShard(); err != nil {
		return err
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
	if _, ok := mixes[o.mix]; !ok {
		return usagef("--mix %q: must be %s, %s or %s", o.mix, mixAuto, mixAlways, mixNever)
	}
	if o.noOrder && o.mix == mixAlways {
		return usagef("--unordered and --mix %s exclude each other: what is learned of the pixels around goes by the order of the images", mixAlways)
	}
	if o.inputs.model == noModel {
		for _, flag := range []string{"samples", "embed-model", "fast", "mix", "unordered", "label"} {
			if o.out.flags.Changed(flag) {
				return usagef("--%s has no effect without a model: leave it out, or name one with --model", flag)
			}
		}
	}
	if err := cmp.Or(o.checkLossy(), o.inputs.shard.resolve(&o.inputs, &o.out, s.Env)); err != nil {
		return err
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
	defer func() { work.stream.Close() }()
	if done, err := o.inputs.shard.done(work.reader); done || err != nil {
		return err
	}
	var report codec.Report
	err = o.inputs.shard.write(ctx, work.reader, s, func(w io.Writer) (err error) {
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
