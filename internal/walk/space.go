package walk

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/stats"
)

// Space is what is known of a latent space of a model: where its prior lies and, it may be, codes of
// images. Of several levels of latents it is the lowest, which is decoded, or the uppermost.
type Space struct {
	model *model.Model
	top   bool
	codes *run.Latents // nil where nothing is known of them
	mean  []float32    // [L] of the prior, zero where there is none
	sd    []float64    // [L] of the prior; nil where it has none of its own
}

// NewSpace is that of the latents that are decoded; codes may be nil. Errors: codes of other
// latents.
func NewSpace(m *model.Model, codes *run.Latents) (*Space, error) {
	if codes != nil && len(codes.Mean) != m.Latent() {
		return nil, fmt.Errorf("codes of %d latents for a model of %d", len(codes.Mean), m.Latent())
	}
	s := &Space{model: m, codes: codes, mean: make([]float32, m.Latent())}
	switch fitted := m.Fitted(); {
	case m.StandardNormal():
		s.sd = slices.Repeat([]float64{1}, m.Latent())
	case len(m.Levels()) > 1:
		return s, s.meanBelow()
	case fitted != nil:
		copy(s.mean, fitted.Mean())
		for i := range s.mean {
			s.sd = append(s.sd, norm(fitted.Factor()[i*m.Latent():(i+1)*m.Latent()]))
		}
	}
	return s, nil
}

// meanBelow sets the mean of the prior to that which follows from the means above.
func (s *Space) meanBelow() error {
	latents, err := infer.NewLatents(s.model, 1)
	if err != nil {
		return err
	}
	noise := latents.Noise()
	err = latents.Draw(noise)
	s.mean = noise[0]
	return err
}

// NewTopSpace is that of the uppermost level of several.
func NewTopSpace(m *model.Model, codes *run.Latents) (*Space, error) {
	l, n := m.Top().Latents, len(m.Levels())
	if n < 2 || m.Top().Prior == nil || !m.Top().Prior.StandardNormal() {
		return nil, fmt.Errorf("an uppermost level of latents of a model with %d, drawn from a standard normal distribution", n)
	}
	s := &Space{model: m, top: true, mean: make([]float32, l), sd: slices.Repeat([]float64{1}, l)}
	if codes != nil && len(codes.TopKL) == l {
		s.codes = &run.Latents{Images: codes.Images, KL: codes.TopKL}
	}
	return s, nil
}

// Latent returns L.
func (s *Space) Latent() int { return len(s.mean) }

// Mean returns the mean of the prior [L], or where there is none that of the codes.
func (s *Space) Mean() []float32 {
	mean := slices.Clone(s.mean)
	if s.sd == nil && s.model.Top().Prior == nil && s.Measured() {
		for j, v := range s.codes.Mean {
			mean[j] = float32(v)
		}
	}
	return mean
}

// StandardNormal reports whether the prior is.
func (s *Space) StandardNormal() bool { return s.top || s.model.StandardNormal() }

// Known reports whether it is known what the latents carry.
func (s *Space) Known() bool { return s.codes != nil }

// Measured reports whether it is known where codes lie.
func (s *Space) Measured() bool { return s.codes != nil && s.codes.Mean != nil }

// Ranked are the latents by what they carry: by their KL, or where there is none by the variance of their codes, the largest
// first; all in their order where neither is known. Active is how many of them are at work; the others come last.
func (s *Space) Ranked() (latents []int, active int) {
	latents = make([]int, s.Latent())
	for j := range latents {
		latents[j] = j
	}
	if s.codes == nil {
		return latents, len(latents)
	}
	weight := s.codes.KL
	if weight == nil {
		weight = s.codes.SD
	}
	slices.SortStableFunc(latents, func(a, b int) int { return cmp.Compare(weight[b], weight[a]) })
	for _, j := range latents {
		if s.active(j) {
			active++
		}
	}
	return latents, active
}

