package cli

import (
	"context"
	"errors"
	"fmt"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/render"
)

// reader reads the images that arguments name, and keeps account of them.
type reader struct {
	options *inputOptions
	output  *output
	model   *loaded
	labels  labels // of a conditional model
	rows    int    // of a batch
	limit   int    // most images; 0 for all
	shard   dataset.Shard
	only    string // the label of the images that are wanted; "" for all
	notes   console.Notes
	stream  *dataset.Stream
	check   dataset.InversionCheck
	done    int
	bad     int
	alike   int    // of the bad, those of which there are often many with the same fault
	unlike  int    // of the bad, those that are not like the model's: --number counts them
	more    string // what those that are not named have
	hint    string // what helps an image that is not like the model's, where nothing may be done to it
	lone    error  // the first bad input, not named yet: alone it is the error of the command
}

// open loads the model, which check may refuse, and starts reading.
func (in *inputOptions) open(ctx context.Context, args []string, out *output, s console.Streams, check func(*loaded) error) (*reader, error) {
	if err := spared(ctx, args, out); err != nil {
		return nil, err
	}
	if in.counted() && in.limit < 1 {
		return nil, usagef("-n %d: must be at least 1", in.limit)
	}
	r, err := in.prepare(s, out, true)
	if err != nil {
		return nil, err
	}
	if err := r.model.spares(out); err != nil {
		return nil, err
	}
	if err := check(r.model); err != nil {
		return nil, err
	}
	if err := r.start(ctx, args, s); err != nil {
		return nil, err
	}
	r.model.announce(r.notes)
	return r, nil
}

// prepare loads the model; all says that --label is for all images.
func (in *inputOptions) prepare(s console.Streams, out *output, all bool) (*reader, error) {
	m, err := loadModel(in.model)
	if err != nil {
		return nil, err
	}
	l, err := newLabels(m, &in.label, all)
	if err != nil {
		return nil, err
	}
	return &reader{options: in, output: out, model: m, labels: l, limit: in.limit, shard: in.shard.Shard, notes: console.Notes{W: s.Err, Quiet: in.quiet}}, nil
}

// start begins to read what args name.
func (r *reader) start(ctx context.Context, args []string, s console.Streams) error {
	return r.startWith(ctx, args, r.streamOptions(s, r.options.invert))
}

func (r *reader) startWith(ctx context.Context, args []string, o dataset.StreamOptions) (err error) {
	if r.stream, err = dataset.Open(ctx, args, o); err != nil {
		return err
	}
	if err := r.labels.check(r.model, r.stream.Labelled() || r.labels.inFolders(args)); err != nil {
		r.stream.Close()
		return err
	}
	r.rows = infer.Rows(r.model.Model)
	return nil
}

func (r *reader) streamOptions(s console.Streams, invert bool) dataset.StreamOptions {
	larger, _ := r.model.saved.Config.Data.Kept()
	return dataset.StreamOptions{Shape: r.model.Shape(), Larger: larger, Range: r.model.pixelRange(), Invert: invert, Stdin: s.In, MaxPixels: r.options.maxPixels, Output: s.OutFile,
		Fit: r.model.saved.Config.Data.Fit, Resample: r.model.saved.Config.Data.Resample, AllPages: r.options.pages == config.AllPages, Shard: r.shard}
}

// fail takes note of an input that was read and then could not be used.
func (r *reader) fail(err error) {
	r.done--
	r.reject(err)
}

// mostAlike is how many inputs with a fault are named that often all have.
const mostAlike = 10

// reject takes note of a bad input, and names it unless it may be the only input, or one of very many with the same fault.
func (r *reader) reject(err error) {
	r.nameLone()
	if errors.As(err, new(dataset.ShapeError)) {
		hint := r.hint
		if errors.Is(err, dataset.ErrTranslucent) {
			hint = hintOpaque
		}
		err = fitError{fmt.Errorf("%w: %s", err, hint)}
	}
	if errors.As(err, new(fitError)) {
		r.unlike++
	}
	var one interface{ more() string }
	if errors.As(err, &one) {
		r.more = one.more()
		if r.alike++; r.alike > mostAlike {
			r.bad++
			return
		}
	}
	r.lone = err
	if r.bad++; r.bad > 1 || r.done > 0 || r.shard.N > 0 {
		r.nameLone()
	}
}

