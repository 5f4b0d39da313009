package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/infer"
)

const inputHelp = `Inputs are image files (PNG, JPEG, GIF, BMP, TIFF, WebP), folders of them
(recursive, in sorted order; a first-level folder is the label), IDX files of
images, mnist:train, mnist:test, and "-" for one image on stdin. Images are
converted and resized to the shape of the model's own. A bad image among good
ones is named on stderr and left out; the exit code is then 3.`

const labelHelp = `A conditional model needs the label of each image: that of its folder or IDX
file, or the one that --label names for all.`

// inputs reads the images that arguments name, and keeps account of them.
type inputs struct {
	model      string
	invert     bool
	invertFlag string // its name
	limit      int
	maxPixels  int
	quiet      bool
	label      labelFlag

	labels  labels // of a conditional model
	notes   console.Notes
	stream  *dataset.Stream
	check   dataset.InversionCheck
	done    int
	bad     int
	lone    error       // the first bad input, not named yet: alone it is the error of the command
	counted func() bool // -n was given
}

func inputFlags(c *cobra.Command, in *inputs, limit string) {
	imageFlags(c, in, "invert")
	c.Flags().IntVarP(&in.limit, "number", "n", 0, limit)
	in.counted = func() bool { return c.Flags().Changed("number") }
	in.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
}

// imageFlags are those of every command that reads images; invert is the name of the
// one that turns them into their negative.
func imageFlags(c *cobra.Command, in *inputs, invert string) {
	modelFlag(c, &in.model)
	in.invertFlag = invert
	c.Flags().BoolVar(&in.invert, invert, false, "turn dark drawings on a light ground into light on dark")
	maxPixelsFlag(c.Flags(), &in.maxPixels)
	c.Flags().BoolVarP(&in.quiet, "quiet", "q", false, "print results and errors only")
	in.counted = func() bool { return false }
}

func someArguments(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usagef("no images given: name files, folders, mnist:test, or - for stdin")
	case slices.Contains(args, ""):
		return usagef("an argument is empty: name files, folders, mnist:test, or - for stdin")
	case twice(args, "-"):
		return usagef("- is given twice: stdin is one image")
	}
	return nil
}

func twice(args []string, arg string) bool {
	first := slices.Index(args, arg)
	return first >= 0 && slices.Contains(args[first+1:], arg)
}

// fail takes note of an input that was read and then could not be used.
func (in *inputs) fail(err error) {
	in.done--
	in.reject(err)
}

// reject takes note of a bad input, and names it unless it may be the only input.
func (in *inputs) reject(err error) {
	in.nameLone()
	in.lone = err
	if in.bad++; in.bad > 1 || in.done > 0 {
		in.nameLone()
	}
}

// spared sees that no input is overwritten by the output.
func spared(args []string, out *output) error {
	if out.path == "" {
		return nil
	}
	for _, arg := range args {
		switch {
		case sameFile(arg, out.path) && out.folder():
			return usagef("-o %s is the folder of the inputs: they would be overwritten; name another", out.path)
		case sameFile(arg, out.path):
			return usagef("-o %s is also an input: it would be overwritten; name another", out.path)
		case out.folder() && sameFile(arg, filepath.Join(out.path, filepath.Join(console.Within(arg)...))):
			return usagef("-o %s would overwrite the input %s; name another folder", out.path, arg)
		case out.folder() && holds(arg, out.path):
			return usagef("-o %s lies in the input folder %s: what is written would become an input; name a folder outside of it", out.path, arg)
		}
	}
	return nil
}

// holds tells whether a path, which need not exist, leads into a folder.
func holds(folder, path string) bool {
	path, err := filepath.Abs(path)
	for err == nil && path != filepath.Dir(path) {
		if target, err := filepath.EvalSymlinks(path); err == nil {
			path = target
		}
		if sameFile(folder, path) {
			return true
		}
		path = filepath.Dir(path)
	}
	return false
}

func sameFile(a, b string) bool {
	x, errX := os.Stat(a)
	y, errY := os.Stat(b)
	return errX == nil && errY == nil && os.SameFile(x, y)
}

