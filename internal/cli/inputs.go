package cli

import (
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/config"
)

const inputForms = `Inputs are image files (PNG, JPEG, GIF, BMP, TIFF, WebP, PNM), folders of them
(recursive, in sorted order; a first-level folder is the label, unless the folders
are those of a split), archives of such folders (zip, tar, tar.gz), shards in
WebDataset's form ('train-{000..099}.tar', in quotes), IDX files of images, NumPy's
arrays (NPY, NPZ), mnist:train, mnist:test, one image of these by its number, such as
mnist:test/00017`

const inputHelp = inputForms + `, and "-" for one image on stdin. ` + inputRest

const inputRest = `Images are converted and resized
to the shape of the model's own; for a model of windows (--crop) to that of the
images which they are cut out of, whose middle is taken, unless they have the
size of a window. A bad image among good ones is named on stderr and left out;
the exit code is then 3.`

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
	pages      config.Pages
	quiet      bool
	label      labelFlag
	shard      shardFlag
}

func inputFlags(c *cobra.Command, in *inputOptions, limit string) {
	imageFlags(c, in, "invert")
	countFlags(c, in, limit)
}

// countFlags are those of how many images, and of which class.
func countFlags(c *cobra.Command, in *inputOptions, limit string) {
	intFlag(c.Flags(), &in.limit, "number", "n", limit)
	in.counted = func() bool { return c.Flags().Changed("number") }
	in.label.add(c, "class of all images, by its `name`, for a conditional model (default each image's own label)")
}

// keptFlags are those of a command that takes images as they are, beside the model.
func keptFlags(c *cobra.Command, in *inputOptions, limit string) {
	countFlags(c, in, limit)
	maxPixelsFlag(c.Flags(), &in.maxPixels)
	pagesFlag(c, &in.pages)
	c.Flags().BoolVarP(&in.quiet, "quiet", "q", false, "print results and errors only")
}

// imageFlags are those of every command that reads images; invert is the name of the
// one that turns them into their negative.
func imageFlags(c *cobra.Command, in *inputOptions, invert string) {
	modelFlag(c, &in.model)
	in.invertFlag = invert
	c.Flags().BoolVar(&in.invert, invert, false, "turn dark drawings on a light ground into light on dark")
	maxPixelsFlag(c.Flags(), &in.maxPixels)
	pagesFlag(c, &in.pages)
	c.Flags().BoolVarP(&in.quiet, "quiet", "q", false, "print results and errors only")
	in.counted = func() bool { return false }
}

func pagesFlag(c *cobra.Command, pages *config.Pages) {
	*pages = config.FirstPage
	c.Flags().Var(&choice[config.Pages]{pages, config.PageChoices}, "pages", "of files with several pages or frames: the first, or all, photo.tif#1, photo.tif#2, ...")
	complete(c, "pages", config.Names(config.PageChoices))
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
