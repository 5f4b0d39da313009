package model

import (
	"fmt"
	"math"
)

// maxPrior is the most latents for which the covariance of the codes is kept.
const maxPrior = 4096

// Prior is the normal distribution that z of an autoencoder is drawn from: that of
// the codes of the training images, fitted after training (Ghosh et al. 2020,
// ex-post density estimation), or the one of probabilistic PCA (Tipping and Bishop
// 1999). It is saved with the model.
type Prior struct {
	mean   *Param // [L]
	factor *Param // [L,L] lower triangular: z = mean + factor·noise
	noise  *Param // [1] variance of a pixel around the decoded image; 0 where unknown
}

func newPrior(latent int) *Prior {
	return &Prior{newParam("prior.mean", latent), newParam("prior.factor", latent, latent), newParam("prior.noise", 1)}
}

// Prior returns the distribution that z is drawn from, nil where it is the
// standard normal. An autoencoder of more than 4,096 latents has none, and
// Variational tells it from a model that needs none.
func (m *Model) Prior() *Prior { return m.prior }

// Set takes mean [L], factor [L,L] and the variance of a pixel.
func (p *Prior) Set(mean, factor []float64, noise float64) error {
	if len(mean) != len(p.mean.Value) || len(factor) != len(p.factor.Value) {
		return fmt.Errorf("a prior of %d means and %d covariances for %d latents", len(mean), len(factor), len(p.mean.Value))
	}
	for i, v := range mean {
		p.mean.Value[i] = float32(v)
	}
	for i, v := range factor {
		p.factor.Value[i] = float32(v)
	}
	p.noise.Value[0] = float32(noise)
	return nil
}

// Noise returns the variance of a pixel around the decoded image, 0 where it is
// not known.
func (p *Prior) Noise() float64 { return float64(p.noise.Value[0]) }

// Mean returns the mean [L].
func (p *Prior) Mean() []float32 { return p.mean.Value }

// Factor returns the lower triangular factor of the covariance [L,L].
func (p *Prior) Factor() []float32 { return p.factor.Value }

// Draw turns standard normal draws [L], in place, into a draw of z.
func (p *Prior) Draw(z []float32) {
	l := len(z)
	for i := l - 1; i >= 0; i-- { // the last first: each needs those before it
		sum := float64(p.mean.Value[i])
		for j, f := range p.factor.Value[i*l : i*l+i+1] {
			sum += float64(f) * float64(z[j])
		}
		z[i] = float32(sum)
	}
}

// Smallest and greatest pixel mean that the output bias takes (yburda/iwae).
const (
	lowestMean  = 0.001
	highestMean = 0.999
)

// SetOutputBias starts the decoder at the mean image [D] of the training data: the
// bias of its last layer becomes the means' logits, or with a gaussian likelihood
// the means.
func (m *Model) SetOutputBias(means []float64) error {
	bias := m.decoder[len(m.decoder)-1].bias.Value
	if len(means) != len(bias) {
		return fmt.Errorf("%d pixel means for a model of %v", len(means), m.shape)
	}
	for i, mean := range means {
		if m.config.Likelihood == "bernoulli" {
			p := min(max(mean, lowestMean), highestMean)
			mean = math.Log(p) - math.Log1p(-p)
		}
		bias[i] = float32(mean)
	}
	return nil
}
