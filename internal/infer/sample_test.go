package infer

import (
	"math"
	"slices"
	"testing"

	"vae/internal/model"
	"vae/internal/rng"
)

func sample(t *testing.T, m *model.Model, n int, o SampleOptions) [][]float32 {
	t.Helper()
	s, err := NewSampler(m, o)
	if err != nil {
		t.Fatal(err)
	}
	images := make([][]float32, n)
	for i := range images {
		images[i] = make([]float32, shape.Pixels())
		if err := s.Next(images[i]); err != nil {
			t.Fatal(err)
		}
	}
	return images
}

func TestFirstSamplesOfManyAreThoseOfFew(t *testing.T) {
	m := newModel(t, "bernoulli")
	for _, o := range []SampleOptions{{Seed: 4, Temperature: 1}, {Seed: 4, Temperature: 0.7, Pixels: true}} {
		many := sample(t, m, 100, o)
		if !slices.EqualFunc(sample(t, m, 10, o), many[:10], slices.Equal) {
			t.Errorf("%+v: ten samples are not the first of a hundred", o)
		}
		if slices.Equal(many[0], many[1]) {
			t.Errorf("%+v: two samples are the same", o)
		}
	}
	if slices.Equal(sample(t, m, 1, SampleOptions{Seed: 4, Temperature: 1})[0], sample(t, m, 1, SampleOptions{Seed: 5, Temperature: 1})[0]) {
		t.Error("another seed gave the same sample")
	}
}

// Image i is the decoder's for the latents of number i, beyond one batch too.
func TestSamplesAreDecodedDrawsFromThePrior(t *testing.T) {
	m := newModel(t, "gaussian")
	d := newDecoder(t, m)
	const temperature = 0.6
	for i, image := range sample(t, m, 2*BatchRows+3, SampleOptions{Seed: 8, Temperature: temperature}) {
		z := make([]float32, m.Latent())
		rng.Normal(z, rng.Stream(8, "sample from the prior", uint64(i)))
		for j := range z {
			z[j] *= temperature
		}
		want, err := d.Decode([][]float32{z}, nil)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(image, want[0]) {
			t.Fatalf("sample %d is %v, want %v", i, image, want[0])
		}
	}
}

func TestTemperatureZeroGivesTheImageOfZero(t *testing.T) {
	m := newModel(t, "bernoulli")
	want, err := newDecoder(t, m).Decode([][]float32{{0, 0, 0}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, image := range sample(t, m, 5, SampleOptions{Seed: 1}) {
		if !slices.Equal(image, want[0]) {
			t.Errorf("sample %d is %v, want %v", i, image, want[0])
		}
	}
}

func TestBernoulliSamplesHaveTheirProbabilities(t *testing.T) {
	const n = 4000
	m := newModel(t, "bernoulli")
	probability, err := newDecoder(t, m).Decode([][]float32{{0, 0, 0}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	white := make([]float64, shape.Pixels())
	var both float64 // pixels 0 and 1 of one image
	for _, image := range sample(t, m, n, SampleOptions{Seed: 2, Pixels: true}) {
		for j, v := range image {
			if v != 0 && v != 1 {
				t.Fatalf("a pixel is %g", v)
			}
			white[j] += float64(v)
		}
		both += float64(image[0] * image[1])
	}
	for j, w := range white {
		p := float64(probability[0][j])
		if tol := 5 * math.Sqrt(p*(1-p)/n); !(math.Abs(w/n-p) <= tol) {
			t.Errorf("pixel %d is white in %g of the samples, want %g within %g", j, w/n, p, tol)
		}
	}
	p := float64(probability[0][0]) * float64(probability[0][1])
	if tol := 5 * math.Sqrt(p*(1-p)/n); !(math.Abs(both/n-p) <= tol) {
		t.Errorf("pixels 0 and 1 are both white in %g of the samples, want %g within %g", both/n, p, tol)
	}
}
