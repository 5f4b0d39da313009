package walk

import (
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/run"
)

// mapped is a model whose latents are a map of 2x2 places with 3 channels.
func mapped(t *testing.T, codes *run.Latents, kind config.Kind) *Space {
	t.Helper()
	c := config.Default()
	c.Model.Kind, c.Model.Encoder = kind, "conv:2:1,relu,latents:3"
	resolved, err := c.Resolve(config.DataFacts{Shape: shape, Train: 10})
	if err != nil {
		t.Fatal(err)
	}
	return newSpace(t, newModel(t, func(m *config.Model) { *m = resolved.Model }), codes)
}

// A channel moves at all places at once, and what is known of it is that of its latents.
func TestChannels(t *testing.T) {
	s := mapped(t, nil, config.VAE)
	places, l := shape.Width*shape.Height, 3*shape.Width*shape.Height
	axes := s.Channels()
	if s.Places() != places || s.Latent() != l || len(axes) != 3 || axes[2].Latent != 2 || axes[2].Places != places {
		t.Fatalf("%d places, %d latents, %+v", s.Places(), s.Latent(), axes)
	}
	z := normal(l, 1)
	before := slices.Clone(z)
	own := axes[1].Coordinate(z)
	axes[1].Move(z, own+2)
	within(t, "coordinate", axes[1].Coordinate(z), own+2, 1e-6)
	for j := range z {
		want := float64(before[j])
		if j%3 == 1 {
			want += 2
		}
		within(t, "moved latent", float64(z[j]), want, 1e-6)
	}
	if mean, sd, ok := s.Prior(axes[0]); !ok || mean != 0 || sd != 1 {
		t.Errorf("the prior is %g, %g, %v", mean, sd, ok)
	}
	if _, ok := s.KL(axes[0]); ok {
		t.Error("a KL that nobody has measured")
	}
}

func TestChannelsByWhatIsKnown(t *testing.T) {
	places := shape.Width * shape.Height
	codes := &run.Latents{Images: 10, Percent: []float64{0, 100}}
	for place := range places {
		for c := range 3 {
			codes.KL = append(codes.KL, float64([]int{1, 5, 3}[c]))
			codes.Mean = append(codes.Mean, float64(c+place))
			codes.SD = append(codes.SD, float64(1+6*(place%2)))
			codes.Quantiles = append(codes.Quantiles, []float64{float64(-c - place), float64(c + place)})
		}
	}
	s := mapped(t, codes, config.VAE)
	axes := s.Channels()
	if axes[0].Latent != 1 || axes[1].Latent != 2 || axes[2].Latent != 0 {
		t.Errorf("the order is %+v", axes)
	}
	if kl, ok := s.KL(axes[0]); !ok || kl != float64(5*places) {
		t.Errorf("KL %g, %v", kl, ok)
	}
	odd := places / 2
	middle := float64(places-1) / 2
	mean, sd := s.Spread(axes[1])
	within(t, "mean", mean, 2+middle, 1e-9)
	within(t, "mean square", sd*sd, float64(places-odd+49*odd)/float64(places), 1e-9)
	q, ok := s.Quantiles(axes[1])
	if !ok {
		t.Fatal("no quantiles")
	}
	within(t, "least", q.Value[0], -2-middle, 1e-9)
	within(t, "greatest", q.Value[1], 2+middle, 1e-9)
	if of := newSpace(t, newModel(t, func(*config.Model) {}), nil); of.Places() != 1 {
		t.Errorf("%d places of plain latents", of.Places())
	}
}
