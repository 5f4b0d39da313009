// Package infer uses a trained model: it encodes, decodes, samples and
// reconstructs, image by image on the outside and in batches on the inside.
//
// Every result is a function of the model, the image and, where there is noise,
// of the seed and the image's number: neither the batch size nor the number of
// threads nor the company of other images changes it.
//
// Shapes: D pixels of an image, L latents.
package infer

import (
	"fmt"
	"math"

	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
)

// BatchRows is how many images go through a graph at once.
const BatchRows = 128

// Code is q(z|x) of one image: the means and log-variances [L] of its latents.
type Code struct{ Mu, Logvar []float32 }

// Draw writes to z [L] a draw from the code; number is the image's place among
// the inputs.
func (c Code) Draw(z []float32, seed, number uint64) {
	rng.Normal(z, rng.Stream(seed, "draw from q(z|x)", number))
	for i := range z {
		z[i] = c.Mu[i] + float32(math.Exp(0.5*float64(c.Logvar[i])))*z[i]
	}
}

// Encoder encodes images.
type Encoder struct {
	model *model.Model
	graph *model.Encoder
}

// NewEncoder prepares the encoder of a model.
func NewEncoder(m *model.Model) (*Encoder, error) {
	graph, err := m.NewEncoder(BatchRows)
	return &Encoder{m, graph}, err
}

// Encode returns the codes of up to BatchRows images of D pixels each. The codes
// are valid until the next call.
func (e *Encoder) Encode(images [][]uint8) ([]Code, error) {
	d, l := e.model.Shape().Pixels(), e.model.Latent()
	if len(images) > BatchRows {
		return nil, fmt.Errorf("%d images in a batch of %d", len(images), BatchRows)
	}
	for i, pixels := range images {
		if len(pixels) != d {
			return nil, fmt.Errorf("an image of %d values for a model of %v", len(pixels), e.model.Shape())
		}
		kernel.BytesToFloats(e.graph.X[i*d:(i+1)*d], pixels)
	}
	mu, logvar, err := e.graph.Run()
	if err != nil {
		return nil, err
	}
	codes := make([]Code, len(images))
	for i := range codes {
		codes[i] = Code{mu[i*l : (i+1)*l], logvar[i*l : (i+1)*l]}
	}
	return codes, nil
}

// Decoder decodes latents.
type Decoder struct {
	model *model.Model
	graph *model.Decoder
}

// NewDecoder prepares the decoder of a model.
func NewDecoder(m *model.Model) (*Decoder, error) {
	graph, err := m.NewDecoder(BatchRows)
	return &Decoder{m, graph}, err
}

// Decode returns the mean images [D] of p(x|z) for up to BatchRows latents [L].
// They are valid until the next call.
func (d *Decoder) Decode(latents [][]float32) ([][]float32, error) {
	l, pixels := d.model.Latent(), d.model.Shape().Pixels()
	if len(latents) > BatchRows {
		return nil, fmt.Errorf("%d latents in a batch of %d", len(latents), BatchRows)
	}
	for i, z := range latents {
		if len(z) != l {
			return nil, fmt.Errorf("%d latents for a model of %d", len(z), l)
		}
		copy(d.graph.Z[i*l:(i+1)*l], z)
	}
	mean, err := d.graph.Run()
	if err != nil {
		return nil, err
	}
	images := make([][]float32, len(latents))
	for i := range images {
		images[i] = mean[i*pixels : (i+1)*pixels]
	}
	return images, nil
}
