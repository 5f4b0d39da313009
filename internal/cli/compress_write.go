package cli

import (
	"context"
	"fmt"
	"io"

	"vae/internal/codec"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/rng"
)

// write compresses all images.
func (w *compressing) write(ctx context.Context, to io.Writer) (report codec.Report, err error) {
	if most := codec.MostImages(w.head); w.block > most {
		return report, usagef("--block %d: images of this size have at most %s in a block", w.block, console.Comma(most))
	}
	conditional := w.labels.index != nil
	w.head.Classes = conditional || w.stream.Labelled() && w.head.Names
	out, err := codec.NewWriter(ctx, to, w.head, w.options)
	if err != nil {
		return report, err
	}
	for {
		batch := w.first
		if w.first = nil; batch == nil {
			batch = w.batch()
		}
		if len(batch) == 0 {
			break
		}
		for _, item := range batch {
			if err := w.add(out, item); err != nil {
				return report, err
			}
		}
	}
	if err := w.finish(ctx); err != nil {
		return report, err
	}
	return out.Close()
}

// add compresses an image, if it is one of the model's.
func (w *compressing) add(out *codec.Writer, item dataset.Item) error {
	image := codec.Image{Values: make([]uint16, w.head.Values()), Name: item.Name, Label: item.Label}
	switch exact := item.Pixels.Levels(image.Values, w.head.Levels); {
	case w.fit == fitDraw && w.head.Levels == codec.BlackAndWhite:
		w.draw(image.Values, item)
	case !exact && w.fit == "" && !w.head.Lossy:
		w.fail(fitError{fmt.Errorf("%s: %s: %s", item.Place(), w.otherLevels(), w.hint)})
		return nil
	}
	if w.labels.index != nil {
		image.Class, _ = w.labels.of(item)
		image.Label = w.model.Classes()[image.Class]
	}
	return out.Add(image)
}

// draw makes each pixel black or white, white with the probability of its grey.
func (w *compressing) draw(values []uint16, item dataset.Item) {
	grey, r := make([]float32, len(values)), rng.Stream(w.seed, "compress: binarization", item.Number)
	item.Pixels.Floats(grey)
	for i, p := range grey {
		values[i] = 0
		if r.Float64() < float64(p) {
			values[i] = 1
		}
	}
}

func (w *compressing) otherLevels() string {
	if w.head.Levels == codec.BlackAndWhite {
		return "has grey pixels, where those of " + w.owner() + " are black or white"
	}
	return fmt.Sprintf("has pixels between the %s levels of %s", console.Comma(w.head.Levels), w.owner())
}

func (w *compressing) owner() string {
	if w.model == nil {
		return "the first images"
	}
	return "the model"
}

// fitError is about an image that is not one of the model's.
type fitError struct{ error }

func (fitError) more() string { return "that are not like those" }

// The hints of such errors, with a model and without.
const (
	hintModel = "--fit brings images to that, and -m none compresses them without a model"
	hintPlain = "compress such images apart, or bring them to that with --fit"
	// hintOpaque is of images that nothing keeps as they are.
	hintOpaque = "--fit lays it on white"
)

// tell says what the file has come to.
func (w *compressing) tell(r codec.Report) {
	if r.Images == 0 {
		w.notes.Printf("no image, in %s bytes\n", console.Comma(int(r.Parts.Total())))
		return
	}
	values := float64(r.Images) * float64(w.head.Values())
	rate := func(bits float64) string { return console.Fixed(bits/values, 4) }
	total := float64(8 * r.Parts.Total())
	w.notes.Printf("%s in %s bytes: %s bits a dimension\n", console.Count(r.Images, "image"), console.Comma(int(r.Parts.Total())), rate(total))
	w.tellLossy(r)
	if r.Pixels > 0 {
		w.notes.Printf("  pixels %s, latents %s, the first of each block by context %s, names %s, the rest %s\n", rate(float64(r.Pixels)), rate(float64(r.Latents)), rate(float64(r.Start)),
			rate(float64(8*r.Parts.Names)), rate(float64(8*(r.Parts.Frame+r.Parts.Coding))))
	}
	if r.Order < 0 {
		w.notes.Printf("  their order gave back %s\n", rate(float64(-r.Order)))
	}
	switch {
	case w.model == nil:
	case r.Pixels == 0 && r.Lost == nil:
		w.notes.Printf("without the model, for that is shorter: it is not needed to open the file\n")
	case w.embed:
		w.notes.Printf("the model is in the file, %s of its bytes\n", console.Comma(w.bytes))
	default:
		w.notes.Printf("the model is not in the file: to open it, %s is needed, %s bytes, whose SHA-256 begins with %x\n", w.model.file, console.Comma(w.bytes), w.options.Sum[:4])
	}
	if w.fit != "" {
		w.notes.Printf("--fit: the file holds the images as they were brought to %s, not the originals\n", w.owner())
	}
}