// batch returns the next good images, as many as go through a graph at once, naming the
// bad ones on the way; none at the end. Bad images are errors and not silenced by --quiet.
func (r *reader) batch() []dataset.Item {
	var batch []dataset.Item
	for len(batch) < r.rows && (r.limit == 0 || len(batch)+r.done+r.unlike < r.limit) {
		item, ok := r.stream.Next()
		if !ok {
			break
		}
		r.nameLone()
		if r.only != "" && item.Err == nil && item.Label != r.only {
			continue
		}
		if item.Err == nil && r.labels.index != nil {
			_, item.Err = r.labels.of(item)
		}
		if item.Err != nil {
			r.reject(item.Err)
			continue
		}
		r.check.Add(item.Pixels)
		batch = append(batch, item)
	}
	r.done += len(batch)
	return batch
}

// nameLone names a bad input that has turned out to be one of several inputs.
func (r *reader) nameLone() {
	if r.lone != nil {
		console.Notes{W: r.notes.W}.Printf("vae: %s\n", r.lone)
	}
	r.lone = nil
}

func pixelsOf(batch []dataset.Item) []dataset.Pixels {
	images := make([]dataset.Pixels, len(batch))
	for i, item := range batch {
		images[i] = item.Pixels
	}
	return images
}

// cells are the text cells of an image's row: its name and, where the inputs have
// labels, its label.
func (r *reader) cells(item dataset.Item) []string {
	if r.stream.Labelled() {
		return r.output.cells(item.Name, item.Label)
	}
	return r.output.cells(item.Name)
}

// texts are the cells where no person looks at them.
func (r *reader) texts(item dataset.Item) []string {
	texts := []string{console.ValidText(item.Name), console.ValidText(item.Label)}
	if r.stream.Labelled() {
		return texts
	}
	return texts[:1]
}

// parquetColumns are those of the header of a Parquet table. A label that an image has not is null.
func (r *reader) parquetColumns(more ...string) []render.Column {
	columns := []render.Column{{Name: "name", Text: true}}
	if r.stream.Labelled() {
		columns = append(columns, render.Column{Name: "label", Text: true, Optional: true})
	}
	for _, name := range more {
		columns = append(columns, render.Column{Name: name})
	}
	return columns
}

// header names the columns of a table that begins with these cells.
func (r *reader) header(more ...string) []string {
	if r.stream.Labelled() {
		return append([]string{"name", "label"}, more...)
	}
	return append([]string{"name"}, more...)
}

// finish says how reading went: an error where some inputs or all were bad.
func (r *reader) finish(ctx context.Context) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if r.done == 0 && r.lone != nil {
		return r.lone
	}
	r.nameLone()
	if n := r.alike - mostAlike; n > 0 {
		console.Notes{W: r.notes.W}.Printf("vae: %s more %s\n", console.Count(n, "image"), r.more)
	}
	for _, text := range r.stream.Found() {
		r.notes.Printf("%s\n", worded(text))
	}
	switch {
	case r.done > 0 || r.shard.N > 0: // of a shard all may be bad, or there are none
	case r.bad == 0:
		return errors.New("the inputs hold no image")
	default:
		return fmt.Errorf("none of %s could be done", console.Count(r.bad, "input"))
	}
	if r.model != nil && r.check.Inverted(r.model.saved.Info.PixelMean) {
		r.notes.Printf("hint: the images look like the negative of the training images; try --%s%s\n", r.options.invertFlag, map[bool]string{true: "=false"}[r.options.invert])
	}
	return nil
}

// partial is the error for bad inputs among good ones.
func (r *reader) partial() error {
	if r.bad > 0 {
		return console.PartialError{Bad: r.bad, Done: r.done}
	}
	return nil
}
