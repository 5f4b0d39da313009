package cli

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/infer"
	"vae/internal/render"
)

// maxSamples is the most images that one command draws.
const maxSamples = 100_000

// maxTemperature is far beyond any use, and far below what makes numbers overflow.
const maxTemperature = 1000

type sampleOptions struct {
	n           int
	counted     func() bool // -n was given
	model       string
	seed        seed
	temperature float64
	draw        bool
	bernoulli   bool
	label       labelFlag
	out         output
	quiet       bool
}

func newSample(s console.Streams) *cobra.Command {
	o := &sampleOptions{n: 64, temperature: 1}
	c := &cobra.Command{
		Use:   "sample",
		Short: "Draw images from a trained model",
		Long: `Draw images from a trained model: latents from the prior, decoded. An autoencoder
draws them from the normal distribution of the codes of its training images, PCA
from that of probabilistic PCA. The picture shows pixel probabilities, or means
without the likelihood's noise; --draw draws each pixel from its distribution, and
--bernoulli black or white from probabilities. On a terminal a preview is drawn.

A conditional model draws images of the class that --label names. --label each
makes a row of every class, -n images long; those in a column have the same
latents. Without --label each image has a label by chance. --label =each is a
class whose name is "each".`,
		Example: `  vae sample -n 64 > grid.png
  vae sample -n 100 --columns 20 --scale 2 -o grid.png
  vae sample -n 1000 --seed 7 -o images/
  vae sample -n 5000 -o samples.npy
  vae sample --label 7 -n 16 -o sevens.png
  vae sample --label each -n 8 -o classes.png`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runSample(c.Context(), o, s) },
	}
	f := c.Flags()
	intFlag(f, &o.n, "number", "n", "images to draw, 1 to 100,000; with --label each the images of a class, 10 unless given")
	o.counted = func() bool { return f.Changed("number") }
	floatFlag(f, &o.temperature, "temperature", "factor of the latents' standard deviation, 0 to 1000; below 1 more typical, above 1 more varied")
	f.BoolVar(&o.draw, "draw", false, "draw each pixel from its distribution given the latents, instead of showing its mean")
	f.BoolVar(&o.bernoulli, "bernoulli", false, "draw each pixel, black or white, instead of showing its probability")
	o.label.add(c, "class to draw, by its `name`, or \"each\", for a conditional model (default by chance)", eachLabel)
	seedFlag(c, &o.seed, "seed of the draws")
	modelFlag(c, &o.model)
	outputFlags(c, &o.out, "png", "csv", "npy")
	gridFlags(c, &o.out.grid)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print results and errors only")
	return c
}

func (o *sampleOptions) check(s console.Streams) error {
	if o.n < 1 || o.n > maxSamples {
		return usagef("-n %d: must be from 1 to %s", o.n, console.Comma(maxSamples))
	}
	if !(o.temperature >= 0 && o.temperature <= maxTemperature) {
		return usagef("--temperature %g: must be a number from 0 to %d", o.temperature, maxTemperature)
	}
	return o.out.resolve(s)
}

func runSample(ctx context.Context, o *sampleOptions, s console.Streams) error {
	if err := o.check(s); err != nil {
		return err
	}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	if err := m.spares(&o.out); err != nil {
		return err
	}
	if likelihood := m.Config().Likelihood; o.bernoulli && !m.Likelihood().Facts().Probabilities {
		article := map[bool]string{true: "an", false: "a"}[likelihood == config.SquaredError]
		return usagef("--bernoulli: %s has %s %s likelihood, whose pixels are no probabilities", m.file, article, likelihood)
	}
	draw, err := o.plan(m, s)
	if err != nil {
		return err
	}
	if err := draw.begin(ctx); err != nil {
		return err
	}
	notes := console.Notes{W: s.Err, Quiet: o.quiet}
	if !o.out.person {
		draw.announce(notes)
		return draw.write(s)
	}
	if err := draw.write(s); err != nil {
		return err
	}
	draw.announce(notes) // before the picture it would scroll away
	return nil
}

// sampling is one call of the command at work.
type sampling struct {
	*sampleOptions
	ctx     context.Context
	model   *loaded
	grid    render.Grid
	plan    func(seed uint64) infer.Plan // nil unless the model is conditional
	note    string                       // what the labels are
	total   int
	sampler *infer.Sampler
	labels  infer.Plan
	drawn   int
}

// announce says what is drawn, and how again.
func (d *sampling) announce(n console.Notes) {
	d.model.announce(n)
	if d.note != "" {
		n.Printf("%s\n", d.note)
	}
	d.seed.tell(n)
}

// write draws, to where the result goes.
func (d *sampling) write(s console.Streams) error {
	switch {
	case d.out.preview(s):
		columns, rows := s.Size()
		return d.grid.Preview(s.Out, d.total, columns, rows, d.next)
	case d.out.folder():
		return d.writeImages()
	}
	return d.out.write(d.ctx, s, d.produce)
}

// begin prepares to draw.
func (d *sampling) begin(ctx context.Context) error {
	seed, err := d.seed.resolve()
	if err != nil {
		return err
	}
	if d.plan != nil {
		d.labels = d.plan(seed)
	}
	d.ctx = ctx
	d.sampler, err = infer.NewSampler(d.model.Model, infer.SampleOptions{
		Seed: seed, Temperature: d.temperature, Pixels: d.draw || d.bernoulli, Plan: d.labels,
	})
	if err != nil {
		return fmt.Errorf("%s: %w", d.model.file, err)
	}
	return nil
}

// next draws one more image.
func (d *sampling) next(dst []float32) error {
	if err := d.ctx.Err(); err != nil {
		return err
	}
	if err := d.sampler.Next(dst); err != nil {
		return err
	}
	d.drawn++
	return d.model.finite(fmt.Sprintf("sample %d", d.drawn), dst)
}

// label is that of the image that was drawn last, of a conditional model.
func (d *sampling) label() string {
	_, class := d.labels(uint64(d.drawn - 1))
	return d.model.Classes()[class]
}

// produce writes all samples to one file.
func (d *sampling) produce(w io.Writer) error {
	switch d.out.format {
	case "csv":
		return d.writeCSV(w)
	case "npy":
		array, err := render.NewNPY(w, d.total, imageAxes(d.model.Shape())...)
		if err != nil {
			return err
		}
		if err := d.each(array.Write); err != nil {
			return err
		}
		return array.Close()
	}
	return d.grid.PNG(w, d.total, d.next)
}

// each hands all samples to use, one after the other, in the same memory.
func (d *sampling) each(use func([]float32) error) error {
	pixels := make([]float32, d.model.Shape().Pixels())
	for range d.total {
		if err := d.next(pixels); err != nil {
			return err
		}
		if err := use(pixels); err != nil {
			return err
		}
	}
	return nil
}

func (d *sampling) writeCSV(w io.Writer) error {
	var columns []string
	if d.labels != nil {
		columns = []string{"label"}
	}
	table := render.NewCSV(w, append(columns, pixelColumns(d.model.Shape())...))
	err := d.each(func(pixels []float32) error {
		var text []string
		if d.labels != nil {
			text = d.out.cells(d.label())
		}
		return table.Row(text, pixels)
	})
	if err != nil {
		return err
	}
	return table.Flush()
}
