package model

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/stats"
)

// SetPCA makes a model of kind "pca" the principal components given: the code of
// an image is components·(x - mean), a code's image mean + codeᵀ·components, and
// the prior is that of probabilistic PCA, in which coordinate j has the variance
// that its eigenvalue leaves above the noise (Tipping and Bishop 1999, equation 8).
func (m *Model) SetPCA(p *stats.PCA) error {
	if len(p.Variances) != len(p.Components) {
		return fmt.Errorf("%d variances for %d components", len(p.Variances), len(p.Components))
	}
	if err := m.setLinear(p.Components, p.Mean); err != nil {
		return err
	}
	if m.prior == nil {
		return nil
	}
	l := len(p.Variances)
	factor := make([]float64, l*l)
	for j, v := range p.Variances {
		factor[j*l+j] = math.Sqrt(max(v-p.Noise, 0))
	}
	return m.prior.Set(make([]float64, l), factor, p.Noise)
}

// PCA returns the principal components that the model was made of, within float32;
// nil of a model of another kind.
func (m *Model) PCA() *stats.PCA {
	if m.config.Kind != "pca" || m.prior == nil {
		return nil
	}
	l, d := m.config.Latent, m.shape.Pixels()
	p := &stats.PCA{Noise: m.prior.Noise()}
	for _, v := range m.decoder[0].bias.Value {
		p.Mean = append(p.Mean, float64(v))
	}
	for k := range l {
		component := make([]float64, d)
		for i, v := range m.mu.weight.Value[k*d : (k+1)*d] {
			component[i] = float64(v)
		}
		f := float64(m.prior.factor.Value[k*l+k])
		p.Components, p.Variances = append(p.Components, component), append(p.Variances, f*f+p.Noise)
	}
	return p
}

func (m *Model) setLinear(components [][]float64, mean []float64) error {
	ragged := slices.ContainsFunc(components, func(c []float64) bool { return len(c) != len(mean) })
	if len(m.encoder) > 0 || len(m.decoder) != 1 || len(m.Classes()) > 0 || len(components) != m.config.Latent || len(mean) != m.shape.Pixels() || ragged {
		return fmt.Errorf("%d components of %d pixels for a model of %v, hidden %v and latent %d", len(components), len(mean), m.shape, m.config.Hidden, m.config.Latent)
	}
	decoder := m.decoder[0]
	for k, component := range components {
		var offset float64
		for d, v := range component {
			m.mu.weight.Value[k*len(mean)+d] = float32(v)
			decoder.weight.Value[d*len(components)+k] = float32(v)
			offset += v * mean[d]
		}
		m.mu.bias.Value[k] = float32(-offset)
	}
	for d, v := range mean {
		decoder.bias.Value[d] = float32(v)
	}
	return nil
}
