package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/run"
	"vae/internal/walk"
)

// walkOptions are what the commands share that walk through a latent space from a point.
type walkOptions struct {
	inputs inputOptions // of --among, and of the image
	among  []string
	negate bool // the image
	top    bool
	out    output
}

func walkFlags(c *cobra.Command, o *walkOptions) {
	f := c.Flags()
	f.StringArrayVar(&o.among, "among", nil, "measure where the codes of these `images` lie, instead of what the model file says of its training images; may be given several times")
	explainEmpty(f, "among")
	f.BoolVar(&o.negate, "invert", false, "turn the image, a dark drawing on a light ground, into light on dark")
	imageFlags(c, &o.inputs, "invert-among")
	o.inputs.label.add(c, "class of the image, or of what is drawn, by its `name`, for a conditional model")
}

const amongHelp = `An image is a file, "-" for stdin, or one of a file of many by its number:
mnist:test/00017, t10k-images-idx3-ubyte/00017.

What is known of the codes comes from the model file, which training wrote; a file
of an older version has nothing of it. --among IMAGES measures the codes of images
instead: of mnist:test, of a folder.`

// checkWalk refuses what makes no sense for any model; image is "" for none.
func (o *walkOptions) checkWalk(ctx context.Context, image string, s console.Streams) error {
	inputs := slices.Clone(o.among)
	if image != "" {
		inputs = append(inputs, image)
	}
	switch {
	case slices.Contains(o.among, ""):
		return usagef("--among is empty: name files, folders or mnist:test, or leave it out")
	case twice(inputs, "-"):
		return usagef("- is given twice: stdin is one image")
	case o.top && image != "":
		return usagef("--top starts from the mean of the prior, as only codes of the layer next to the image are computed: leave the image out")
	case o.inputs.invert && len(o.among) == 0:
		return usagef("--invert-among is for the images of --among, and none are given: leave it out")
	case o.negate && image == "":
		return usagef("--invert is for an image, and none is given: leave it out")
	}
	if err := o.out.resolve(s); err != nil {
		return err
	}
	return spared(ctx, inputs, &o.out)
}

// walking is a walk through the latent space of a model, before it is known where to.
type walking struct {
	asked   *walkOptions
	*reader // of --among
	space   *walk.Space
	image   *dataset.Item // nil for none
	point   []float32     // [L] where the walk starts
	class   []int         // of all that is decoded; nil unless the model is conditional
}

// begin loads the model, reads and encodes what was named, and says where the walk starts.
func (o *walkOptions) begin(ctx context.Context, image string, s console.Streams) (*walking, error) {
	r, err := o.inputs.prepare(s, &o.out, false)
	if err != nil {
		return nil, err
	}
	if err := r.model.spares(&o.out); err != nil {
		return nil, err
	}
	if len(r.model.Levels()) < 2 && o.top {
		return nil, usagef("--top: %s has one layer of latents: leave it out", r.model.file)
	}
	if l := r.model.Latent(); len(o.among) > 0 && l > run.MaxLatents {
		return nil, usagef("--among: %s has %s, and codes are measured of up to %s: leave it out", r.model.file, console.Count(l, "latent"), console.Comma(run.MaxLatents))
	}
	w := &walking{asked: o, reader: r}
	if err := w.start(ctx, image, s); err != nil {
		return nil, err
	}
	codes := r.model.saved.Latents
	if len(o.among) > 0 {
		if codes, err = w.measure(ctx, s); err != nil {
			return nil, err
		}
	}
	r.model.announce(r.notes)
	return w, w.enter(codes)
}

// start reads the image, or else finds the class to draw.
func (w *walking) start(ctx context.Context, image string, s console.Streams) (err error) {
	if image == "" {
		if w.labels.index == nil {
			return nil
		}
		if w.labels.named < 0 {
			return usagef("%s is a conditional model: name the class to draw with --label (%s)", w.model.file, console.Listed(w.model.known()))
		}
		w.class = []int{w.labels.named}
		return nil
	}
	item, err := w.readOne(ctx, image, "the one to start from", w.asked.negate, s)
	if err != nil {
		return err
	}
	if w.class, err = w.classOf(item); err != nil {
		return err
	}
	w.image = &item
	w.point, err = w.encodeOne(item, w.class)
	w.remarkInverted(item, "invert", w.asked.negate)
	return err
}

