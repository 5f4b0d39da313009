package cli

import (
	"context"
	"fmt"
	"io"
	"math"

	"vae/internal/baseline"
	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/vaez"
)

// rates are what images take, compressed with a model and otherwise.
type rates struct {
	Model  string `json:"model"`
	Data   string `json:"data"`
	Split  string `json:"split"`
	Seed   uint64 `json:"seed"`
	Images int    `json:"images"`
	Values int    `json:"values"` // of an image
	Rows   []rate `json:"rates"`
}

// rate is a row.
type rate struct {
	Name  string  `json:"name"`
	Bytes float64 `json:"bytes"`
	Bits  float64 `json:"bits_per_dimension"`
}

// bitsPurpose is that of the draws of pixels and latents.
const bitsPurpose = "bits"

// bits measures the rates.
func (o *evaluateOptions) bits(ctx context.Context, m *loaded, notes console.Notes) (*rates, error) {
	kernel.SelectReproducible()
	levels, err := codec.Levels(m.Model)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", m.file, err)
	}
	data, split, err := o.measuring.load(ctx, m, notes)
	if err != nil {
		return nil, err
	}
	m.announce(notes)
	images, err := o.levelsOf(m, split, levels)
	if err != nil {
		return nil, err
	}
	r := &rates{Model: m.file, Data: data.Name, Split: o.measuring.split, Seed: o.measuring.seed, Images: split.Len(), Values: m.Shape().Pixels()}
	if err := r.bound(ctx, m, split); err != nil {
		return nil, err
	}
	samples := 1
	if o.measuring.sampled() && o.measuring.samples > 0 {
		samples = o.measuring.samples
	}
	if err := r.coded(ctx, m, images, levels, samples); err != nil {
		return nil, err
	}
	return r, r.others(ctx, m, images, levels)
}

// levelsOf are the images as a codec has them.
func (o *evaluateOptions) levelsOf(m *loaded, split dataset.Split, levels int) ([]codec.Image, error) {
	x, images := make([]float32, m.Shape().Pixels()), make([]codec.Image, split.Len())
	for i := range images {
		split.Fill(x, []int{i}, infer.Binarization([]int{i}, o.measuring.seed, bitsPurpose))
		images[i].Values = make([]uint16, len(x))
		for j, v := range x {
			at := float64(v) * float64(levels-1)
			level := math.Round(at)
			if math.Abs(at-level) > 1e-2 {
				return nil, fmt.Errorf("%s: the model gives no probability to images that have other pixels than its %s levels: it was trained with grey pixels on a likelihood of black and white ones, or on others than these", split.Set.Name(split.Index[i]), console.Comma(levels))
			}
			images[i].Values[j] = uint16(level)
		}
		if split.Labeled() {
			images[i].Class = split.Labels()[i]
		}
	}
	return images, nil
}

func (r *rates) add(name string, bits float64) {
	r.Rows = append(r.Rows, rate{name, bits / 8, bits / float64(r.Images) / float64(r.Values)})
}

// bound adds the loss of one draw.
func (r *rates) bound(ctx context.Context, m *loaded, split dataset.Split) error {
	loss, err := evaluate.NewLoss(m.Model, infer.Rows(m.Model), 1, false)
	if err != nil {
		return err
	}
	terms, err := loss.Measure(ctx, split, r.Seed, bitsPurpose)
	if err != nil {
		return err
	}
	r.add("the model's bound (-ELBO)", (terms.Reconstruction+terms.KL)/math.Ln2*float64(r.Images))
	return nil
}

// coded adds what files take.
func (r *rates) coded(ctx context.Context, m *loaded, images []codec.Image, levels, samples int) error {
	shape := m.Shape()
	head := vaez.Head{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Levels: levels}
	compress := func(o codec.Options) (codec.Report, error) {
		w, err := codec.NewWriter(ctx, io.Discard, head, o)
		for i := 0; i < len(images) && err == nil; i++ {
			err = w.Add(images[i])
		}
		if err != nil {
			return codec.Report{}, err
		}
		return w.Close()
	}
	net, err := compress(codec.Options{Model: m.Model, Samples: samples, Fast: true})
	if err != nil {
		return err
	}
	if coded := net.Images - net.Plain; coded > 0 {
		r.add("coded with the model alone, net", float64(net.Latents+net.Pixels)/float64(coded)*float64(net.Images))
	}
	whole, err := compress(codec.Options{Model: m.Model, Samples: samples})
	if err != nil {
		return err
	}
	plain, err := compress(codec.Options{})
	if err != nil {
		return err
	}
	r.add("the file", float64(8*whole.Parts.Total()))
	if whole.Pixels > 0 {
		r.add("  pixels, with those around them", float64(whole.Pixels))
		r.add("  latents", float64(whole.Latents))
		r.add("  the start of each block", float64(whole.Start))
	}
	r.add("  head, checksums, index", float64(8*(whole.Parts.Frame+whole.Parts.Coding)))
	r.add("by context, without the model", float64(8*plain.Parts.Total()))
	return nil
}

// others adds what other formats take.
func (r *rates) others(ctx context.Context, m *loaded, images []codec.Image, levels int) error {
	shape := m.Shape()
	all := baseline.Images{Width: shape.Width, Height: shape.Height, Channels: shape.Channels, Levels: levels}
	for _, image := range images {
		all.Values = append(all.Values, image.Values)
	}
	sizes, err := baseline.Sizes(ctx, all)
	if err != nil {
		return err
	}
	for _, s := range sizes {
		r.add(s.Format, float64(8*s.Bytes))
	}
	return nil
}

func (r *rates) print(w io.Writer) error {
	table := console.NewTable(w)
	table.Row(fmt.Sprintf("%s of %s", console.Count(r.Images, r.Split+" image"), r.Data), "bytes", "bits a dimension")
	for _, row := range r.Rows {
		table.Row(row.Name, console.Comma(int(math.Round(row.Bytes))), console.Fixed(row.Bits, 4))
	}
	return table.Flush()
}

// printed writes figures for people, or as JSON.
func printed(figures interface{ print(io.Writer) error }, json bool, s console.Streams) error {
	if !json {
		return figures.print(s.Out)
	}
	encoder := console.NewJSON(s.Out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(figures)
}
