package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/vaez"
)

type decompressOptions struct {
	model string
	out   output
	quiet bool
}

func newDecompress(s console.Streams) *cobra.Command {
	o := &decompressOptions{}
	c := &cobra.Command{
		Use:   "decompress FILE [NAME...]",
		Short: "Open a file of compressed images",
		Long: `Make the images again that compress has compressed: in a folder, a PNG each under
its name (-o FOLDER/); or all in one file, as NumPy's array (-o images.npy) or IDX
(-o images.idx). With names only those images, of which only the blocks are
opened that they lie in; where the file has no names, their numbers, from 0 on.
FILE may be "-", for stdin.

The model that the images were compressed with is looked for under runs/, by its
SHA-256, unless --model names it or the file holds it. A damaged block is named
and left out; the exit code is then 3.`,
		Example: `  vae decompress set.vaez -o images/
  vae decompress set.vaez -o images.npy
  vae decompress set.vaez cats/tom.png -o tom/
  cat set.vaez | vae decompress - --format idx > images.idx`,
		Args: oneCompressed(true),
		RunE: func(c *cobra.Command, args []string) error { return runDecompress(c.Context(), o, args, s) },
	}
	f := c.Flags()
	modelFlag(c, &o.model)
	f.Lookup("model").Usage = "run `directory` or model file (default the one under runs/ that the file was made with)"
	outputFlags(c, &o.out, "png", "npy", "idx")
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

// oneCompressed wants the name of a compressed file, and takes others behind it if there may be some.
func oneCompressed(more bool) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		switch {
		case len(args) == 0:
			return usagef("no file given: name one that compress has made, or - for stdin")
		case args[0] == "":
			return usagef("the argument is empty: name a file that compress has made, or - for stdin")
		case len(args) > 1 && !more:
			return usagef("%d files given, the second being %q: list them in separate calls", len(args), args[1])
		}
		return nil
	}
}

