package infer

import (
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
)

func TestReconstructAgainstFloat64(t *testing.T) {
	for _, likelihood := range []config.Likelihood{config.Bernoulli, config.Gaussian} {
		t.Run(string(likelihood), func(t *testing.T) {
			m := newModel(t, likelihood)
			r, err := NewReconstructor(m)
			if err != nil {
				t.Fatal(err)
			}
			images := randomImages(10)
			copy(images[0].Bytes(), []uint8{0, 255, 0, 255})
			got, err := r.Reconstruct(images, nil)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) != len(images) {
				t.Fatalf("%d reconstructions of %d images", len(got), len(images))
			}
			e, d := newEncoder(t, m), newDecoder(t, m)
			for i, code := range encode(t, e, images) {
				mean, err := d.Decode([][]float32{code.Mu}, nil)
				if err != nil {
					t.Fatal(err)
				}
				checkReconstruction(t, got[i], images[i].Bytes(), mean[0], likelihood == "bernoulli")
			}
		})
	}
}

func checkReconstruction(t *testing.T, got Reconstruction, pixels []uint8, mean []float32, bernoulli bool) {
	t.Helper()
	var squares, bce float64
	for j, p := range pixels {
		x, q := float64(p)/255, float64(mean[j])
		squares += (x - q) * (x - q)
		bce -= x*math.Log(q) + (1-x)*math.Log(1-q)
		if got.Original[j] != float32(p)/255 {
			t.Fatalf("original pixel %d is %g, want %g", j, got.Original[j], x)
		}
	}
	if !slices.Equal(got.Image, mean) {
		t.Fatalf("image %v, want %v", got.Image, mean)
	}
	// The pixels are rounded to float32: half an ulp at 1 each, slopes below 2 and 10.
	if want := squares / float64(len(pixels)); !(math.Abs(got.MSE-want) <= 2e-7) {
		t.Errorf("mean squared error %g, want %g", got.MSE, want)
	}
	switch {
	case bernoulli && !(math.Abs(got.BCE-bce) <= 1e-5):
		t.Errorf("cross-entropy %g, want %g", got.BCE, bce)
	case !bernoulli && !math.IsNaN(got.BCE):
		t.Errorf("cross-entropy %g of means that are no probabilities, want NaN", got.BCE)
	}
}

// Reconstructions are the caller's: the next call leaves them alone.
func TestReconstructionsAreKept(t *testing.T) {
	for _, likelihood := range []config.Likelihood{config.Bernoulli, config.Gaussian} {
		r, err := NewReconstructor(newModel(t, likelihood))
		if err != nil {
			t.Fatal(err)
		}
		images := randomImages(4)
		first, err := r.Reconstruct(images[:2], nil)
		if err != nil {
			t.Fatal(err)
		}
		original, image := slices.Clone(first[0].Original), slices.Clone(first[0].Image)
		if _, err := r.Reconstruct(images[2:], nil); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(first[0].Original, original) || !slices.Equal(first[0].Image, image) {
			t.Errorf("%s: the second call changed what the first returned", likelihood)
		}
	}
}

// The cross-entropy comes from the logits: where a probability is 1 in float32, it is the
// logit that says how wrong it is (Bernoulli, logits of 30 on black pixels).
func TestCrossEntropyOfSaturatedPixels(t *testing.T) {
	m := newModel(t, config.Bernoulli)
	for _, p := range m.Params() {
		clear(p.Value)
	}
	bias := m.Params()[len(m.Params())-1].Value
	for i := range bias {
		bias[i] = 30
	}
	r, err := NewReconstructor(m)
	if err != nil {
		t.Fatal(err)
	}
	black := dataset.Bytes(make([]uint8, shape.Pixels()))
	got, err := r.Reconstruct([]dataset.Pixels{black}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := 30 * float64(black.Len()); !(math.Abs(got[0].BCE-want) <= 1e-9*want) {
		t.Errorf("cross-entropy %g, want %g", got[0].BCE, want)
	}
}
