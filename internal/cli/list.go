package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/render"
	"vae/internal/vaez"
)

type listOptions struct {
	out   output
	quiet bool
}

func newList(s console.Streams) *cobra.Command {
	o := &listOptions{}
	c := &cobra.Command{
		Use:   "list FILE",
		Short: "Say what is in a file of compressed images",
		Long: `Name the images that compress has put into a file, a row each: its name and label, the
block it lies in, how that is coded, and the bytes an image takes of it in the mean: with
the model, by context, or as latents, which is with loss. Nothing is decoded and no model is needed. What the file is, its
rate and what it was made with goes to stderr.`,
		Example: `  vae list set.vaez
  vae list set.vaez -o names.csv`,
		Args: oneCompressed(false),
		RunE: func(c *cobra.Command, args []string) error { return runList(c.Context(), o, args[0], s) },
	}
	outputFlags(c, &o.out, "csv")
	c.Flags().BoolVarP(&o.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

func runList(ctx context.Context, o *listOptions, path string, s console.Streams) error {
	if err := o.out.resolve(s); err != nil {
		return err
	}
	if path != "-" && o.out.path != "" && sameFile(path, o.out.path) {
		return usagef("-o %s is the file that is listed: it would be overwritten; name another", o.out.path)
	}
	file, err := openCompressed(ctx, path, s)
	if err != nil {
		return err
	}
	defer file.close()
	l := &listing{listOptions: o, ctx: ctx, file: file, notes: console.Notes{W: s.Err, Quiet: o.quiet}}
	if err := o.out.write(ctx, s, l.write); err != nil {
		return err
	}
	l.summary()
	if l.bad > 0 {
		return console.PartialError{Bad: l.bad, Done: l.images}
	}
	return nil
}

// listing is one call of the command at work.
type listing struct {
	*listOptions
	ctx     context.Context
	file    *compressed
	notes   console.Notes
	blocks  int
	bad     int
	images  int
	byModel int // images
}

func (l *listing) write(to io.Writer) error {
	header := []string{"name"}
	if l.file.Head.Classes {
		header = append(header, "label")
	}
	table := render.NewCSV(to, append(header, "block", "coded", "bytes"))
	for number := 0; ; number++ {
		if err := l.ctx.Err(); err != nil {
			return err
		}
		block, err := l.file.Next()
		if err == io.EOF {
			l.needs()
			return table.Flush()
		}
		if err == nil {
			err = l.rows(table, block, number)
		}
		var damage *vaez.DamageError
		var unwritten *console.WriteError
		switch {
		case err == nil:
		case errors.As(err, &unwritten):
			return err
		case !errors.As(err, &damage) && l.images == 0:
			return fmt.Errorf("%s: %w", l.file.name, err)
		default:
			l.bad++
			if damage != nil {
				l.bad += max(0, damage.Images-1)
			}
			console.Notes{W: l.notes.W}.Printf("vae: %s: %v\n", l.file.name, err)
		}
	}
}

// needs names the coding where it is damaged and blocks need it.
func (l *listing) needs() {
	if l.byModel > 0 && l.file.Indexed() && l.file.Coding() == nil {
		l.bad++
		console.Notes{W: l.notes.W}.Printf("vae: %s: what blocks are coded with is damaged, without which those coded with the model cannot be opened\n", l.file.name)
	}
}

// rows lists the images of a block.
func (l *listing) rows(table *render.CSV, block vaez.Block, number int) error {
	_, first := l.file.Place()
	all, err := vaez.ParseListing(block.Listing, block.Images)
	if err != nil {
		return &vaez.DamageError{Block: number, First: first, Images: block.Images, Err: err}
	}
	coded := "context"
	if codec.ByModel(block) {
		coded = "model"
		if codec.ByLatents(block) {
			coded = "latents"
		}
		l.byModel += block.Images
	}
	l.blocks++
	mean := float32(len(block.Payload)) / float32(block.Images)
	for i := range block.Images {
		cells := []string{nameOf(all, i, max(first, 0))}
		if l.file.Head.Classes {
			label := ""
			if all.Labels != nil {
				label = all.Labels[i]
			}
			cells = append(cells, label)
		}
		if err := table.Row(append(l.out.cells(cells...), strconv.Itoa(number), coded), []float32{mean}); err != nil {
			return err
		}
		l.images++
	}
	return nil
}

// summary says what the file is.
func (l *listing) summary() {
	h := l.file.Head
	l.notes.Printf("%s: %s of %dx%dx%d, %s levels, in %s\n", l.file.name, console.Count(l.images, "image"), h.Width, h.Height, h.Channels, console.Comma(h.Levels), console.Count(l.blocks, "block"))
	if l.images > 0 {
		bytes := l.file.bytes
		l.notes.Printf("%s bytes, %s bits a dimension\n", console.Comma(int(bytes)), console.Fixed(8*float64(bytes)/float64(l.images)/float64(h.Values()), 4))
	}
	if text := codec.Describe(l.file.Coding()); text != "" {
		l.notes.Printf("%s coded with %s\n", console.Count(l.byModel, "image"), text)
	}
	if h.Lossy {
		l.notes.Printf("with loss: the images are near to the originals, and not the same\n")
	}
	if h.Fitted {
		l.notes.Printf("the images were brought to this form when they were compressed, and are not the originals\n")
	}
}
