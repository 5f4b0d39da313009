package infer

import (
	"fmt"

	"vae/internal/model"
	"vae/internal/rng"
)

// SampleOptions say how to draw images from a model.
type SampleOptions struct {
	Seed        uint64
	Temperature float64 // standard deviation of z; 1 is the prior
	Bernoulli   bool    // draw each pixel instead of showing its probability
}

// Sampler draws images from a model: z from the prior N(0, 1), then the mean of
// p(x|z).
type Sampler struct {
	options SampleOptions
	decoder *Decoder
	latents [][]float32
	batch   [][]float32 // decoded and not yet handed out
	next    uint64      // number of the next image
}

// NewSampler prepares to draw. Image i depends on the seed and on i alone: the
// first ten of a hundred are the same as ten.
func NewSampler(m *model.Model, o SampleOptions) (*Sampler, error) {
	decoder, err := NewDecoder(m)
	if err != nil {
		return nil, err
	}
	s := &Sampler{options: o, decoder: decoder, latents: make([][]float32, BatchRows)}
	for i := range s.latents {
		s.latents[i] = make([]float32, m.Latent())
	}
	return s, nil
}

// Next writes the next image [D] to dst.
func (s *Sampler) Next(dst []float32) error {
	if shape := s.decoder.model.Shape(); len(dst) != shape.Pixels() {
		return fmt.Errorf("room for %d values for an image of a model of %v", len(dst), shape)
	}
	place := int(s.next % BatchRows)
	if place == 0 {
		if err := s.fill(); err != nil {
			return err
		}
	}
	copy(dst, s.batch[place])
	if s.options.Bernoulli {
		drawPixels(dst, s.options.Seed, s.next)
	}
	s.next++
	return nil
}

func (s *Sampler) fill() (err error) {
	for i, z := range s.latents {
		rng.Normal(z, rng.Stream(s.options.Seed, "sample from the prior", s.next+uint64(i)))
		for j := range z {
			z[j] *= float32(s.options.Temperature)
		}
	}
	s.batch, err = s.decoder.Decode(s.latents)
	return err
}

// drawPixels replaces probabilities by draws of 0 or 1.
func drawPixels(p []float32, seed, number uint64) {
	r := rng.Stream(seed, "sample pixels", number)
	for i, probability := range p {
		if probability != probability {
			continue // NaN: the caller is to see it
		}
		p[i] = 0
		if r.Float32() < probability {
			p[i] = 1
		}
	}
}
