package evaluate

import (
	"context"
	"math"
	"slices"

	"gonum.org/v1/gonum/floats"

	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/prior"
	"vae/internal/run"
	"vae/internal/stats"
)

// MaxAxisLatents is the most latents whose principal axes are computed. The eigenvectors of 512 take
// half a second each time a model is saved, those of 1,024 two, which is longer than a short epoch.
const MaxAxisLatents = 512

// latentPercents are the quantiles that are kept of the codes, denser in the tails.
var latentPercents = []float64{0, 0.5, 1, 2.5, 5, 10, 25, 50, 75, 90, 95, 97.5, 99, 99.5, 100}

// collected are the codes of the images that a Scorer has looked at.
type collected struct {
	model *model.Model
	codes []float32   // [N, L] of the lowest level
	kl    [][]float64 // [levels][L] sums over the images; nil without a closed form
	n     int
}

// newCollected is nil of a model with more latents than are kept.
func newCollected(m *model.Model) *collected {
	c := &collected{model: m}
	for _, level := range m.Levels() {
		if level.Latents > run.MaxLatents {
			return nil
		}
		var sums []float64
		if _, closed := closedKL(m, level); closed {
			sums = make([]float64, level.Latents)
		}
		c.kl = append(c.kl, sums)
	}
	return c
}

// closedKL is what the KL of each latent of a level is measured from, where that has a closed form.
func closedKL(m *model.Model, level model.Level) (prior.ClosedKL, bool) {
	if level.Conditional != nil || !m.Variational() {
		return nil, false
	}
	p, closed := level.Prior.(prior.ClosedKL)
	return p, closed
}

// add takes the codes of the first n rows of an objective that has run.
func (c *collected) add(o *model.Objective, n int) {
	c.n += n
	for i, level := range c.model.Levels() {
		mu, logvar := o.Posterior(i)
		used := mu[:n*level.Latents]
		if i == 0 {
			c.codes = append(c.codes, used...)
		}
		if p, closed := closedKL(c.model, level); closed {
			for k, m := range used {
				j := k % level.Latents
				c.kl[i][j] += p.LatentKL(j, float64(m), float64(logvar[k]))
			}
		}
	}
}

// latents are what is kept of the codes; nil without any, and where a figure is none that float32 has.
func (c *collected) latents(ctx context.Context) (*run.Latents, error) {
	if c.n == 0 || slices.ContainsFunc(c.codes, func(v float32) bool { return !finite(float64(v)) }) {
		return nil, nil
	}
	size := c.model.Latent()
	l := &run.Latents{Images: c.n, KL: c.meanKL(0), Mean: make([]float64, size), SD: make([]float64, size), Percent: latentPercents}
	if top := len(c.kl) - 1; top > 0 {
		l.TopKL = c.meanKL(top)
	}
	column := make([]float64, c.n)
	for j := range size {
		for i := range column {
			column[i] = float64(c.codes[i*size+j])
		}
		l.Mean[j], l.SD[j] = meanAndSD(column)
		l.Quantiles = append(l.Quantiles, short(stats.QuantilesAt(latentPercents, column).Value))
	}
	if err := c.axes(ctx, l); err != nil {
		return nil, err
	}
	for _, values := range [][]float64{l.KL, l.TopKL, l.Mean, l.SD, l.Variances} {
		if slices.ContainsFunc(short(values), func(v float64) bool { return !finite(v) }) {
			return nil, nil
		}
	}
	return l, nil
}

// meanKL are the means over the images of the KL of each latent of a level; nil without.
func (c *collected) meanKL(level int) []float64 {
	means := slices.Clone(c.kl[level])
	floats.Scale(1/float64(c.n), means)
	return short(means)
}

// meanAndSD are mean and standard deviation of values, with division by their number.
func meanAndSD(values []float64) (mean, sd float64) {
	mean = floats.Sum(values) / float64(len(values))
	var squares float64
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return float64(float32(mean)), float64(float32(math.Sqrt(squares / float64(len(values)))))
}

// axes adds the principal axes of the codes, where these vary and are not too many.
func (c *collected) axes(ctx context.Context, l *run.Latents) error {
	size := len(l.Mean)
	constant := !slices.ContainsFunc(l.SD, func(v float64) bool { return v > 0 })
	if c.n < 2 || constant || size > MaxAxisLatents {
		return nil
	}
	p, err := stats.FitPCA(ctx, func(dst []float32, i int) { copy(dst, c.codes[i*size:]) }, c.n, size, min(size, run.MaxAxes))
	if err != nil {
		return err
	}
	l.Variances = short(p.Variances)
	along, centered := make([]float64, c.n), make([]float64, size)
	for _, axis := range p.Components {
		for i := range along {
			for j, v := range c.codes[i*size : (i+1)*size] {
				centered[j] = float64(v) - p.Mean[j]
			}
			along[i] = floats.Dot(axis, centered)
		}
		l.Axes = append(l.Axes, short(axis))
		l.AxisQuantiles = append(l.AxisQuantiles, short(stats.QuantilesAt(latentPercents, along).Value))
	}
	return nil
}

// short rounds values to float32, in place.
func short(values []float64) []float64 {
	for i, v := range values {
		values[i] = float64(float32(v))
	}
	return values
}

// latentsSize is how many bytes the codes and their principal axes take at most.
func latentsSize(m *model.Model) int {
	l := m.Latent()
	switch {
	case l > run.MaxLatents:
		return 0
	case l > MaxAxisLatents:
		return 4 * sketched * l
	}
	return 4*sketched*l + 8*4*l*l
}

// Look is Sketch, and what the same pass says of the codes of these images. Either may be nil.
func (s *Scorer) Look(ctx context.Context, train dataset.Split) (*run.Scores, *run.Latents, error) {
	seen := newCollected(s.model)
	scores, err := s.sketch(ctx, train, seen)
	if err != nil || seen == nil {
		return scores, nil, err
	}
	latents, err := seen.latents(ctx)
	return scores, latents, err
}
