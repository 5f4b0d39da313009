package infer

import (
	"errors"
	"fmt"

	"vae/internal/model"
	"vae/internal/rng"
)

// SampleOptions say how to draw images from a model.
type SampleOptions struct {
	Seed        uint64
	Temperature float64 // factor of the standard deviation of the latents around their mean; 1 is the prior
	Bernoulli   bool    // draw each pixel instead of showing its probability
	Plan        Plan    // of a conditional model; nil for AnyClass
}

// Sampler draws images from a model: z from its prior, then the mean of p(x|z).
//
// The prior of a variational autoencoder is N(0, 1), of one with two stochastic
// layers that of z2, with z drawn from p(z|z2) then; that of another autoencoder is
// the normal distribution that the model was saved with.
type Sampler struct {
	options SampleOptions
	latents *latents
	decoder *Decoder
	z       [][]float32 // [B][L]
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
	latents, err := newLatents(m, o.Seed, o.Temperature)
	if err != nil {
		return nil, err
	}
	decoder, err := NewDecoder(m)
	if err != nil {
		return nil, err
	}
	s := &Sampler{options: o, latents: latents, decoder: decoder, z: make([][]float32, BatchRows), numbers: make([]uint64, BatchRows)}
	for i := range s.z {
		s.z[i] = make([]float32, m.Latent())
	}
	if conditional {
		s.labels = make([]int, BatchRows)
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
	place := int(s.next % BatchRows)
	if place == 0 {
		if err := s.fill(); err != nil {
			return err
		}
	}
	copy(dst, s.batch[place])
	if s.options.Bernoulli {
		drawPixels(dst, s.options.Seed, s.numbers[place])
	}
	s.next++
	return nil
}

// fill draws and decodes the next BatchRows images.
func (s *Sampler) fill() error {
	for i := range s.numbers {
		s.numbers[i] = s.next + uint64(i)
		if s.labels != nil {
			s.numbers[i], s.labels[i] = s.options.Plan(s.numbers[i])
		}
	}
	if err := s.latents.draw(s.z, s.numbers); err != nil {
		return err
	}
	batch, err := s.decoder.Decode(s.z, s.labels)
	if err != nil {
		return err
	}
	s.batch = batch
	return nil
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
