package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/render"
)

// output is where a command's result goes and in which form.
type output struct {
	path    string // of -o; "" for stdout
	format  string
	formats []string // allowed, the default first
	single  bool     // a picture is one file, never a folder of images
	plot    bool     // a picture has no preview on a terminal
	board   bool     // a picture is a [board], which lays itself out
	grid    gridOptions
	enlarge int // pixels of a picture that a pixel of a board's image takes on a side; 0 for what suits it
	flags   *pflag.FlagSet
	spare   func(folder string) error // says why no image may be written there; nil for none
	person  bool                      // looks at the result
	shard   dataset.Shard             // that it is of; zero for all
}

type gridOptions struct{ columns, scale, padding int }

func outputFlags(c *cobra.Command, o *output, formats ...string) {
	o.formats, o.flags = formats, c.Flags()
	c.Flags().StringVarP(&o.path, "output", "o", "", "write to `path` instead of stdout, which is -")
	c.Flags().StringVar(&o.format, "format", "", console.Join(formats)+" (default by the ending of -o, else "+formats[0]+")")
	complete(c, "format", formats)
}

func gridFlags(c *cobra.Command, g *gridOptions) {
	g.scale, g.padding = render.DefaultScale, render.DefaultPadding
	intFlag(c.Flags(), &g.columns, "columns", "", "images in a row of the picture (default nearly square)")
	intFlag(c.Flags(), &g.scale, "scale", "", "enlarge each pixel to so many")
	intFlag(c.Flags(), &g.padding, "padding", "", "pixels between images")
}

// resolve settles the format, and sees that the output can take it before any
// work is done.
func (o *output) resolve(s console.Streams) error {
	if o.path == "-" { // as a path it is ./-
		o.path = ""
	}
	if err := o.settleFormat(); err != nil {
		return err
	}
	o.person = o.path == "" && s.OutTerminal
	switch {
	case o.path == "" && s.OutTerminal && (o.format == "npy" || o.format == "parquet" || o.format == "gif" || o.plot && o.format == "png"):
		return usagef("%s is binary and stdout is a terminal: use -o FILE or > FILE", o.format)
	case o.folder() && (o.single || !slices.Contains(o.formats, "png")):
		return usagef("-o %s is a folder: name a file", o.path)
	case o.folder() && o.format != "png":
		return usagef("-o %s is a folder, which takes --format png only; name a file", o.path)
	}
	if err := cmp.Or(o.checkGrid(), o.takeShard()); err != nil {
		return err
	}
	return o.checkPath()
}

// settleFormat takes the format from --format, else from the ending of -o.
func (o *output) settleFormat() error {
	ending := strings.TrimPrefix(strings.ToLower(filepath.Ext(o.path)), ".")
	switch {
	case o.format != "":
	case ending == "" || o.folder():
		o.format = o.formats[0]
	case slices.Contains(o.formats, ending):
		o.format = ending
	default:
		return usagef("-o %s: .%s is none of %s; name the file otherwise or say --format", o.path, ending, console.Join(o.formats))
	}
	if !slices.Contains(o.formats, o.format) {
		hint := ""
		if near := config.Nearest(o.format, o.formats); near != "" {
			hint = fmt.Sprintf(" (did you mean %q?)", near)
		}
		return usagef("--format %q: must be one of %s%s", o.format, console.Join(o.formats), hint)
	}
	if known := []string{"png", "svg", "gif", "csv", "npy", "parquet", "json"}; ending != o.format && slices.Contains(known, ending) && !o.folder() {
		return usagef("--format %s and -o %s contradict each other: leave --format out, or name the file otherwise", o.format, o.path)
	}
	return nil
}

// picture tells whether the result is one picture of many images.
func (o *output) picture() bool { return o.format == "png" && !o.folder() }

// checkGrid refuses a layout that no picture can have, and any where there is no
// picture.
func (o *output) checkGrid() error {
	if o.board {
		return o.checkBoard()
	}
	if o.plot && o.format == "svg" && o.flags.Changed("scale") {
		return usagef("--scale is for PNG, not for svg: leave it out")
	}
	for _, name := range []string{"columns", "scale", "padding"} {
		if o.flags.Changed(name) && !o.picture() {
			return usagef("--%s lays out one picture, not %s: leave it out", name, map[bool]string{true: "a folder of images", false: o.format}[o.folder()])
		}
	}
	if !o.picture() || o.plot {
		return nil
	}
	g := render.Grid{Width: 1, Height: 1, Channels: 1, Columns: o.grid.columns, Scale: o.grid.scale, Padding: o.grid.padding}
	if err := g.Validate(1); err != nil {
		return console.Usage(err)
	}
	return nil
}

// checkPath sees that there is a folder to write to.
func (o *output) checkPath() error {
	switch {
	case o.path == "":
		return nil
	case o.folder():
		if info, err := os.Stat(filepath.Clean(o.path)); err == nil && !info.IsDir() {
			return fmt.Errorf("cannot write to %s: it is a file, not a folder", o.path)
		}
		return nil
	}
	return console.CheckFile(o.path)
}

// folder tells whether the result is one file an image.
func (o *output) folder() bool {
	if o.path == "" {
		return false
	}
	if os.IsPathSeparator(o.path[len(o.path)-1]) {
		return true
	}
	info, err := os.Stat(o.path)
	return err == nil && info.IsDir()
}

// preview tells whether a picture goes to a terminal.
func (o *output) preview(s console.Streams) bool {
	return o.path == "" && o.format == "png" && s.OutTerminal
}

// write sends what produce writes to the file or to stdout. A file is complete
// or not there.
func (o *output) write(ctx context.Context, s console.Streams, produce func(w io.Writer) error) error {
	if o.path == "" {
		return s.WriteOut(produce)
	}
	return console.WriteFile(ctx, o.path, produce)
}

// cells are texts as they stand in a table: for a program any text, for a person one
// that the terminal does not obey.
func (o *output) cells(texts ...string) []string {
	for i, text := range texts {
		if texts[i] = console.ValidText(text); o.person {
			texts[i] = console.OneLine(texts[i])
		}
	}
	return texts
}

// images is the folder that takes a file an image.
func (o *output) images() console.ImageFolder {
	return console.ImageFolder{Path: o.path, Spare: o.spare}
}

// grid lays out images of a shape by the user's options.
func (g gridOptions) grid(shape config.Shape, s console.Streams) render.Grid {
	return render.Grid{
		Width: shape.Width, Height: shape.Height, Channels: shape.Channels,
		Columns: g.columns, Scale: g.scale, Padding: g.padding, Color: render.ColorFor(s.Env),
	}
}
