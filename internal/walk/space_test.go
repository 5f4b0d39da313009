package walk

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/stats"
)

// measured are codes of three latents that lie apart from any prior.
func measured() *run.Latents {
	return &run.Latents{
		Images: 10, KL: []float64{0.5, 0.009, 2}, Mean: []float64{1, -2, 0.5}, SD: []float64{2, 0.05, 1},
		Percent:   []float64{0, 50, 100},
		Quantiles: [][]float64{{-3, 1, 5}, {-2.1, -2, -1.9}, {0, 0.5, 2}},
		Axes:      [][]float64{{0.6, 0, 0.8}, {0.8, 0, -0.6}}, Variances: []float64{4, 1},
		AxisQuantiles: [][]float64{{-4, 0, 8}, {-1, 0, 1}},
	}
}

func newSpace(t *testing.T, m *model.Model, codes *run.Latents) *Space {
	t.Helper()
	s, err := NewSpace(m, codes)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// fitted is an autoencoder whose prior has a covariance.
func fitted(t *testing.T) *model.Model {
	t.Helper()
	m := newModel(t, func(c *config.Model) { c.Kind = config.AE })
	if err := m.Fitted().Set([]float64{1, 2, 3}, []float64{2, 0, 0, 3, 4, 0, 0, 0, 1}, 0); err != nil {
		t.Fatal(err)
	}
	return m
}

func twoLevels(t *testing.T) *model.Model {
	t.Helper()
	return newModel(t, func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{5} })
}

func checkPrior(t *testing.T, s *Space, a Axis, mean, sd float64) {
	t.Helper()
	gotMean, gotSD, ok := s.Prior(a)
	if !ok {
		t.Fatalf("%+v has no prior", a)
	}
	within(t, "mean of the prior", gotMean, mean, 1e-6)
	within(t, "sd of the prior", gotSD, sd, 1e-6)
}

func TestPriorOfAxes(t *testing.T) {
	s := newSpace(t, newModel(t, func(*config.Model) {}), measured())
	checkPrior(t, s, Axis{Latent: 1}, 0, 1)
	axes := s.Axes(5)
	if len(axes) != 2 || len(s.Axes(1)) != 1 {
		t.Fatalf("%d axes", len(axes))
	}
	checkPrior(t, s, axes[0], -(0.6*1 + 0.8*0.5), 1)
	if !slices.Equal(s.Mean(), []float32{0, 0, 0}) || !s.StandardNormal() {
		t.Errorf("mean %v", s.Mean())
	}

	s = newSpace(t, fitted(t), measured())
	checkPrior(t, s, Axis{Latent: 0}, 1, 2)
	checkPrior(t, s, Axis{Latent: 1}, 2, 5)
	// The variance along (0.6, 0, 0.8) of covariance {4 6 0; 6 25 0; 0 0 1}.
	checkPrior(t, s, axes[0], 0.8*(3-0.5), math.Sqrt(0.36*4+0.64))
	if !slices.Equal(s.Mean(), []float32{1, 2, 3}) || s.StandardNormal() {
		t.Errorf("mean %v", s.Mean())
	}
}

