package evaluate

import (
	"math"
	"testing"

	"gonum.org/v1/gonum/mat"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// decoding sets the weights of a decoder without a hidden layer so that it spans
// the rows [L][D], mixed by a random matrix and stretched.
func decoding(t *testing.T, m *model.Model, rows [][]float64, stretch float64) {
	t.Helper()
	l, d := len(rows), len(rows[0])
	r := rng.Stream(7, "mixing")
	weight := make([]float64, d*l)
	for k := range l {
		for _, row := range rows {
			by := stretch * r.NormFloat64()
			for i, v := range row {
				weight[i*l+k] += by * v
			}
		}
	}
	set(t, m, "decoder.0.weight", weight...)
}

func linearAutoencoder(t *testing.T, s dataset.Split, latent int) *model.Model {
	t.Helper()
	return build(t, s.Set.Shape, func(c *config.Model) { c.Kind, c.Latent, c.Likelihood = "ae", latent, "mse" })
}

func anglesOf(t *testing.T, m *model.Model, s dataset.Split) []float64 {
	t.Helper()
	angles, err := Angles(t.Context(), m, s, 1)
	if err != nil {
		t.Fatal(err)
	}
	return angles
}

// An autoencoder whose decoder spans the principal components is PCA, however it
// mixes them, and one that is turned by an angle out of their space is off by it.
func TestAngles(t *testing.T) {
	s := whole(greySet(shape, 400, 1))
	p := componentsOf(t, s, 5)
	for _, stretch := range []float64{1, 1e-4, 1e3} {
		for _, degrees := range []float64{0, 1e-3, 0.31, 30, 60, 90} {
			m := linearAutoencoder(t, s, 3)
			sin, cos := math.Sincos(degrees * math.Pi / 180)
			turned := make([]float64, 12)
			for i := range turned {
				turned[i] = cos*p.Components[2][i] + sin*p.Components[4][i]
			}
			decoding(t, m, [][]float64{p.Components[0], p.Components[1], turned}, stretch)
			angles := anglesOf(t, m, s)
			if len(angles) != 3 {
				t.Fatalf("angles %v", angles)
			}
			// Weights are float32, and mixing them makes the part out of the space some
			// times as large.
			for k, want := range []float64{0, 0, degrees} {
				within(t, name("stretched by %g, turned by %g: angle %d", stretch, degrees, k), angles[k], want, 5e-5)
			}
		}
	}
}

// The product of linear layers counts, and what each adds does not.
func TestAnglesOfADeepDecoder(t *testing.T) {
	s := whole(greySet(shape, 400, 1))
	p := componentsOf(t, s, 2)
	m := build(t, shape, func(c *config.Model) {
		c.Kind, c.Hidden, c.Activation, c.Likelihood = "ae", []int{4, 3}, "linear", "gaussian"
	})
	// The last layer takes the first two of its four inputs to the components.
	last := mat.NewDense(12, 4, nil)
	for i := range 12 {
		last.SetRow(i, []float64{p.Components[0][i], p.Components[1][i], 0, 0})
	}
	set(t, m, "decoder.4.weight", last.RawMatrix().Data...)
	angles := anglesOf(t, m, s)
	if len(angles) != 2 || !(angles[1] <= 5e-5) {
		t.Errorf("angles %v", angles)
	}
	if again := anglesOf(t, m, first(s, 100)); !(again[1] > 1) { // components of other images
		t.Errorf("angles to the components of a quarter of the images: %v", again)
	}
}

// What is not a linear autoencoder with a squared error has no angles, and neither
// has one without a space of L dimensions.
func TestNoAngles(t *testing.T) {
	s := whole(greySet(shape, 60, 1))
	ae := func(change func(c *config.Model)) *model.Model {
		return build(t, shape, func(c *config.Model) {
			c.Kind, c.Likelihood = "ae", "mse"
			change(c)
		})
	}
	dead := ae(func(c *config.Model) {})
	decoding(t, dead, [][]float64{make([]float64, 12), make([]float64, 12)}, 1)
	twins := ae(func(c *config.Model) { c.Latent = 3 })
	row := componentsOf(t, s, 1).Components[0]
	decoding(t, twins, [][]float64{row, row, row}, 1)
	for kind, m := range map[string]*model.Model{
		"bernoulli": ae(func(c *config.Model) { c.Likelihood = "bernoulli" }), "hidden relu": ae(func(c *config.Model) { c.Hidden = []int{8} }),
		"code": ae(func(c *config.Model) { c.CodeActivation = "sigmoid" }), "conditional": ae(func(c *config.Model) { conditional(c); c.Hidden = []int{} }),
		"vae": ae(func(c *config.Model) { c.Kind = "vae" }), "pca": pcaOf(t, s, 2),
		"narrow hidden layer":      ae(func(c *config.Model) { c.Latent, c.Hidden, c.Activation = 4, []int{3}, "linear" }),
		"more latents than pixels": ae(func(c *config.Model) { c.Latent = 13 }), "nothing decoded": dead, "latents alike": twins,
		"more latents than images": ae(func(c *config.Model) { c.Latent = 12 }),
	} {
		train := s
		if kind == "more latents than images" {
			train = first(s, 12)
		}
		if angles := anglesOf(t, m, train); angles != nil {
			t.Errorf("%s: angles %v", kind, angles)
		}
	}
	for kind, m := range map[string]*model.Model{
		"gaussian": ae(func(c *config.Model) { c.Likelihood = "gaussian" }), "activation of no layer": ae(func(c *config.Model) { c.Activation = "relu" }),
		"linear hidden layer": ae(func(c *config.Model) { c.Hidden, c.Activation = []int{8}, "linear" }), "all pixels": ae(func(c *config.Model) { c.Latent = 12 }),
	} {
		if angles := anglesOf(t, m, s); len(angles) != m.Latent() || !(angles[0] >= 0 && angles[len(angles)-1] <= 90) {
			t.Errorf("%s: angles %v", kind, angles)
		}
	}
}

// Images of fewer directions than latents have components by chance.
func TestNoAnglesToAFlatSet(t *testing.T) {
	set := &dataset.Set{Shape: shape, Pixels: make([]uint8, 50*12)}
	for i := range 50 { // two directions
		set.Pixels[12*i], set.Pixels[12*i+5] = uint8(5*i), uint8(i*i%200)
	}
	s := whole(set)
	if angles := anglesOf(t, linearAutoencoder(t, s, 3), s); angles != nil {
		t.Errorf("angles %v", angles)
	}
	if angles := anglesOf(t, linearAutoencoder(t, s, 2), s); len(angles) != 2 {
		t.Errorf("angles %v", angles)
	}
	clear(set.Pixels)
	_, err := Angles(t.Context(), linearAutoencoder(t, s, 2), s, 1)
	wantError(t, err, "principal angles", "alike")
	_, err = Angles(t.Context(), linearAutoencoder(t, s, 2), whole(greySet(line, 50, 1)), 1)
	wantError(t, err, "6x1x1")
}
