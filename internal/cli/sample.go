package cli

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"vae/internal/infer"
	"vae/internal/render"
)

// maxSamples is the most images that one command draws.
const maxSamples = 100_000

// maxTemperature is far beyond any use, and far below what makes numbers overflow.
const maxTemperature = 1000

type sampleOptions struct {
	n           int
	model       string
	seed        seed
	temperature float64
	bernoulli   bool
	out         output
	quiet       bool
}

func newSample(s Streams) *cobra.Command {
	o := &sampleOptions{}
	c := &cobra.Command{
		Use:   "sample",
		Short: "Draw images from a trained model",
		Long: `Draw images from a trained model: latents from the prior, decoded. The picture
shows pixel probabilities; --bernoulli draws black or white pixels from them.
On a terminal a preview is drawn.`,
		Example: `  vae sample -n 64 > grid.png
  vae sample -n 100 --columns 20 --scale 2 -o grid.png
  vae sample -n 1000 --seed 7 -o images/
  vae sample -n 5000 -o samples.npy`,
		Args: noArguments,
		RunE: func(c *cobra.Command, _ []string) error { return runSample(c.Context(), o, s) },
	}
	f := c.Flags()
	f.IntVarP(&o.n, "number", "n", 64, "images to draw, 1 to 100,000")
	f.Float64Var(&o.temperature, "temperature", 1, "standard deviation of the latents, 0 to 1000; below 1 more typical, above 1 more varied")
	f.BoolVar(&o.bernoulli, "bernoulli", false, "draw each pixel, black or white, instead of showing its probability")
	seedFlag(c, &o.seed, "seed of the draws")
	modelFlag(c, &o.model)
	outputFlags(c, &o.out, "png", "csv", "npy")
	gridFlags(c, &o.out.grid)
	f.BoolVarP(&o.quiet, "quiet", "q", false, "print errors only")
	return c
}

func (o *sampleOptions) check(s Streams) error {
	if o.n < 1 || o.n > maxSamples {
		return usagef("-n %d: must be from 1 to %s", o.n, comma(maxSamples))
	}
	if !(o.temperature >= 0 && o.temperature <= maxTemperature) {
		return usagef("--temperature %g: must be a number from 0 to %d", o.temperature, maxTemperature)
	}
	return o.out.resolve(s)
}

func runSample(ctx context.Context, o *sampleOptions, s Streams) error {
	if err := o.check(s); err != nil {
		return err
	}
	notes := notes{s.Err, o.quiet}
	m, err := loadModel(o.model)
	if err != nil {
		return err
	}
	if o.bernoulli && m.Config().Likelihood != "bernoulli" {
		return usagef("--bernoulli: %s has a %s likelihood, whose pixels are no probabilities", m.file, m.Config().Likelihood)
	}
	grid := o.out.grid.grid(m.Shape(), s)
	if o.out.picture() {
		if err := grid.Validate(o.n); err != nil {
			return usageError{err}
		}
	}
	m.announce(notes)
	number, err := o.seed.resolve(notes)
	if err != nil {
		return err
	}
	sampler, err := infer.NewSampler(m.Model, infer.SampleOptions{Seed: number, Temperature: o.temperature, Bernoulli: o.bernoulli})
	if err != nil {
		return err
	}
	drawn := 0
	next := func(dst []float32) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := sampler.Next(dst); err != nil {
			return err
		}
		drawn++
		return m.finite(fmt.Sprintf("sample %d", drawn), dst)
	}
	switch {
	case o.out.preview(s):
		columns, rows := s.Size()
		return grid.Preview(s.Out, o.n, columns, rows, next)
	case o.out.folder():
		return o.writeImages(m, next)
	}
	return o.out.write(s, func(w io.Writer) error { return o.produce(w, m, grid, next) })
}

// produce writes all samples to one file.
func (o *sampleOptions) produce(w io.Writer, m *loaded, grid render.Grid, next func([]float32) error) error {
	switch o.out.format {
	case "csv":
		return o.writeCSV(w, m, next)
	case "npy":
		shape := []int{m.Shape().Height, m.Shape().Width}
		if m.Shape().Channels > 1 {
			shape = append(shape, m.Shape().Channels)
		}
		array, err := render.NewNPY(w, o.n, shape...)
		if err != nil {
			return err
		}
		if err := o.each(m, next, array.Write); err != nil {
			return err
		}
		return array.Close()
	}
	return grid.PNG(w, o.n, next)
}

// each hands all samples to use, one after the other, in the same memory.
func (o *sampleOptions) each(m *loaded, next, use func([]float32) error) error {
	pixels := make([]float32, m.Shape().Pixels())
	for range o.n {
		if err := next(pixels); err != nil {
			return err
		}
		if err := use(pixels); err != nil {
			return err
		}
	}
	return nil
}

func (o *sampleOptions) writeCSV(w io.Writer, m *loaded, next func([]float32) error) error {
	columns := make([]string, m.Shape().Pixels())
	for i := range columns {
		columns[i] = "pixel_" + strconv.Itoa(i)
	}
	table := render.NewCSV(w, columns)
	if err := o.each(m, next, func(p []float32) error { return table.Row(nil, p) }); err != nil {
		return err
	}
	return table.Flush()
}

func (o *sampleOptions) writeImages(m *loaded, next func([]float32) error) error {
	if err := makeFolder(o.out.path); err != nil {
		return err
	}
	shape, i := m.Shape(), 0
	return o.each(m, next, func(pixels []float32) error {
		name := filepath.Join(o.out.path, fmt.Sprintf("%05d.png", i))
		i++
		return writeFile(name, func(w io.Writer) error {
			return render.PNG(w, shape.Width, shape.Height, shape.Channels, pixels)
		})
	})
}
