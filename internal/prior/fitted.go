package prior

import (
	"fmt"

	"vae/internal/graph"
)

// MaxFitted is the most latents for which the covariance of the codes is kept.
const MaxFitted = 4096

// Fitted is the normal distribution that z of an autoencoder is drawn from: that of
// the codes of the training images, fitted after training (Ghosh et al. 2020,
// ex-post density estimation), or the one of probabilistic PCA (Tipping and Bishop
// 1999). It is saved with the model.
type Fitted struct {
	mean   *graph.Param // [L]
	factor *graph.Param // [L,L] lower triangular: z = mean + factor·noise
	noise  *graph.Param // [1] variance of a pixel around the decoded image; 0 where unknown
}

// NewFitted returns a distribution of so many latents, all zero, without memory yet.
func NewFitted(latents int) *Fitted {
	return &Fitted{
		graph.NewParam("prior.mean", latents), graph.NewParam("prior.factor", latents, latents), graph.NewParam("prior.noise", 1),
	}
}

// Params implements Prior: there are none.
func (f *Fitted) Params() []*graph.Param { return nil }

// Saved implements Prior.
func (f *Fitted) Saved() []*graph.Param { return []*graph.Param{f.mean, f.factor, f.noise} }

// StandardNormal implements Prior.
func (f *Fitted) StandardNormal() bool { return false }

// Set takes mean [L], factor [L,L] and the variance of a pixel.
func (f *Fitted) Set(mean, factor []float64, noise float64) error {
	if len(mean) != len(f.mean.Value) || len(factor) != len(f.factor.Value) {
		return fmt.Errorf("a prior of %d means and %d covariances for %d latents", len(mean), len(factor), len(f.mean.Value))
	}
	for i, v := range mean {
		f.mean.Value[i] = float32(v)
	}
	for i, v := range factor {
		f.factor.Value[i] = float32(v)
	}
	f.noise.Value[0] = float32(noise)
	return nil
}

// Noise returns the variance of a pixel around the decoded image, 0 where it is
// not known.
func (f *Fitted) Noise() float64 { return float64(f.noise.Value[0]) }

// Mean returns the mean [L].
func (f *Fitted) Mean() []float32 { return f.mean.Value }

// Factor returns the lower triangular factor of the covariance [L,L].
func (f *Fitted) Factor() []float32 { return f.factor.Value }

// Draw implements Prior.
func (f *Fitted) Draw(z []float32) {
	l := len(z)
	for i := l - 1; i >= 0; i-- { // the last first: each needs those before it
		sum := float64(f.mean.Value[i])
		for j, v := range f.factor.Value[i*l : i*l+i+1] {
			sum += float64(v) * float64(z[j])
		}
		z[i] = float32(sum)
	}
}

var _ Prior = (*Fitted)(nil)
