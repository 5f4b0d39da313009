package evaluate

import (
	"context"
	"errors"
	"fmt"
	"math"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
)

// Spread is how much the gradient of the encoder's parameters varies with the
// noise alone, for one batch of images and one estimator.
type Spread struct {
	Objective config.Objective `json:"objective"`
	Samples   int              `json:"samples"` // K
	Estimator config.Estimator `json:"estimator"`
	Baseline  config.Baseline  `json:"baseline,omitempty"`
	Variance  float64          `json:"variance"` // the sum over the parameters of the variance of one gradient
	Signal    float64          `json:"signal"`   // squared norm of the mean gradient, corrected for the variance of the mean
	// Bias compares the mean with that of the reparameterized gradient of the same
	// objective and K: the squared distance over what chance alone makes of it. About
	// 1 says that none is seen; 0 stands for the reference itself.
	Bias Number `json:"bias"`
}

// estimator is one of the gradient of a bound.
type estimator struct {
	bound    config.Objective
	samples  int
	name     config.Estimator
	baseline config.Baseline
}

// estimators are what GradientVariance compares, each group after its reference.
var estimators = []estimator{
	{config.ELBO, 1, config.Reparameterization, ""},
	{config.ELBO, 1, config.Score, config.NoBaseline},
	{config.ELBO, 1, config.Score, config.Average},
	{config.ELBO, 5, config.Reparameterization, ""},
	{config.ELBO, 5, config.Score, config.LeaveOneOut},
	{config.IWAE, 5, config.Reparameterization, ""},
	{config.IWAE, 5, config.DReG, ""},
}

// GradientVariance compares estimators of the gradient with respect to the
// parameters of q(z|x), on the first rows images of a split: each is computed
// repeats times, with noise that belongs to the seed, the estimator's place and the
// repeat. The baseline "average" is the mean of the reconstruction term over as
// many draws. Errors: a model that is not variational or has two stochastic layers,
// images that it cannot take or that are too few, repeats below 2, a context that
// is done.
func GradientVariance(ctx context.Context, m *model.Model, split dataset.Split, rows, repeats int, seed uint64) ([]Spread, error) {
	switch {
	case !m.Variational() || len(m.Levels()) > 1:
		return nil, errors.New("gradient estimators are compared on variational models with one stochastic layer")
	case rows < 1 || rows > split.Len():
		return nil, fmt.Errorf("gradients on %d images of %d", rows, split.Len())
	case repeats < 2:
		return nil, fmt.Errorf("the variance of %d gradients: at least 2 are needed", repeats)
	}
	if err := infer.Fits(m, split); err != nil {
		return nil, err
	}
	var spreads []Spread
	var reference *moments
	for place, e := range estimators {
		o, err := e.objective(m, split, rows, seed)
		if err != nil {
			return nil, err
		}
		if e.baseline == config.Average {
			if o.Baseline, err = averageNLL(ctx, o, repeats, seed, place); err != nil {
				return nil, err
			}
		}
		g, err := gradientMoments(ctx, m, o, repeats, seed, place)
		if err != nil {
			return nil, err
		}
		s := Spread{Objective: e.bound, Samples: e.samples, Estimator: e.name, Baseline: e.baseline, Variance: g.variance(), Signal: g.signal()}
		if e.name == config.Reparameterization {
			reference = g
		} else {
			s.Bias = Number(g.distance(reference))
		}
		spreads = append(spreads, s)
	}
	return spreads, nil
}

// objective is the estimator's, fed with the first images of a split.
func (e estimator) objective(m *model.Model, split dataset.Split, rows int, seed uint64) (*model.Objective, error) {
	o, err := m.NewObjective(model.ObjectiveOptions{
		Rows: rows, Samples: e.samples, ImportanceWeighted: e.bound == config.IWAE, Gradients: true, Estimator: e.name,
		LeaveOneOut: e.baseline == config.LeaveOneOut,
	})
	if err == nil {
		images := dataset.Between(0, rows)
		Feed(o, split, images, Draws{Pixels: infer.Binarization(images, seed, "gradient variance")})
	}
	return o, err
}

func averageNLL(ctx context.Context, o *model.Objective, repeats int, seed uint64, place int) (float64, error) {
	var sum, n float64
	for repeat := range repeats {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		rng.Normal(o.Noise[0], rng.Stream(seed, "gradient variance: baseline", uint64(place), uint64(repeat)))
		if err := o.Run(); err != nil {
			return 0, err
		}
		for _, v := range o.Reconstruction() {
			sum += float64(v)
			n++
		}
	}
	return sum / n, nil
}

func gradientMoments(ctx context.Context, m *model.Model, o *model.Objective, repeats int, seed uint64, place int) (*moments, error) {
	g := &moments{}
	for repeat := range repeats {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		rng.Normal(o.Noise[0], rng.Stream(seed, "gradient variance", uint64(place), uint64(repeat)))
		if err := o.Run(); err != nil {
			return nil, err
		}
		g.begin()
		for i, p := range m.Params() {
			if !m.InEncoder(p) {
				continue
			}
			g.add(o.Gradient(i))
		}
	}
	return g, nil
}

// moments are the mean and the sum of squared deviations of vectors, by Welford's
// recurrence.
type moments struct {
	n, at         int
	mean, squares []float64
}

func (m *moments) begin() { m.n, m.at = m.n+1, 0 }

// add takes the next elements of the vector.
func (m *moments) add(x []float32) {
	if m.n == 1 {
		m.mean, m.squares = append(m.mean, make([]float64, len(x))...), append(m.squares, make([]float64, len(x))...)
	}
	for i, v := range x {
		j := m.at + i
		off := float64(v) - m.mean[j]
		m.mean[j] += off / float64(m.n)
		m.squares[j] += off * (float64(v) - m.mean[j])
	}
	m.at += len(x)
}

func (m *moments) variance() float64 {
	var sum float64
	for _, s := range m.squares {
		sum += s
	}
	return sum / float64(m.n-1)
}

// signal is an unbiased estimate of the squared norm of the true mean.
func (m *moments) signal() float64 {
	var sum float64
	for _, v := range m.mean {
		sum += v * v
	}
	return sum - m.variance()/float64(m.n)
}

// distance is the squared distance of two means over its expectation where the
// true means are equal.
func (m *moments) distance(other *moments) float64 {
	var sum float64
	for i, v := range m.mean {
		sum += (v - other.mean[i]) * (v - other.mean[i])
	}
	expected := m.variance()/float64(m.n) + other.variance()/float64(other.n)
	if expected == 0 {
		return math.NaN()
	}
	return sum / expected
}