// active reports whether a latent tells images apart: by its KL, else by the variance of its codes.
// Those of an autoencoder all do.
func (s *Space) active(j int) bool {
	switch {
	case !s.model.Variational():
		return true
	case s.codes.KL != nil:
		return s.codes.KL[j] >= stats.EmptyKL
	}
	return stats.Active(s.codes.SD[j] * s.codes.SD[j])
}

// Axes are the first n principal axes of the codes, or as many as there are.
func (s *Space) Axes(n int) []Axis {
	var axes []Axis
	for i := range min(n, s.principal()) {
		axes = append(axes, Axis{Latent: i, Vector: s.codes.Axes[i], Mean: s.codes.Mean})
	}
	return axes
}

func (s *Space) principal() int {
	if s.codes == nil {
		return 0
	}
	return len(s.codes.Axes)
}

// Prior is mean and standard deviation of the prior along an axis; ok is false where it has
// none of its own there.
func (s *Space) Prior(a Axis) (mean, sd float64, ok bool) {
	switch {
	case s.sd == nil:
		return 0, 0, false
	case a.Vector == nil:
		return a.Coordinate(s.mean), s.spread(a, s.sd), true
	case s.StandardNormal():
		return a.Coordinate(s.mean), 1, true
	}
	return a.Coordinate(s.mean), s.fittedSD(a.Vector), true
}

// fittedSD is the standard deviation of a fitted prior along a unit vector.
func (s *Space) fittedSD(vector []float64) float64 {
	l, factor := s.Latent(), s.model.Fitted().Factor()
	along := make([]float32, l)
	for j := range along {
		var sum float64
		for i := j; i < l; i++ {
			sum += vector[i] * float64(factor[i*l+j])
		}
		along[j] = float32(sum)
	}
	return norm(along)
}

// Spread is mean and standard deviation of the codes along an axis, or where they are not
// known of the prior; where neither is, 0 and 1.
func (s *Space) Spread(a Axis) (mean, sd float64) {
	switch {
	case a.Vector != nil:
		return 0, math.Sqrt(s.codes.Variances[a.Latent])
	case s.Measured():
		return s.averaged(a, func(j int) float64 { return s.codes.Mean[j] }), s.spread(a, s.codes.SD)
	}
	if mean, sd, ok := s.Prior(a); ok {
		return mean, sd
	}
	return 0, 1
}

// KL is that of the latents of an axis, in nats, its mean over images; ok is false where it is not known.
func (s *Space) KL(a Axis) (nats float64, ok bool) {
	if s.codes == nil || s.codes.KL == nil || a.Vector != nil {
		return 0, false
	}
	for _, j := range a.latents(s.Latent()) {
		nats += s.codes.KL[j]
	}
	return nats, true
}

// Share is the part that an axis has of a variance: a principal axis of that of the codes, a
// component of a PCA model of that of the pixels. Ok is false of other latents.
func (s *Space) Share(a Axis) (part float64, ok bool) {
	var total float64
	if a.Vector != nil {
		for _, sd := range s.codes.SD {
			total += sd * sd
		}
		if total == 0 { // all codes are alike
			return 0, true
		}
		return s.codes.Variances[a.Latent] / total, true
	}
	p := s.model.PCA()
	if p == nil {
		return 0, false
	}
	for _, v := range p.Variances {
		total += v
	}
	total += p.Noise * float64(len(p.Mean)-len(p.Variances))
	return p.Variances[a.Latent] / total, total > 0
}

// Quantiles are those of the codes along an axis; ok is false where they are not known.
func (s *Space) Quantiles(a Axis) (q stats.Quantiles, ok bool) {
	switch {
	case !s.Measured():
		return q, false
	case a.Vector != nil:
		return stats.Quantiles{Percent: s.codes.Percent, Value: s.codes.AxisQuantiles[a.Latent]}, true
	}
	return s.quantiles(a), true
}

func norm(v []float32) float64 {
	var sum float64
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return math.Sqrt(sum)
}
