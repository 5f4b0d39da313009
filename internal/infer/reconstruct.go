package infer

import (
	"math"
	"slices"

	"vae/internal/dataset"
	"vae/internal/kernel"
	"vae/internal/likelihood"
	"vae/internal/model"
)

// Reconstruction is an image beside what the model makes of it.
type Reconstruction struct {
	Original []float32 // [D]
	Image    []float32 // [D] mean of p(x|z) at z = mu, or at the code of an autoencoder
	MSE      float64   // mean squared error a pixel
	BCE      float64   // cross-entropy of the original under Image, nats an image, from the logits; NaN where Image is no probability
}

// Reconstructor encodes images and decodes the means of their codes.
type Reconstructor struct {
	encoder    *Encoder
	decoder    *Decoder
	likelihood likelihood.Likelihood
}

// NewReconstructor prepares the encoder and the decoder of a model.
func NewReconstructor(m *model.Model) (*Reconstructor, error) {
	encoder, err := NewEncoder(m)
	if err != nil {
		return nil, err
	}
	decoder, err := NewDecoder(m)
	if err != nil {
		return nil, err
	}
	return &Reconstructor{encoder, decoder, m.Likelihood()}, nil
}

// Reconstruct returns the reconstructions of up to Rows images of D pixels. A
// conditional model needs the label of each image, another takes nil.
func (r *Reconstructor) Reconstruct(images []dataset.Pixels, labels []int) ([]Reconstruction, error) {
	codes, err := r.encoder.Encode(images, labels)
	if err != nil {
		return nil, err
	}
	means := make([][]float32, len(codes))
	for i, c := range codes {
		means[i] = c.Mu
	}
	decoded, err := r.decoder.Decode(means, labels)
	if err != nil {
		return nil, err
	}
	out := make([]Reconstruction, len(images))
	for i := range out {
		original, image := slices.Clone(r.encoder.pixels(i)), slices.Clone(decoded[i])
		out[i] = Reconstruction{original, image, kernel.SquaredDistance(original, image) / float64(len(image)), math.NaN()}
		if r.likelihood.Facts().Probabilities {
			out[i].BCE = r.likelihood.PointNLL(r.decoder.output(i), original)
		}
	}
	return out, nil
}
