package evaluate

import (
	"fmt"
	"math/rand/v2"

	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// Draws are the random numbers that an objective is fed with: the streams of the black
// and white pixels of each image of the batch, and the noise of each level of latents,
// counted from the lowest, 0; nil leaves the noise as it is. Changes are those of images
// in training, nil of images that are measured.
type Draws struct {
	Changes *dataset.Augmentation
	Pixels  func(i int) *rand.Rand
	Noise   func(level int, dst []float32)
}

// Feed loads an objective with the images rows of a split, at most as many as it takes: their
// pixels, which it is to see too, their labels, the noise, and the weights of a mean. Rows
// beyond them are copies, with weight 0.
func Feed(o *model.Objective, split dataset.Split, rows []int, d Draws) {
	pixels := o.X[:len(rows)*split.Set.Shape.Pixels()]
	if d.Changes != nil {
		split.FillChanged(pixels, rows, *d.Changes, d.Pixels)
	} else {
		split.Fill(pixels, rows, d.Pixels)
	}
	if o.Labels != nil {
		split.OneHot(o.Labels[:len(rows)*len(split.Set.Classes)], rows)
	}
	if d.Noise != nil {
		for level, noise := range o.Noise {
			d.Noise(level, noise)
		}
	}
	o.Weigh(len(rows))
	o.Pad(len(rows))
}

// rowNoise draws the noise of each image from a stream of its own, that of its number in the
// split.
func rowNoise(rows []int, seed uint64, purpose string, atOnce int) func(level int, dst []float32) {
	return func(level int, dst []float32) {
		n := len(dst) / atOnce
		for i, row := range rows {
			rng.Normal(dst[i*n:(i+1)*n], rng.Stream(seed, ofLevel(purpose, level), uint64(row)))
		}
	}
}

// ofLevel is the purpose of the noise of a level.
func ofLevel(purpose string, level int) string {
	switch level {
	case 0:
		return purpose
	case 1:
		return purpose + ": top"
	}
	return fmt.Sprintf("%s: level %d", purpose, level)
}
