package walk

import (
	"cmp"
	"math"
	"slices"

	"vae/internal/stats"
)

// Places is how many places a map of latents has: latent j is channel j % channels of place j / channels. It is 1 where the latents
// are no map.
func (s *Space) Places() int {
	if s.top {
		return 1
	}
	return s.model.LatentPlaces()
}

// Channels are the axes of a map of latents, a channel each, at all places at once: by their KL, the largest first, or in their order
// where that is not known.
func (s *Space) Channels() []Axis {
	axes := make([]Axis, s.Latent()/s.Places())
	for c := range axes {
		axes[c] = Axis{Latent: c, Places: s.Places()}
	}
	if s.codes == nil || s.codes.KL == nil {
		return axes
	}
	nats := func(a Axis) float64 {
		kl, _ := s.KL(a)
		return kl
	}
	slices.SortStableFunc(axes, func(a, b Axis) int { return cmp.Compare(nats(b), nats(a)) })
	return axes
}

// latents are the numbers of the latents that an axis without a vector moves, of n.
func (a Axis) latents(n int) []int {
	if a.Places == 0 {
		return []int{a.Latent}
	}
	all := make([]int, a.Places)
	for place := range all {
		all[place] = place*(n/a.Places) + a.Latent
	}
	return all
}

// averaged is the mean of a figure of each latent of an axis without a vector.
func (s *Space) averaged(a Axis, figure func(latent int) float64) float64 {
	all := a.latents(s.Latent())
	var sum float64
	for _, j := range all {
		sum += figure(j)
	}
	return sum / float64(len(all))
}

// spread is the standard deviation of a latent of an axis, where those of each are known.
func (s *Space) spread(a Axis, sd []float64) float64 {
	if a.Places == 0 {
		return sd[a.Latent]
	}
	return math.Sqrt(s.averaged(a, func(j int) float64 { return sd[j] * sd[j] }))
}

// quantiles are those of the codes at a place of an axis, averaged over the places.
func (s *Space) quantiles(a Axis) stats.Quantiles {
	q := stats.Quantiles{Percent: s.codes.Percent, Value: s.codes.Quantiles[a.Latent]}
	if a.Places == 0 {
		return q
	}
	q.Value = make([]float64, len(q.Percent))
	for i := range q.Value {
		q.Value[i] = s.averaged(a, func(j int) float64 { return s.codes.Quantiles[j][i] })
	}
	return q
}
