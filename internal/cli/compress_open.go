package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"vae/internal/codec"
	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/vaez"
)

// compressing is one call of the command at work.
type compressing struct {
	*compressOptions
	*reader
	head    vaez.Head
	options codec.Options
	first   []dataset.Item // those by which the levels were chosen, without a model
	bytes   int            // of the model file
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
	levels, err := w.levels()
	if err != nil {
		return fmt.Errorf("%s: %w", r.model.file, err)
	}
	switch {
	case levels == codec.BlackAndWhite:
	case w.fit == fitDraw:
		return usagef("--fit=%s makes pixels black or white, and those of the model have %s levels: use --fit", fitDraw, console.Comma(levels))
	case w.mix == mixAlways:
		return usagef("--mix %s: pixels are mixed where they are black or white, and those of the model have %s levels: leave it out", mixAlways, console.Comma(levels))
	}
	file, err := os.ReadFile(r.model.file)
	if err != nil {
		return console.PathError(err)
	}
	w.bytes = len(file)
	w.options = codec.Options{Model: r.model.Model, Sum: codec.ModelSum(file), Samples: w.samples, Block: w.block, Fast: w.fast, Mix: mixes[w.mix]}
	if w.embed {
		w.options.Embed = file
	}
	w.setHead(r.model.Shape(), levels)
	if err := w.setLossy(); err != nil {
		return err
	}
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
	first := dataset.FirstShape
	if w.fit == "" {
		first = dataset.FirstExactShape
	}
	shape, err := first(ctx, args, w.inputs.maxPixels)
	if err != nil && len(args) == 1 && args[0] == "-" {
		return usagef("an image on stdin is compressed with a model alone, which says what shape it has: name its file")
	}
	if errors.As(err, new(dataset.ShapeError)) {
		return fmt.Errorf("%w: %s", err, hintOpaque)
	}
	if err != nil {
		return err
	}
	options := dataset.StreamOptions{
		Shape: shape, Exact: w.fit == "", Stdin: s.In, MaxPixels: w.inputs.maxPixels, Output: s.OutFile, AllPages: w.inputs.pages == config.AllPages,
	}
	if w.first, err = w.firstImages(ctx, args, options, s); err != nil {
		return err
	}
	levels := codec.BlackAndWhite
	if w.fit != fitDraw {
		levels = levelsOf(w.first, shape)
	}
	w.setHead(shape, levels)
	w.options = codec.Options{Samples: 1, Block: w.block}
	if w.inputs.shard.given() {
		return w.toPart(ctx, args, options, s)
	}
	return nil
}

// firstImages begins to read, and gives those that settle how many levels all have.
func (w *compressing) firstImages(ctx context.Context, args []string, o dataset.StreamOptions, s console.Streams) (first []dataset.Item, err error) {
	w.reader = &reader{options: &w.inputs, output: &w.out, rows: plainRows(o.Shape, 1<<26), limit: w.inputs.limit, notes: console.Notes{W: s.Err, Quiet: w.inputs.quiet}, labels: labels{named: -1}, hint: hintPlain}
	if w.inputs.shard.given() { // which tells of its own alone
		w.notes.W = io.Discard
	}
	if w.stream, err = dataset.Open(ctx, args, o); err != nil {
		return nil, err
	}
	first = w.batch()
	w.rows = plainRows(o.Shape, 1<<22)
	return first, nil
}

// toPart goes from the first of all images to those of a shard.
func (w *compressing) toPart(ctx context.Context, args []string, o dataset.StreamOptions, s console.Streams) (err error) {
	w.stream.Close()
	w.first = nil
	w.reader = &reader{options: &w.inputs, output: &w.out, rows: w.rows, shard: w.inputs.shard.Shard, notes: console.Notes{W: s.Err, Quiet: w.inputs.quiet}, labels: w.labels, hint: w.hint}
	o.Shard = w.shard
	w.stream, err = dataset.Open(ctx, args, o)
	return err
}

// plainRows are the images of about so many values that are read at a time without a model: fewer of large ones, and more of the first, which settle how
// many levels all have.
func plainRows(shape config.Shape, values int) int { return min(max(1, values/shape.Pixels()), 256) }

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
	w.head = vaez.Head{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Levels: levels, Names: !w.noNames && !w.noOrder, Fitted: w.fit != "", Unordered: w.noOrder}
}
