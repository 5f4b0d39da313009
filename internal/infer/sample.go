package infer

import (
	"errors"
	"fmt"
	"slices"

	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// SampleOptions say how to draw images from a model.
type SampleOptions struct {
	Seed        uint64
	Temperature float64 // factor of the standard deviation of the latents around their mean; 1 is the prior
	Pixels      bool    // draw each pixel from p(x|z) instead of showing its mean
	Plan        Plan    // of a conditional model; nil for AnyClass
}

// Sampler draws images from a model: z from its prior, then the mean of p(x|z).
//
// The prior of a variational autoencoder is N(0, 1), of one with several levels of latents
// that of the uppermost, with those below drawn from p(z|z above) then; that of another
// autoencoder is the normal distribution that the model was saved with.
type Sampler struct {
	options SampleOptions
	latents *Latents
	decoder *Decoder
	noise   [][]float32 // of each level [B,L]
	z       [][]float32 // [B][L], in the noise of the lowest
	numbers []uint64    // [B] of the latents
	labels  []int       // [B]; nil unless the model is conditional
	batch   [][]float32 // decoded and not yet handed out
	next    uint64      // number of the next image
}

// NewSampler prepares to draw. Image i depends on the seed, on i and on its place in
// the plan alone: the first ten of a hundred are the same as ten. An autoencoder
// that is not variational and was saved without a prior is an error.
func NewSampler(m *model.Model, o SampleOptions) (*Sampler, error) {
	conditional := len(m.Classes()) > 0
	if o.Plan != nil && !conditional {
		return nil, errors.New("labels for a model that is not conditional")
	}
	rows := Rows(m)
	latents, err := NewLatents(m, rows)
	if err != nil {
		return nil, err
	}
	decoder, err := NewDecoderOf(m, rows)
	if err != nil {
		return nil, err
	}
	s := &Sampler{options: o, latents: latents, decoder: decoder, noise: latents.Noise(), numbers: make([]uint64, rows)}
	for z := range slices.Chunk(s.noise[0], m.Latent()) {
		s.z = append(s.z, z)
	}
	if conditional {
		s.labels = make([]int, rows)
	}
	if conditional && o.Plan == nil {
		s.options.Plan = AnyClass(o.Seed, len(m.Classes()))
	}
	return s, nil
}

// Next writes the next image [D] to dst.
func (s *Sampler) Next(dst []float32) error {
	if shape := s.decoder.model.Shape(); len(dst) != shape.Pixels() {
		return fmt.Errorf("room for %d values for an image of a model of %v", len(dst), shape)
	}
	place := int(s.next % uint64(len(s.numbers)))
	if place == 0 {
		if err := s.fill(); err != nil {
			return err
		}
	}
	if s.options.Pixels {
		s.decoder.model.Likelihood().Draw(dst, s.decoder.output(place), rng.Stream(s.options.Seed, "sample pixels", s.numbers[place]))
	} else {
		copy(dst, s.batch[place])
	}
	s.next++
	return nil
}

// Restart goes back to the first image. The model may have other parameters since.
func (s *Sampler) Restart() { s.next = 0 }

// fill draws and decodes the next images, a batch of them.
func (s *Sampler) fill() error {
	for i := range s.numbers {
		s.numbers[i] = s.next + uint64(i)
		if s.labels != nil {
			s.numbers[i], s.labels[i] = s.options.Plan(s.numbers[i])
		}
	}
	s.drawNoise()
	if err := s.latents.Draw(s.noise); err != nil {
		return err
	}
	batch, err := s.decoder.Decode(s.z, s.labels)
	if err != nil {
		return err
	}
	s.batch = batch
	return nil
}

// drawNoise draws normal numbers of the temperature for each level, which belong to the
// numbers of the images.
func (s *Sampler) drawNoise() {
	top := len(s.noise) - 1
	for level, noise := range s.noise {
		l := len(noise) / len(s.numbers)
		kernel.Parallel(len(s.numbers), func(i int) {
			row := noise[i*l : (i+1)*l]
			rng.Normal(row, rng.Stream(s.options.Seed, noisePurpose(top-level), s.numbers[i]))
			for j := range row {
				row[j] *= float32(s.options.Temperature)
			}
		})
	}
}

// noisePurpose is that of the noise of the level so many below the uppermost.
func noisePurpose(below int) string {
	switch below {
	case 0:
		return "sample from the prior"
	case 1:
		return "sample below the prior"
	}
	return fmt.Sprintf("sample below the prior: %d below", below)
}
