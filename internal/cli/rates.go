package cli

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/stats"
)

type ratesOptions struct {
	inputs inputOptions
	out    output
	scale  int
	fast   bool
	beside string
}

func newRates(s console.Streams) *cobra.Command {
	o := &ratesOptions{scale: 1}
	c := &cobra.Command{
		Use:   "rates IMAGES...",
		Short: "Draw what compression with loss takes against what it loses",
		Long: `Compress images with 'compress --lossy' at several qualities, open them again, and
say of each what an image takes in bytes, the mean squared error of a pixel (0 black
to 1 white), and MS-SSIM (Wang et al. 2003), which is 1 of equal images: a curve each,
or a table. Images too small for its five scales are compared at fewer, those of
MNIST at two.

Beside it stands JPEG, a file an image, as Go's encoder writes it; and what is in a
table of --beside, measured elsewhere, with the columns what, quality, bytes,
squared_error and, if it was measured, ms_ssim, which may be empty. The model is
called as the folder of its run, or by its path where --beside has that name.

The bytes are those of the images alone, for both without names: neither the model
nor what the file says of itself counts.`,
		Example: `  vae rates mnist:test
  vae rates mnist:test --beside webp.csv -o curve.svg`,
		Args: someArguments,
		RunE: func(c *cobra.Command, args []string) error { return runRates(c.Context(), o, args, s) },
	}
	f := c.Flags()
	modelFlag(c, &o.inputs.model)
	outputFlags(c, &o.out, "csv", "png", "svg")
	o.out.single, o.out.plot = true, true
	intFlag(f, &o.scale, "scale", "", "enlarge a PNG, 1 to 3")
	f.StringVar(&o.beside, "beside", "", "draw what is in this table, a CSV `file`, too")
	f.BoolVar(&o.fast, "fast", false, "as compress --fast: round latents and see no further")
	keptFlags(c, &o.inputs, "use so many images only")
	return c
}

func runRates(ctx context.Context, o *ratesOptions, args []string, s console.Streams) error {
	if err := checkScale(o.scale); err != nil {
		return err
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	other, err := readBeside(o.beside)
	if err != nil {
		return err
	}
	kernel.SelectReproducible()
	w := &rating{ratesOptions: o}
	for _, p := range other {
		w.taken = append(w.taken, p.what)
	}
	check := func(m *loaded) (err error) {
		w.levels, err = codec.LossyLevels(m.Model)
		return err
	}
	if w.reader, err = o.inputs.open(ctx, args, &o.out, s, check); err != nil {
		return err
	}
	defer w.stream.Close()
	if err := w.read(ctx); err != nil {
		return err
	}
	points, err := w.measure(ctx)
	if err != nil {
		return err
	}
	points = append(points, other...)
	if err := o.out.write(ctx, s, func(to io.Writer) error { return o.draw(to, points, w.told()) }); err != nil {
		return err
	}
	return w.partial()
}

// rating is one call of the command at work.
type rating struct {
	*ratesOptions
	*reader
	levels  int
	taken   []string // names of the coders of --beside
	images  []codec.Image
	similar *stats.MSSSIM
}

// read takes all images into memory.
func (w *rating) read(ctx context.Context) error {
	for batch := w.batch(); len(batch) > 0; batch = w.batch() {
		for _, item := range batch {
			image := codec.Image{Values: make([]uint16, w.model.Shape().Pixels()), Label: item.Label}
			item.Pixels.Levels(image.Values, w.levels)
			if w.labels.index != nil {
				image.Class, _ = w.labels.of(item)
				image.Label = w.model.Classes()[image.Class]
			}
			w.images = append(w.images, image)
		}
	}
	shape := w.model.Shape()
	w.similar = stats.NewMSSSIM(shape.Width, shape.Height, shape.Channels)
	return w.finish(ctx)
}

// name is what the curve of the model is called.
func (w *rating) name() string {
	name := w.model.name()
	if slices.Contains(w.taken, name) {
		return filepath.ToSlash(filepath.Clean(w.model.file))
	}
	return name
}

func (w *rating) told() string {
	return fmt.Sprintf("%s, MS-SSIM at %s", console.Count(len(w.images), "image"), console.Count(w.similar.Scales(), "scale"))
}

// readBeside reads the table of --beside; "" is none.
func readBeside(path string) ([]ratePoint, error) {
	if path == "" {
		return nil, nil
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, console.PathError(err)
	}
	defer file.Close()
	points, err := parseRates(file)
	if err != nil {
		return nil, fmt.Errorf("--beside %s: %w", path, err)
	}
	return points, nil
}
