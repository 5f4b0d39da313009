package evaluate

import (
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/stats"
)

// CodeDistribution fits a normal distribution to the codes of the images of a split, and
// measures the mean squared error of a pixel of what is decoded from them. Black and
// white images of a dynamic split are drawn with the seed and the purpose. Errors: images
// that the model cannot take, fewer than two of them.
func CodeDistribution(m *model.Model, split dataset.Split, seed uint64, purpose string) (stats.Gaussian, float64, error) {
	codes, mse, err := infer.ReconstructSplit(m, split, seed, purpose)
	if err != nil {
		return stats.Gaussian{}, 0, err
	}
	g, err := stats.FitGaussian(codes.Mu, split.Len(), codes.Latent)
	return g, mse, err
}

// CodeDistributionSize is how many bytes CodeDistribution takes for its graphs, of a model
// that need not have memory of its own.
func CodeDistributionSize(m *model.Model) (int, error) {
	rows := infer.Rows(m)
	encoder, err := m.EncoderSize(rows)
	if err != nil {
		return 0, err
	}
	decoder, err := m.DecoderSize(rows)
	return encoder + decoder, err
}