// The layer next to the image starts from what the mean of the uppermost leads to.
func TestSpacesOfTwoLevels(t *testing.T) {
	m := twoLevels(t)
	s := newSpace(t, m, nil)
	if _, _, ok := s.Prior(Axis{Latent: 0}); ok || s.StandardNormal() {
		t.Error("the lowest level has a prior of its own")
	}
	if mean, sd := s.Spread(Axis{Latent: 0}); mean != 0 || sd != 1 {
		t.Errorf("spread %g, %g", mean, sd)
	}
	codes := measured()
	codes.TopKL = []float64{0.3, 0.6}
	top, err := NewTopSpace(m, codes)
	if err != nil {
		t.Fatal(err)
	}
	if latents, active := top.Ranked(); !slices.Equal(latents, []int{1, 0}) || active != 2 {
		t.Errorf("ranked %v, %d active", latents, active)
	}
	checkPrior(t, top, Axis{Latent: 1}, 0, 1)
	if _, ok := top.Quantiles(Axis{Latent: 0}); ok || top.Measured() || !top.Known() {
		t.Error("codes of the uppermost level are not known")
	}
	lower, err := top.Lower(NewPath(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(lower.Z, s.Mean()) {
		t.Errorf("the mean of the uppermost level leads to %v, want %v", lower.Z, s.Mean())
	}
	if same, err := s.Lower(NewPath(2, 3)); err != nil || same.Len() != 2 || same.Latent != 3 {
		t.Errorf("the lowest level led to %v, %v", same, err)
	}
	if _, err := NewTopSpace(newModel(t, func(*config.Model) {}), nil); err == nil {
		t.Error("one level has an uppermost of several")
	}
}

// Each point is led down by the model's own p(z|z above), in more than one batch too.
func TestLower(t *testing.T) {
	m := twoLevels(t)
	top, err := NewTopSpace(m, nil)
	if err != nil {
		t.Fatal(err)
	}
	const n = decodeRows + 7
	got, err := top.Lower(Path{Latent: 2, Z: normal(2*n, 1)})
	if err != nil {
		t.Fatal(err)
	}
	latents, err := infer.NewLatents(m, n)
	if err != nil {
		t.Fatal(err)
	}
	noise := latents.Noise()
	copy(noise[1], normal(2*n, 1))
	if err := latents.Draw(noise); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got.Z, noise[0]) {
		t.Error("other latents than without noise below")
	}
}

func TestRanked(t *testing.T) {
	vae := newModel(t, func(*config.Model) {})
	blank, silent, noKL := measured(), measured(), measured()
	silent.KL = []float64{0.001, 0, 0.002}
	noKL.KL = nil
	for name, c := range map[string]struct {
		m       *model.Model
		codes   *run.Latents
		latents []int
		active  int
	}{
		"by KL":       {vae, blank, []int{2, 0, 1}, 2},
		"none active": {vae, silent, []int{2, 0, 1}, 0},
		"by variance": {vae, noKL, []int{0, 2, 1}, 2},
		"not known":   {vae, nil, []int{0, 1, 2}, 3},
		"autoencoder": {fitted(t), noKL, []int{0, 2, 1}, 3},
	} {
		latents, active := newSpace(t, c.m, c.codes).Ranked()
		if !slices.Equal(latents, c.latents) || active != c.active {
			t.Errorf("%s: %v, %d active, want %v, %d", name, latents, active, c.latents, c.active)
		}
	}
}

func TestCodesOfASpace(t *testing.T) {
	s := newSpace(t, newModel(t, func(*config.Model) {}), measured())
	axis := s.Axes(1)[0]
	if q, ok := s.Quantiles(axis); !ok || q.At(75) != 4 {
		t.Errorf("quantiles of an axis: %v", q)
	}
	if q, ok := s.Quantiles(Axis{Latent: 2}); !ok || q.At(25) != 0.25 {
		t.Errorf("quantiles of a latent: %v", q)
	}
	if mean, sd := s.Spread(axis); mean != 0 || sd != 2 {
		t.Errorf("spread of an axis: %g, %g", mean, sd)
	}
	if mean, sd := s.Spread(Axis{Latent: 1}); mean != -2 || sd != 0.05 {
		t.Errorf("spread of a latent: %g, %g", mean, sd)
	}
	if part, ok := s.Share(axis); !ok || !(math.Abs(part-4/(4+0.0025+1)) < 1e-12) {
		t.Errorf("share %g", part)
	}
	if _, ok := s.Share(Axis{Latent: 1}); ok {
		t.Error("a latent has a share")
	}
	if kl, ok := s.KL(Axis{Latent: 2}); !ok || kl != 2 {
		t.Errorf("KL %g", kl)
	}
	if _, ok := newSpace(t, fitted(t), nil).KL(Axis{}); ok {
		t.Error("an autoencoder has a KL")
	}
	if _, err := NewSpace(newModel(t, func(c *config.Model) { c.Latent = 4 }), measured()); err == nil {
		t.Error("codes of three latents were taken for a model of four")
	}
}

// A component of PCA has its part of the variance of all pixels.
func TestShareOfComponents(t *testing.T) {
	m := newModel(t, func(c *config.Model) {
		c.Kind, c.Hidden, c.Latent, c.Likelihood = config.PCA, nil, 2, config.SquaredError
	})
	p := &stats.PCA{Mean: make([]float64, 15), Variances: []float64{5, 3}, Noise: 0.5}
	for i := range 2 {
		component := make([]float64, 15)
		component[i] = 1
		p.Components = append(p.Components, component)
	}
	if err := m.SetPCA(p); err != nil {
		t.Fatal(err)
	}
	part, ok := newSpace(t, m, nil).Share(Axis{Latent: 1})
	if !ok || !(math.Abs(part-3/(8+0.5*13)) < 1e-6) {
		t.Errorf("share %g, %v", part, ok)
	}
}
