package model

import (
	"fmt"
	"math"
	"slices"

	"vae/internal/config"
	"vae/internal/layer"
	"vae/internal/posterior"
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
	fitted := m.Fitted()
	if fitted == nil {
		return nil
	}
	l := len(p.Variances)
	factor := make([]float64, l*l)
	for j, v := range p.Variances {
		factor[j*l+j] = math.Sqrt(max(v-p.Noise, 0))
	}
	return fitted.Set(make([]float64, l), factor, p.Noise)
}

// PCA returns the principal components that the model was made of, within float32;
// nil of a model of another kind.
func (m *Model) PCA() *stats.PCA {
	fitted := m.Fitted()
	code, decoder, ok := m.linearLayers()
	if m.config.Kind != config.PCA || fitted == nil || !ok {
		return nil
	}
	l, d := m.Latent(), m.shape.Pixels()
	p := &stats.PCA{Noise: fitted.Noise()}
	for _, v := range decoder.Bias.Value {
		p.Mean = append(p.Mean, float64(v))
	}
	for k := range l {
		component := make([]float64, d)
		for i, v := range code.Weight.Value[k*d : (k+1)*d] {
			component[i] = float64(v)
		}
		f := float64(fitted.Factor()[k*l+k])
		p.Components, p.Variances = append(p.Components, component), append(p.Variances, f*f+p.Noise)
	}
	return p
}

// linearLayers are the one layer of the encoder and the one of the decoder, of a model that
// has no others and knows no labels.
func (m *Model) linearLayers() (code, decoder *layer.Dense, ok bool) {
	point, isPoint := m.levels[0].Posterior.(*posterior.Deterministic)
	if !isPoint || len(point.Hidden) > 0 || len(m.decoder) != 1 || len(m.Classes()) > 0 {
		return nil, nil, false
	}
	code, ok = point.Last.(*layer.Dense)
	decoder, isDense := m.decoder[0].(*layer.Dense)
	return code, decoder, ok && isDense
}

func (m *Model) setLinear(components [][]float64, mean []float64) error {
	code, decoder, ok := m.linearLayers()
	ragged := slices.ContainsFunc(components, func(c []float64) bool { return len(c) != len(mean) })
	if !ok || len(components) != m.Latent() || len(mean) != m.shape.Pixels() || ragged {
		return fmt.Errorf("%d components of %d pixels for a model of %v, hidden %v and latent %d", len(components), len(mean), m.shape, m.config.Hidden, m.config.Latent)
	}
	for k, component := range components {
		var offset float64
		for d, v := range component {
			code.Weight.Value[k*len(mean)+d] = float32(v)
			decoder.Weight.Value[d*len(components)+k] = float32(v)
			offset += v * mean[d]
		}
		code.Bias.Value[k] = float32(-offset)
	}
	for d, v := range mean {
		decoder.Bias.Value[d] = float32(v)
	}
	return nil
}