// measure encodes the images of --among.
func (w *walking) measure(ctx context.Context, s console.Streams) (*run.Latents, error) {
	if err := w.reader.start(ctx, w.asked.among, s); err != nil {
		return nil, err
	}
	defer w.stream.Close()
	codes, err := w.encodeAll(ctx)
	if err != nil {
		return nil, err
	}
	found, err := evaluate.LatentsOf(ctx, w.model.Model, codes)
	if err == nil && found == nil {
		err = fmt.Errorf("the codes of %s are beyond what can be measured: leave --among out", console.Count(w.done, "image"))
	}
	return found, err
}

// enter makes the space of what is known of the codes, nil for nothing.
func (w *walking) enter(codes *run.Latents) (err error) {
	if w.asked.top {
		w.space, err = walk.NewTopSpace(w.model.Model, codes)
	} else {
		w.space, err = walk.NewSpace(w.model.Model, codes)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", w.model.file, err)
	}
	if w.image == nil {
		w.point = w.space.Mean()
	}
	return nil
}

// origin says where the walk starts.
func (w *walking) origin() string {
	switch {
	case w.image != nil:
		return "from the code of " + w.image.Name
	case w.model.Variational():
		return "from the mean of the prior"
	case w.model.Top().Prior == nil && !w.space.Measured():
		return "from zero"
	}
	return "from the mean of the codes"
}

// classed says of which class the images are; "" unless the model is conditional.
func (w *walking) classed() string {
	if w.class == nil {
		return ""
	}
	return "class " + w.model.Classes()[w.class[0]]
}

// decode returns the points that are decoded and their images [N,D].
func (w *walking) decode(ctx context.Context, p walk.Path) (walk.Path, []float32, error) {
	if pixels := w.model.Shape().Pixels(); p.Len() > maxStrip/4/max(pixels, p.Latent) {
		return p, nil, usagef("%s of %v are too many for one picture: ask for fewer rows or columns", console.Count(p.Len(), "image"), w.model.Shape())
	}
	p, err := w.space.Lower(p)
	if err != nil {
		return p, nil, err
	}
	var labels []int
	if w.class != nil {
		labels = slices.Repeat(w.class, p.Len())
	}
	images, err := walk.Decode(ctx, w.model.Model, p, labels)
	if errors.Is(err, infer.ErrNotFinite) {
		err = fmt.Errorf("%s: %w", w.model.file, err)
	}
	return p, images, err
}

// unknown is the error for what needs codes of which nothing is known.
func (w *walking) unknown(flag, what string) error {
	return usagef("%s: %s %s: %s", flag, w.model.file, what, w.remedy(run.MaxLatents, "leave it out"))
}

// remedy is what helps where something of the codes is not known that is measured of up to so many
// latents; instead is what else does.
func (w *walking) remedy(most int, instead string) string {
	switch {
	case w.model.Latent() > most:
		return fmt.Sprintf("it is measured of up to %s latents; %s", console.Comma(most), instead)
	case len(w.asked.among) > 0:
		return "the codes of --among are all alike; " + instead
	}
	return instead + ", or name images to measure with --among, such as mnist:test"
}

// nameOf is the name of an axis.
func (w *walking) nameOf(a walk.Axis) string {
	switch {
	case a.Vector != nil:
		return fmt.Sprintf("axis %d", a.Latent+1)
	case a.Places > 0:
		return fmt.Sprintf("channel %d", a.Latent)
	}
	return fmt.Sprintf("z%d", a.Latent)
}

// scale is what --range counts along an axis: mean and standard deviation of a standard normal
// prior of a latent; else, and along principal axes, of the codes.
func (w *walking) scale(a walk.Axis) (mean, sd float64) {
	if w.standard(a) {
		return 0, 1
	}
	return w.space.Spread(a)
}

// standard tells whether an axis is a latent whose prior is standard normal.
func (w *walking) standard(a walk.Axis) bool { return w.space.StandardNormal() && a.Vector == nil }

// unscaled tells whether nothing is known of how far the codes reach along an axis, so that
// values are those of the latents.
func (w *walking) unscaled(a walk.Axis) bool {
	_, _, prior := w.space.Prior(a)
	return !prior && !w.space.Measured()
}
