package evaluate

import (
	"context"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
	"gonum.org/v1/gonum/mat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/stats"
)

// Angles returns the principal angles in degrees, rising, between the space that
// the decoder of a linear autoencoder spans and that of the first L principal
// components of the training images: how near it came to PCA, which its squared
// error has as its minimum (Baldi and Hornik 1989; Plaut 2018). There are none, nil,
// for a model that is not linear or has another loss, or where one of the spaces has
// fewer than L dimensions. Errors: images that the model cannot take, images that
// are all alike.
func Angles(ctx context.Context, m *model.Model, train dataset.Split, seed uint64) ([]float64, error) {
	l, pixels := m.Latent(), m.Shape().Pixels()
	if !linear(m) || l > pixels || l >= train.Len() || !stats.PCAFits(train.Len(), pixels) {
		return nil, nil
	}
	if err := infer.Fits(m, train); err != nil {
		return nil, err
	}
	decoded, err := spanned(m)
	if err != nil || !independent(decoded) {
		return nil, err
	}
	row := func(dst []float32, i int) {
		train.Fill(dst, []int{i}, infer.Binarization([]int{i}, seed, "principal angles"))
	}
	p, err := stats.FitPCA(ctx, row, train.Len(), pixels, l)
	if err != nil {
		return nil, fmt.Errorf("principal angles: %w", err)
	}
	if !(p.Variances[l-1] > flat*p.Variances[0]) {
		return nil, nil
	}
	angles, err := stats.PrincipalAngles(decoded, p.Components)
	for i := range angles {
		angles[i] *= 180 / math.Pi
	}
	return angles, err
}

const (
	// flat is the variance along a component, as a part of the largest, below which
	// its direction is chance.
	flat = 1e-10
	// parallel is the smallest singular value of unit vectors [L][D], as a part of the
	// largest, below which the rounding of float32 alone may keep them apart.
	parallel = 1e-5
	// far is how far from zero codes are decoded: so much that what is added to them
	// costs no digit.
	far = 1 << 16
)

// linear reports whether PCA is the best that a model can be: an autoencoder without
// a nonlinearity whose loss is a squared error.
func linear(m *model.Model) bool {
	c := m.Config()
	return c.Kind == config.AE && c.CodeActivation == config.Linear && c.Encoder == "" && c.Decoder == "" && (len(c.Hidden) == 0 || c.Activation == config.Linear) &&
		!m.Likelihood().Facts().Probabilities && len(m.Classes()) == 0
}

// spanned returns vectors [L][D], one for each latent, that span what the decoder of
// a linear model makes of codes.
func spanned(m *model.Model) ([][]float64, error) {
	l, pixels := m.Latent(), m.Shape().Pixels()
	d, err := m.NewDecoder(1)
	if err != nil {
		return nil, err
	}
	decode := func() ([]float64, error) {
		image, err := d.Run()
		row := make([]float64, pixels)
		for i, v := range image {
			row[i] = float64(v)
		}
		return row, err
	}
	origin, err := decode()
	if err != nil {
		return nil, err
	}
	rows := make([][]float64, l)
	for k := range rows {
		clear(d.Z)
		d.Z[k] = far
		if rows[k], err = decode(); err != nil {
			return nil, err
		}
		for i, v := range origin {
			rows[k][i] = (rows[k][i] - v) / far
		}
	}
	return rows, nil
}

// independent reports whether vectors of any length span as many dimensions as they
// are.
func independent(rows [][]float64) bool {
	unit := mat.NewDense(len(rows), len(rows[0]), nil)
	for k, row := range rows {
		norm := floats.Norm(row, 2)
		if !(norm > 0) || math.IsInf(norm, 1) {
			return false
		}
		for i, v := range row {
			unit.Set(k, i, v/norm)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(unit, mat.SVDNone) {
		return false
	}
	values := svd.Values(nil)
	return values[len(values)-1] > parallel*values[0]
}
