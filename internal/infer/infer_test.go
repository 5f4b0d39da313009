package infer

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

var shape = config.Shape{Width: 5, Height: 3, Channels: 1}

func newModel(t *testing.T, likelihood config.Likelihood) *model.Model {
	t.Helper()
	return newModelOf(t, func(c *config.Model) { c.Likelihood = likelihood })
}

// newModelOf builds a small model that differs from the default in what change does.
func newModelOf(t *testing.T, change func(c *config.Model)) *model.Model {
	t.Helper()
	c := config.Default().Model
	c.Latent, c.Hidden = 3, []int{7}
	change(&c)
	m, err := model.New(c, shape, 2)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func newConditional(t *testing.T, kind config.Kind) *model.Model {
	t.Helper()
	return newModelOf(t, func(c *config.Model) {
		c.Kind, c.Conditional, c.Classes = kind, true, []string{"cat", "dog", "each", "owl"}
	})
}

func newEncoder(t *testing.T, m *model.Model) *Encoder {
	t.Helper()
	e, err := NewEncoder(m)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func newDecoder(t *testing.T, m *model.Model) *Decoder {
	t.Helper()
	d, err := NewDecoder(m)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func randomImages(n int) []dataset.Pixels {
	r, images := rng.Stream(3, "test images"), make([]dataset.Pixels, n)
	for i := range images {
		pixels := make([]uint8, shape.Pixels())
		for j := range pixels {
			pixels[j] = uint8(r.UintN(256))
		}
		images[i] = dataset.Bytes(pixels)
	}
	return images
}

// encode returns copies, which the next call does not overwrite.
func encode(t *testing.T, e *Encoder, images []dataset.Pixels, labels ...int) []Code {
	t.Helper()
	codes, err := e.Encode(images, labels)
	if err != nil {
		t.Fatal(err)
	}
	if len(codes) != len(images) {
		t.Fatalf("%d codes of %d images", len(codes), len(images))
	}
	for i, c := range codes {
		codes[i] = Code{slices.Clone(c.Mu), slices.Clone(c.Logvar)}
	}
	return codes
}

func sameCode(a, b Code) bool { return slices.Equal(a.Mu, b.Mu) && slices.Equal(a.Logvar, b.Logvar) }

func TestEncodeIsTheModelsEncoder(t *testing.T) {
	m := newModel(t, "bernoulli")
	graph, err := m.NewEncoder(1)
	if err != nil {
		t.Fatal(err)
	}
	images := randomImages(BatchRows)
	for i, code := range encode(t, newEncoder(t, m), images) {
		for j, p := range images[i].Bytes() {
			graph.X[j] = float32(p) / 255
		}
		mu, logvar, err := graph.Run()
		if err != nil {
			t.Fatal(err)
		}
		if !sameCode(code, Code{mu, logvar}) {
			t.Fatalf("image %d has code %v, by the model alone %v and %v", i, code, mu, logvar)
		}
	}
}

func TestEncodeDoesNotDependOnTheBatch(t *testing.T) {
	e := newEncoder(t, newModel(t, "bernoulli"))
	images := randomImages(20)
	want := encode(t, e, images)
	for _, batch := range []int{1, 3, 19} {
		var got []Code
		for part := range slices.Chunk(images, batch) {
			got = append(got, encode(t, e, part)...)
		}
		if !slices.EqualFunc(got, want, sameCode) {
			t.Errorf("other codes in batches of %d", batch)
		}
	}
	slices.Reverse(images)
	got := encode(t, e, images)
	slices.Reverse(got)
	if !slices.EqualFunc(got, want, sameCode) {
		t.Error("other codes in another order")
	}
	if len(encode(t, e, nil)) != 0 {
		t.Error("codes of no images")
	}
}

func TestDecodeDoesNotDependOnTheBatch(t *testing.T) {
	for _, likelihood := range append([]config.Likelihood{"logistic:256", "dmol:2:256", "beta-binomial:256", "categorical:16"}, config.Likelihoods[:3]...) {
		d := newDecoder(t, newModel(t, likelihood))
		latents := make([][]float32, 9)
		for i := range latents {
			latents[i] = make([]float32, 3)
			rng.Normal(latents[i], rng.Stream(1, "test latents", uint64(i)))
		}
		var alone [][]float32
		for i := range latents {
			image, err := d.Decode(latents[i:i+1], nil)
			if err != nil {
				t.Fatal(err)
			}
			alone = append(alone, slices.Clone(image[0]))
		}
		together, err := d.Decode(latents, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.EqualFunc(together, alone, slices.Equal) {
			t.Errorf("%s: other images in a batch", likelihood)
		}
	}
}

func TestWrongLengthsAreErrors(t *testing.T) {
	m := newModel(t, "bernoulli")
	e, d := newEncoder(t, m), newDecoder(t, m)
	r, err := NewReconstructor(m)
	if err != nil {
		t.Fatal(err)
	}
	s, err := NewSampler(m, SampleOptions{Seed: 1, Temperature: 1})
	if err != nil {
		t.Fatal(err)
	}
	good, short, long := dataset.Bytes(make([]uint8, 15)), dataset.Bytes(make([]uint8, 14)), dataset.Bytes(make([]uint8, 16))
	for name, c := range map[string]struct {
		call func() error
		want string
	}{
		"encode a short image": {func() error { _, err := e.Encode([]dataset.Pixels{good, short}, nil); return err }, "14 values for a model of 5x3x1"},
		"encode a long image":  {func() error { _, err := e.Encode([]dataset.Pixels{long}, nil); return err }, "16 values for a model of 5x3x1"},
		"encode too many":      {func() error { _, err := e.Encode(randomImages(BatchRows+1), nil); return err }, "129 images"},
		"decode too many":      {func() error { _, err := d.Decode(make([][]float32, BatchRows+1), nil); return err }, "129 latents"},
		"decode a short one":   {func() error { _, err := d.Decode([][]float32{{1, 2}}, nil); return err }, "2 latents for a model of 3"},
		"decode a long one":    {func() error { _, err := d.Decode([][]float32{{1, 2, 3, 4}}, nil); return err }, "4 latents for a model of 3"},
		"reconstruct":          {func() error { _, err := r.Reconstruct([]dataset.Pixels{short}, nil); return err }, "14 values"},
		"sample short":         {func() error { return s.Next(make([]float32, 14)) }, "room for 14 values"},
		"sample long":          {func() error { return s.Next(make([]float32, 16)) }, "room for 16 values"},
	} {
		if err := c.call(); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v, want one with %q", name, err, c.want)
		}
	}
}

func TestDrawHasTheMomentsOfItsCode(t *testing.T) {
	const draws = 40_000
	code := Code{Mu: []float32{-1, 0.5, 3}, Logvar: []float32{-2, 0, 1.5}}
	z := make([]float32, 3)
	var sum, squares [3]float64
	var product float64
	for i := range uint64(draws) {
		code.Draw(z, 7, i)
		for j, v := range z {
			d := float64(v) - float64(code.Mu[j])
			sum[j], squares[j] = sum[j]+d, squares[j]+d*d
		}
		product += (float64(z[0]) - float64(code.Mu[0])) * (float64(z[1]) - float64(code.Mu[1]))
	}
	// Five standard errors: the variance of x^2 is twice the variance squared.
	for j := range z {
		variance := math.Exp(float64(code.Logvar[j]))
		if tol := 5 * math.Sqrt(variance/draws); !(math.Abs(sum[j]/draws) <= tol) {
			t.Errorf("latent %d: mean is off by %g, tolerance %g", j, sum[j]/draws, tol)
		}
		if tol := 5 * variance * math.Sqrt(2.0/draws); !(math.Abs(squares[j]/draws-variance) <= tol) {
			t.Errorf("latent %d: variance %g, want %g within %g", j, squares[j]/draws, variance, tol)
		}
	}
	if tol := 5 * math.Exp(-1) / math.Sqrt(draws); !(math.Abs(product/draws) <= tol) {
		t.Errorf("latents 0 and 1 have covariance %g, tolerance %g", product/draws, tol)
	}
}

func TestDrawBelongsToSeedAndNumber(t *testing.T) {
	code := Code{Mu: []float32{1, 2, 3}, Logvar: []float32{0, 0, 0}}
	draw := func(seed, number uint64) string {
		z := []float32{9, 9, 9} // what stands there does not matter
		code.Draw(z, seed, number)
		return fmt.Sprint(z)
	}
	if once, again := draw(1, 5), draw(1, 5); once != again {
		t.Error("the same draw gave two results")
	}
	if draw(1, 5) == draw(1, 6) || draw(1, 5) == draw(2, 5) {
		t.Error("another number or seed gave the same draw")
	}
	if !slices.Equal(code.Mu, []float32{1, 2, 3}) || !slices.Equal(code.Logvar, []float32{0, 0, 0}) {
		t.Errorf("the code was changed to %v", code)
	}
}
