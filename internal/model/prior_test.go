package model

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
	"vae/internal/stats"
)

func pcaModel(t *testing.T, latent int, shape config.Shape) *Model {
	t.Helper()
	m, err := New(config.Model{
		Kind: "pca", Latent: latent, Activation: "linear", CodeActivation: "linear", Init: "kaiming", Likelihood: "mse", Sigma: 0.1, Beta: 1,
	}, shape, 1)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// With components, mean and pixels whose products and sums are exact in float32,
// the code of an image and the image of a code are exact.
func TestPCAEncodesAndDecodesExactly(t *testing.T) {
	m := pcaModel(t, 2, config.Shape{Width: 2, Height: 2, Channels: 1})
	p := &stats.PCA{
		Components: [][]float64{{0.5, 0.5, 0.5, 0.5}, {0.5, -0.5, 0.5, -0.5}}, Mean: []float64{0.25, 0.5, 0.125, 1},
		Variances: []float64{4.25, 0.5}, Noise: 0.25,
	}
	if err := m.SetPCA(p); err != nil {
		t.Fatal(err)
	}
	e, d := encoder(t, m, 2), decoder(t, m, 2)
	copy(e.X, []float32{1, 0.25, 0.5, 0, 0.25, 0.5, 0.125, 1})
	code, logvar, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	// x - mean is (0.75, -0.25, 0.375, -1), and 0
	if want := []float32{-0.0625, 1.1875, 0, 0}; !slices.Equal(code, want) || logvar != nil {
		t.Errorf("codes %v and %v, want %v and none", code, logvar, want)
	}
	copy(d.Z, []float32{2, -4, 0, 0})
	image, err := d.Run()
	if err != nil {
		t.Fatal(err)
	}
	if want := []float32{-0.75, 3.5, -0.875, 4, 0.25, 0.5, 0.125, 1}; !slices.Equal(image, want) {
		t.Errorf("images %v, want %v", image, want)
	}
	z := []float32{3, 3} // standard deviations 2 and 1/2
	if m.Fitted().Draw(z); !slices.Equal(z, []float32{6, 1.5}) || m.Fitted().Noise() != 0.25 {
		t.Errorf("a draw is %v with noise %g", z, m.Fitted().Noise())
	}
	back := m.PCA()
	if !slices.Equal(back.Mean, p.Mean) || !slices.Equal(back.Variances, p.Variances) || back.Noise != p.Noise ||
		!slices.EqualFunc(back.Components, p.Components, slices.Equal[[]float64]) {
		t.Errorf("the components came back as %+v", back)
	}
}

// The graphs and the components themselves give the same codes and images, to the
// rounding of a sum of 12 terms, and the loss is their squared error.
func TestPCAGraphsAgainstComponents(t *testing.T) {
	const rows, pixels, latent = 40, 12, 3
	data := make([]float32, rows*pixels)
	rng.Uniform(data, 1, rng.Stream(61, "data"))
	p, err := stats.FitPCA(t.Context(), func(dst []float32, i int) { copy(dst, data[i*pixels:]) }, rows, pixels, latent)
	if err != nil {
		t.Fatal(err)
	}
	m := pcaModel(t, latent, config.Shape{Width: 4, Height: 3, Channels: 1})
	if err := m.SetPCA(p); err != nil {
		t.Fatal(err)
	}
	codes, images := make([]float32, rows*latent), make([]float32, rows*pixels)
	if err := p.Encode(codes, data); err != nil {
		t.Fatal(err)
	}
	if err := p.Decode(images, codes); err != nil {
		t.Fatal(err)
	}
	e, d := encoder(t, m, rows), decoder(t, m, rows)
	copy(e.X, data)
	copy(d.Z, codes)
	got, _, err := e.Run()
	if err != nil {
		t.Fatal(err)
	}
	near(t, "code", got, widened(codes), 0, 1e-6)
	if got, err = d.Run(); err != nil {
		t.Fatal(err)
	}
	near(t, "image", got, widened(images), 0, 1e-6)
	o, err := m.NewObjective(ObjectiveOptions{Rows: rows})
	if err != nil {
		t.Fatal(err)
	}
	copy(o.X, data)
	var want float64
	for i := range o.Weight {
		o.Weight[i] = 1. / rows
	}
	for i, v := range images {
		off := float64(v) - float64(data[i])
		want += off * off / rows
	}
	runObjective(t, o)
	near(t, "loss", []float32{float32(o.Loss())}, []float64{want}, 1e-5, 0)
}

func TestComponentsThatDoNotFitAreErrors(t *testing.T) {
	fitting := func() *stats.PCA {
		return &stats.PCA{Components: [][]float64{make([]float64, 6), make([]float64, 6)}, Mean: make([]float64, 6), Variances: []float64{1, 1}}
	}
	m := pcaModel(t, 2, square)
	if err := m.SetPCA(fitting()); err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string]func(*stats.PCA){
		"components": func(p *stats.PCA) { p.Components, p.Variances = p.Components[1:], p.Variances[1:] },
		"pixels":     func(p *stats.PCA) { p.Mean = p.Mean[1:] },
		"short":      func(p *stats.PCA) { p.Components[1] = p.Components[1][1:] },
		"long":       func(p *stats.PCA) { p.Components[1] = make([]float64, 7) },
		"variances":  func(p *stats.PCA) { p.Variances = p.Variances[1:] },
	} {
		p := fitting()
		change(p)
		if err := m.SetPCA(p); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
	deep := small(t, func(c *config.Model) { c.Kind, c.Likelihood = "ae", "mse" })
	if err := deep.SetPCA(fitting()); err == nil {
		t.Error("components for hidden layers: no error")
	}
	labels := small(t, func(c *config.Model) { c.Kind, c.Hidden, c.Conditional, c.Classes = "ae", nil, true, []string{"a"} })
	if err := labels.SetPCA(fitting()); err == nil {
		t.Error("components for labels: no error")
	}
	if deep.PCA() != nil {
		t.Error("an autoencoder has principal components")
	}
}

// Draw is mean + factor·noise, and reads nothing above the diagonal.
func TestPriorDraw(t *testing.T) {
	m := small(t, func(c *config.Model) { c.Kind, c.Latent = "ae", 3 })
	p := m.Fitted()
	nan := math.NaN()
	if err := p.Set([]float64{1, -2, 0.5}, []float64{2, nan, nan, -1, 0.5, nan, 4, 0.25, 3}, 0); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ noise, want []float32 }{
		{[]float32{0, 0, 0}, []float32{1, -2, 0.5}},
		{[]float32{1, 0, 0}, []float32{3, -3, 4.5}},
		{[]float32{0, 1, 0}, []float32{1, -1.5, 0.75}},
		{[]float32{0, 0, 1}, []float32{1, -2, 3.5}},
		{[]float32{1, 2, -1}, []float32{3, -2, 2}},
	} {
		z := slices.Clone(c.noise)
		if p.Draw(z); !slices.Equal(z, c.want) {
			t.Errorf("noise %v became %v, want %v", c.noise, z, c.want)
		}
	}
	if err := p.Set(make([]float64, 2), make([]float64, 9), 0); err == nil {
		t.Error("two means for three latents: no error")
	}
	if err := p.Set(make([]float64, 3), make([]float64, 3), 0); err == nil {
		t.Error("a diagonal for a factor: no error")
	}
	if small(t, nil).Fitted() != nil {
		t.Error("a variational model has a prior of its own")
	}
}