func (o *decompressOptions) check(ctx context.Context, path string, s console.Streams) error {
	if o.out.path == "-" {
		o.out.path = ""
	}
	o.out.grid.scale = 1
	if strings.HasSuffix(o.out.path, "-ubyte") && o.out.format == "" {
		o.out.format = "idx"
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	switch {
	case o.out.picture() && o.out.path == "":
		return usagef("images go to a folder, -o FOLDER/, or to one file: --format npy or idx")
	case o.out.picture():
		return usagef("-o %s: images go to a folder, -o FOLDER/, or to one file, .npy or .idx", o.out.path)
	case o.out.path == "" && s.OutTerminal:
		return usagef("%s is binary and stdout is a terminal: use -o FILE or > FILE", o.out.format)
	}
	if o.out.path == "" || o.out.folder() {
		return nil
	}
	if path != "-" && sameFile(path, o.out.path) {
		return usagef("-o %s is the file that is opened: it would be overwritten; name another", o.out.path)
	}
	return sparesRuns("-o", o.out.path)
}

func runDecompress(ctx context.Context, o *decompressOptions, args []string, s console.Streams) error {
	if err := o.check(ctx, args[0], s); err != nil {
		return err
	}
	kernel.SelectReproducible()
	file, err := openCompressed(ctx, args[0], s)
	if err != nil {
		return err
	}
	defer file.close()
	w := &decompressing{decompressOptions: o, ctx: ctx, file: file, notes: console.Notes{W: s.Err, Quiet: o.quiet}, wanted: map[string]bool{}}
	for _, name := range args[1:] {
		w.wanted[name] = false
	}
	w.reader = codec.NewReader(ctx, file.Reader, w.findModel)
	if o.out.folder() {
		err = w.folder()
	} else {
		err = o.out.write(ctx, s, w.array)
	}
	if err != nil {
		return err
	}
	return w.done()
}

// decompressing is one call of the command at work.
type decompressing struct {
	*decompressOptions
	ctx    context.Context
	file   *compressed
	reader *codec.Reader
	notes  console.Notes
	wanted map[string]bool // names, and whether they were found; none for all
	number int             // of the next image
	images int             // that were made
	bad    int             // images, or blocks of which it is not known how many they have
}

// each hands every image that is wanted to use, with its name.
func (w *decompressing) each(use func(name string, values []uint16) error) error {
	for {
		if err := w.ctx.Err(); err != nil {
			return err
		}
		set, first, err := w.next()
		var damage *vaez.DamageError
		switch {
		case w.ctx.Err() != nil: // which ends a block in the middle, whatever is said of it then
			return w.ctx.Err()
		case err == io.EOF:
			return nil
		case errors.As(err, &damage):
			w.damaged(err)
			w.bad += max(0, damage.Images-1)
			w.number += damage.Images
			continue
		case err != nil && w.images > 0:
			w.damaged(err)
			return nil
		case err != nil:
			return fmt.Errorf("%s: %w", w.file.name, err)
		}
		for i, values := range set.Values {
			name := nameOf(set.Listing, i, first)
			if !w.wants(name, true) {
				continue
			}
			err := use(name, values)
			if left := (leftOut{}); errors.As(err, &left) {
				w.damaged(left)
				continue
			}
			if err != nil {
				return err
			}
			w.images++
		}
	}
}

// next is the next block that is wanted, and the number of its first image.
func (w *decompressing) next() (codec.Set, int, error) {
	if len(w.wanted) > 0 && w.file.Indexed() {
		return w.nextWanted()
	}
	set, err := w.reader.Next()
	first := w.number
	w.number += len(set.Values)
	return set, first, err
}

// nextWanted passes over blocks that have no image which is wanted.
func (w *decompressing) nextWanted() (codec.Set, int, error) {
	for {
		block, err := w.file.Next()
		number, first := w.file.Place()
		if err != nil {
			return codec.Set{}, first, err
		}
		listing, err := vaez.ParseListing(block.Listing, block.Images)
		if err != nil {
			return codec.Set{}, first, &vaez.DamageError{Block: number, First: first, Images: block.Images, Err: err}
		}
		for i := range block.Images {
			if w.wants(nameOf(listing, i, first), false) {
				set, err := w.reader.Block(number)
				return set, first, err
			}
		}
	}
}

// wants tells whether an image is one of those that are wanted, which are called by their names or the ends of these behind a slash; found says
// that it is there.
func (w *decompressing) wants(name string, found bool) bool {
	wanted := len(w.wanted) == 0
	for end := name; len(w.wanted) > 0; {
		if _, ok := w.wanted[end]; ok {
			wanted = true
			w.wanted[end] = w.wanted[end] || found
		}
		var more bool
		if _, end, more = strings.Cut(end, "/"); !more {
			break
		}
	}
	return wanted
}

// nameOf is the name of image i of a block, whose first has a number.
func nameOf(l vaez.Listing, i, first int) string {
	if l.Names != nil {
		return l.Names[i]
	}
	name := strconv.Itoa(first + i)
	return strings.Repeat("0", max(0, 5-len(name))) + name
}

// damaged names what is left out.
func (w *decompressing) damaged(err error) {
	w.bad++
	console.Notes{W: w.notes.W}.Printf("vae: %s: %v\n", w.file.name, err)
}

// none is the error where no image was made, of a file that has some or of which some are wanted.
func (w *decompressing) none() error {
	missing := w.missing()
	switch {
	case w.images > 0 || len(missing)+w.bad == 0:
		return nil
	case w.bad == 0:
		return fmt.Errorf("%s: %s", w.file.name, lacks(missing[0]))
	}
	return fmt.Errorf("%s: no image could be made", w.file.name)
}

// missing are the names that are wanted and were not found.
func (w *decompressing) missing() (names []string) {
	for name, found := range w.wanted {
		if !found {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func lacks(name string) string {
	return fmt.Sprintf("holds no image %q; vae list names those it has", console.Brief(name))
}

// done says how it went.
func (w *decompressing) done() error {
	if err := w.none(); err != nil {
		return err
	}
	for _, name := range w.missing() {
		w.damaged(errors.New(lacks(name)))
	}
	h := w.file.Head
	w.notes.Printf("%s of %dx%dx%d\n", console.Count(w.images, "image"), h.Width, h.Height, h.Channels)
	if h.Lossy {
		w.notes.Printf("they are near to the originals, and not the same: they were compressed with loss\n")
	}
	if h.Fitted {
		w.notes.Printf("the images were brought to this form when they were compressed, and are not the originals\n")
	}
	if w.bad > 0 {
		return console.PartialError{Bad: w.bad, Done: w.images}
	}
	return nil
}
