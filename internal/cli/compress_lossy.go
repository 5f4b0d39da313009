package cli

import (
	"strconv"
	"strings"

	"vae/internal/codec"
	"vae/internal/console"
)

// lossyHelp is what the help says of --lossy.
const lossyHelp = `--lossy keeps of an image its latents alone, rounded to a grid, and the file holds
images that are near to the originals: as near as a quality from 1 to 100 says, where
100 loses about one of 256 levels to the rounding and 16 less twice as much, beside
what the model itself does not see; or as many bytes an image allow, 20B, or bits a
dimension, 0.1bits. These are of the images alone, without names and what the file
says of itself. Of a model of at most 512 latents, a code is sought whose image is
nearer, which takes some time.`

const lossyForms = "a quality from 1 to 100, bytes an image as 20B, or bits a dimension as 0.1bits"

// parseLossy reads a --lossy. Bits are those of a value, of which an image has so many.
func parseLossy(text string) (lossy codec.Lossy, bits float64, err error) {
	of := func(suffix string) (float64, bool) {
		number, ok := strings.CutSuffix(text, suffix)
		v, err := strconv.ParseFloat(number, 64)
		return v, ok && err == nil && v > 0 && v <= 1e9
	}
	if v, ok := of("bits"); ok {
		return lossy, v, nil
	}
	if v, ok := of("B"); ok {
		return codec.Lossy{Bytes: v}, 0, nil
	}
	if v, ok := of(""); ok && v >= codec.WorstQuality && v <= codec.BestQuality {
		return codec.Lossy{Quality: v}, 0, nil
	}
	return lossy, 0, usagef("--lossy %q: must be %s", text, lossyForms)
}

// checkLossy refuses what does not go with --lossy.
func (o *compressOptions) checkLossy() error {
	if !o.lossily() {
		return nil
	}
	if o.inputs.model == noModel {
		return usagef("--lossy keeps the latents of a model: name one with --model")
	}
	if o.out.flags.Changed("samples") {
		return usagef("--samples has no effect with --lossy, which draws none: leave it out")
	}
	if _, _, err := parseLossy(o.lossy); err != nil {
		return err
	}
	return o.inputs.shard.whole("the grid of --lossy", "leave it out, or give such images in separate calls without --shard")
}

func (o *compressOptions) lossily() bool { return o.out.flags.Changed("lossy") }

// levels are those that the values of an image have in the file.
func (w *compressing) levels() (int, error) {
	if w.lossily() {
		return codec.LossyLevels(w.model.Model)
	}
	return codec.Levels(w.model.Model)
}

// setLossy turns the coding to that of --lossy, if there is one.
func (w *compressing) setLossy() error {
	if !w.lossily() {
		return nil
	}
	lossy, bits, err := parseLossy(w.lossy)
	if bits > 0 {
		lossy.Bytes = bits * float64(w.head.Values()) / 8
	}
	w.head.Lossy, w.options.Lossy = true, &lossy
	return err
}

// tellLossy says how near the images are, and what they take.
func (w *compressing) tellLossy(r codec.Report) {
	if r.Lost == nil {
		return
	}
	bytes := console.Fixed(float64(r.Parts.Images)/float64(r.Images), 2)
	w.notes.Printf("  with loss: %s bytes an image, mean squared error %s a pixel (0 to 1), %s dB, quality %s\n", bytes,
		strconv.FormatFloat(r.Lost.SquaredError, 'g', 4, 64), console.Fixed(r.Lost.PSNR(), 2), strconv.FormatFloat(r.Lost.Quality, 'f', 1, 64))
	switch {
	case r.Lost.Beyond > 0:
		w.notes.Printf("warning: --lossy %s is more than this model has a use for: at %s bytes an image its latents are exact, and no image comes nearer; take a model of more latents\n", w.lossy, bytes)
	case r.Lost.Beyond < 0:
		w.notes.Printf("warning: --lossy %s is less than this model can do with, which is %s bytes an image: take a model of fewer latents, or more images\n", w.lossy, bytes)
	}
}
