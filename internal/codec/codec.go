// Package codec compresses sets of images without loss, with a model or without one, or with loss by the latents of a model, and opens what it has
// compressed.
//
// With a model the images of a block are coded by bits-back coding on a stack (see chain), but for some at its end: those are coded by
// context (package causal), for what latents are drawn from must lie on the stack already. A block for which that is shorter is
// coded by context alone. Package vaez has the file, pmf and likelihood the distributions as integers.
//
// Who decodes must compute what who encoded has computed, to the bit. So all that decides on a bit here is of integers, of package exact
// or of the networks on a path of the kernels whose bits are those of every other machine's (kernel.Bits); a fingerprint in the
// file tells one that has others.
//
// Shapes: D values of an image, L latents of a level, K draws of an image.
package codec

import (
	"errors"
	"fmt"

	"vae/internal/causal"
	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/likelihood"
	"vae/internal/model"
	"vae/internal/vaez"
)

// BlackAndWhite are the levels of images that are coded by a Bernoulli likelihood.
const BlackAndWhite = 2

// Levels is how many levels the values must have of images that are coded with a model. The error is of one that gives no image a
// probability.
func Levels(m *model.Model) (int, error) {
	if !m.Variational() {
		return 0, fmt.Errorf("is an autoencoder of kind %s, which gives no image a probability: images are compressed with a model of %s", m.Config().Kind, config.Mention("model.kind", string(config.VAE)))
	}
	if _, err := likelihood.NewCoder(m.Likelihood()); err != nil {
		return 0, err
	}
	return likelihood.CodedLevels(m.Likelihood()), nil
}

// checkPath refuses a path of the kernels whose bits are those of one kind of machine.
func checkPath() error {
	if !kernel.Reproducible() {
		return errors.New("the path of the kernels in use, " + kernel.Path() + ", has bits of its own, and others could not open what it writes")
	}
	return nil
}

// contextShape is that of the context coder.
func contextShape(h vaez.Head) causal.Shape {
	return causal.Shape{Width: h.Width, Height: h.Height, Channels: h.Channels, Levels: h.Levels}
}

// shapeOf is that of images of so many levels of a model.
func shapeOf(m *model.Model, levels int) causal.Shape {
	s := m.Shape()
	return causal.Shape{Width: s.Width, Height: s.Height, Channels: s.Channels, Levels: levels}
}

// AppendValues appends the values of an image as they are told to checksums: a byte each, two of more than 256 levels.
func AppendValues(to []byte, values []uint16, levels int) []byte {
	for _, v := range values {
		if to = append(to, byte(v)); levels > 256 {
			to = append(to, byte(v>>8))
		}
	}
	return to
}

func bytesOf(images [][]uint16, levels int) (all []byte) {
	for _, image := range images {
		all = AppendValues(all, image, levels)
	}
	return all
}
