package evaluate

import (
	"context"

	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
)

// LatentsOf says of codes of images, at least one, what [Scorer.Look] says of those of the training
// images; nil of more latents than are kept, or of figures beyond float32. Of several levels
// it knows the lowest alone.
func LatentsOf(ctx context.Context, m *model.Model, codes *infer.Codes) (*run.Latents, error) {
	if m.Latent() > run.MaxLatents || len(codes.Mu) == 0 {
		return nil, nil
	}
	c := &collected{model: m, codes: codes.Mu, kl: [][]float64{nil}, n: len(codes.Mu) / codes.Latent}
	if p, closed := closedKL(m, m.Levels()[0]); closed {
		c.kl[0] = make([]float64, codes.Latent)
		for i := range codes.Mu {
			j := i % codes.Latent
			c.kl[0][j] += divergence(codes, p, j, i)
		}
	}
	return c.latents(ctx)
}
