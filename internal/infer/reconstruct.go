package infer

import (
	"math"

	"vae/internal/kernel"
	"vae/internal/model"
)

// Reconstruction is an image beside what the model makes of it.
type Reconstruction struct {
	Original []float32 // [D]
	Image    []float32 // [D] mean of p(x|z) at z = mu, or at the code of an autoencoder
	MSE      float64   // mean squared error a pixel
	BCE      float64   // cross-entropy of the original under Image, nats an image; NaN where Image is no probability
}

// Reconstructor encodes images and decodes the means of their codes.
type Reconstructor struct {
	encoder   *Encoder
	decoder   *Decoder
	bernoulli bool
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
	return &Reconstructor{encoder, decoder, m.Config().Likelihood == "bernoulli"}, nil
}

// Reconstruct returns the reconstructions of up to BatchRows images of D pixels. A
// conditional model needs the label of each image, another takes nil.
func (r *Reconstructor) Reconstruct(images [][]uint8, labels []int) ([]Reconstruction, error) {
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
	for i, pixels := range images {
		original, image := make([]float32, len(pixels)), make([]float32, len(pixels))
		kernel.BytesToFloats(original, pixels)
		copy(image, decoded[i])
		out[i] = Reconstruction{original, image, meanSquaredError(original, image), math.NaN()}
		if r.bernoulli {
			out[i].BCE = crossEntropy(original, image)
		}
	}
	return out, nil
}

func meanSquaredError(a, b []float32) float64 {
	var sum float64
	for i := range a {
		d := float64(a[i]) - float64(b[i])
		sum += d * d
	}
	return sum / float64(len(a))
}

// crossEntropy is -sum x log p + (1-x) log(1-p), with probabilities that float32
// has rounded to 0 or 1 taken as the nearest it can tell apart from them.
func crossEntropy(x, p []float32) float64 {
	const nearest = 1.0 / (1 << 24)
	var sum float64
	for i := range x {
		q := min(max(float64(p[i]), nearest), 1-nearest)
		t := float64(x[i])
		sum -= t*math.Log(q) + (1-t)*math.Log1p(-q)
	}
	return sum
}