// The decoder starts at the mean image; means of 0 and 1, whose logits are
// infinite, count as 0.001 and 0.999.
func TestSetOutputBias(t *testing.T) {
	means := []float64{0, 0.25, 0.5, 0.75, 1, 0.0625}
	for likelihood, want := range map[config.Likelihood][]float64{
		"bernoulli": {0.001, 0.25, 0.5, 0.75, 0.999, 0.0625}, "gaussian": means, "mse": means,
	} {
		m := small(t, func(c *config.Model) { c.Likelihood, c.Hidden = likelihood, nil })
		weights := slices.Clone(m.decoderLayer(0).Weight.Value)
		if err := m.SetOutputBias(means); err != nil {
			t.Fatal(err)
		}
		image, err := decoder(t, m, 1).Run() // of z = 0
		if err != nil {
			t.Fatal(err)
		}
		near(t, string(likelihood), image, want, 1e-6, 0)
		if !slices.Equal(m.decoderLayer(0).Weight.Value, weights) {
			t.Errorf("%s: the weights changed", likelihood)
		}
		if err := m.SetOutputBias(means[1:]); err == nil {
			t.Errorf("%s: five means for six pixels: no error", likelihood)
		}
	}
}

func TestSetOutputBiasOfTheLastLayer(t *testing.T) {
	m, other := small(t, nil), small(t, nil)
	if err := m.SetOutputBias([]float64{0.5, 0.5, 0.5, 0.5, 0.5, 0.5}); err != nil {
		t.Fatal(err)
	}
	for i, p := range m.Params() {
		want := other.Params()[i].Value
		if p.Name == "decoder.4.bias" {
			want = make([]float32, 6)
		}
		if !slices.Equal(p.Value, want) {
			t.Errorf("%s is %v, want %v", p.Name, p.Value, want)
		}
	}
}