// open loads the model, which check may refuse, and starts reading.
func (in *inputs) open(ctx context.Context, args []string, out *output, s console.Streams, check func(*loaded) error) (*loaded, error) {
	if err := spared(args, out); err != nil {
		return nil, err
	}
	if in.counted() && in.limit < 1 {
		return nil, usagef("-n %d: must be at least 1", in.limit)
	}
	m, err := in.prepare(s, true)
	if err != nil {
		return nil, err
	}
	if err := check(m); err != nil {
		return nil, err
	}
	if err := in.start(ctx, args, m, s); err != nil {
		return nil, err
	}
	m.announce(in.notes)
	return m, nil
}

// prepare loads the model; all says that --label is for all images.
func (in *inputs) prepare(s console.Streams, all bool) (*loaded, error) {
	in.notes = console.Notes{W: s.Err, Quiet: in.quiet}
	m, err := loadModel(in.model)
	if err != nil {
		return nil, err
	}
	in.labels, err = newLabels(m, &in.label, all)
	return m, err
}

// start begins to read what args name.
func (in *inputs) start(ctx context.Context, args []string, m *loaded, s console.Streams) (err error) {
	if in.stream, err = dataset.Open(ctx, args, in.streamOptions(m, s, in.invert)); err != nil {
		return err
	}
	if err := in.labels.check(m, in.stream.Labelled()); err != nil {
		in.stream.Close()
		return err
	}
	return nil
}

func (in *inputs) streamOptions(m *loaded, s console.Streams, invert bool) dataset.StreamOptions {
	return dataset.StreamOptions{Shape: m.Shape(), Invert: invert, Stdin: s.In, MaxPixels: in.maxPixels, Output: s.OutFile}
}

// batch returns the next good images, at most most of them, naming the bad ones
// on the way; none at the end. Bad images are errors and not silenced by --quiet.
func (in *inputs) batch(most int) []dataset.Item {
	if in.limit > 0 {
		most = min(most, in.limit-in.done)
	}
	var batch []dataset.Item
	for len(batch) < most {
		item, ok := in.stream.Next()
		if !ok {
			break
		}
		in.nameLone()
		if item.Err == nil && in.labels.index != nil {
			_, item.Err = in.labels.of(item)
		}
		if item.Err != nil {
			in.reject(item.Err)
			continue
		}
		in.check.Add(item.Pixels)
		batch = append(batch, item)
	}
	in.done += len(batch)
	return batch
}

// nameLone names a bad input that has turned out to be one of several inputs.
func (in *inputs) nameLone() {
	if in.lone != nil {
		fmt.Fprintf(in.notes.W, "vae: %s\n", console.OneLine(in.lone.Error()))
	}
	in.lone = nil
}

func pixelsOf(batch []dataset.Item) [][]uint8 {
	images := make([][]uint8, len(batch))
	for i, item := range batch {
		images[i] = item.Pixels
	}
	return images
}

// cells are the text cells of an image's row: its name and, where the inputs have
// labels, its label.
func (in *inputs) cells(item dataset.Item) []string {
	if in.stream.Labelled() {
		return []string{console.ValidText(item.Name), console.ValidText(item.Label)}
	}
	return []string{console.ValidText(item.Name)}
}

// header names the columns of a table that begins with these cells.
func (in *inputs) header(more ...string) []string {
	if in.stream.Labelled() {
		return append([]string{"name", "label"}, more...)
	}
	return append([]string{"name"}, more...)
}

// finish says how reading went: an error where some inputs or all were bad.
func (in *inputs) finish(ctx context.Context, m *loaded) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if in.done == 0 && in.lone != nil {
		return in.lone
	}
	in.nameLone()
	if in.done == 0 && in.bad == 0 {
		return errors.New("the inputs hold no image")
	}
	if in.done == 0 {
		return fmt.Errorf("none of %s could be done", console.Count(in.bad, "input"))
	}
	if in.check.Inverted(m.saved.Info.PixelMean) {
		in.notes.Printf("hint: the images look like the negative of the training images; try --%s%s\n", in.invertFlag, map[bool]string{true: "=false"}[in.invert])
	}
	return nil
}

// partial is the error for bad inputs among good ones.
func (in *inputs) partial() error {
	if in.bad > 0 {
		return console.PartialError{Bad: in.bad, Done: in.done}
	}
	return nil
}

const batchRows = infer.BatchRows
