package stats

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/floats"
)

// singular is the variance, as a part of the largest, below which the covariance
// of probabilistic PCA counts as singular. Rounding leaves less of a zero.
const singular = 1e-12

// LogLikelihood is log p(x) in nats of a row x [D] under probabilistic PCA, the
// normal distribution whose covariance has the eigenvalues Variances along the
// components and Noise in all other directions (Tipping and Bishop 1999,
// equations 4, 7 and 8, the maximum-likelihood solution). Data in a subspace
// have no such density: an error.
func (p *PCA) LogLikelihood(x []float32) (float64, error) {
	if err := p.check(); err != nil {
		return 0, err
	}
	if len(x) != len(p.Mean) {
		return 0, fmt.Errorf("pca: the likelihood of %d numbers: a row has %d", len(x), len(p.Mean))
	}
	logDeterminant, err := p.logDeterminant()
	if err != nil {
		return 0, err
	}
	rest := p.center(x)
	distance := 0.0
	for i, c := range p.Components {
		y := floats.Dot(c, rest)
		distance += y * y / p.Variances[i]
		floats.AddScaled(rest, -y, c)
	}
	if len(p.Components) < len(p.Mean) {
		distance += floats.Dot(rest, rest) / p.Noise
	}
	return -0.5 * (float64(len(x))*math.Log(2*math.Pi) + logDeterminant + distance), nil
}

func (p *PCA) logDeterminant() (float64, error) {
	left := len(p.Mean) - len(p.Components)
	smallest := floats.Min(p.Variances)
	if left > 0 {
		smallest = min(smallest, p.Noise)
	}
	if !(smallest > singular*floats.Max(p.Variances)) {
		return 0, errors.New("pca: the data lie in a subspace and have no density there: use fewer components")
	}
	sum := 0.0
	for _, v := range p.Variances {
		sum += math.Log(v)
	}
	if left > 0 {
		sum += float64(left) * math.Log(p.Noise)
	}
	return sum, nil
}
