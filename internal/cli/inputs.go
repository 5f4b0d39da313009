package cli

import (
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/console"
)

const inputHelp = `Inputs are image files (PNG, JPEG, GIF, BMP, TIFF, WebP), folders of them
(recursive, in sorted order; a first-level folder is the label), IDX files of
images, mnist:train, mnist:test, and "-" for one image on stdin. Images are
converted and resized to the shape of the model's own. A bad image among good
ones is named on stderr and left out; the exit code is then 3.`

const labelHelp = `A conditional model needs the label of each image: that of its folder or IDX
file, or the one that --label names for all.`

// inputOptions are the flags of a command that reads images.
type inputOptions struct {
	model      string
	invert     bool
	invertFlag string // its name
	limit      int
	counted    func() bool // -n was given
	maxPixels  int
	quiet      bool
	label      labelFlag
}

func inputFlags(c *cobra.Command, in *inputOptions, limit string) {
	imageFlags(c, in, "invert")
	c.Flags().IntVarP(&in.limit, "number", "n", 0, limit)
	in.counted = func() bool { return c.Flags().Changed("number") }
	in.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
}

// imageFlags are those of every command that reads images; invert is the name of the
// one that turns them into their negative.
func imageFlags(c *cobra.Command, in *inputOptions, invert string) {
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
