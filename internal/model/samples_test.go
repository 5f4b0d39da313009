package model

import (
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
)

// TestSampledBoundsAgainstPyTorch holds the bounds of several samples an image,
// and every gradient, against PyTorch, where the importance weights are written
// with the densities themselves.
func TestSampledBoundsAgainstPyTorch(t *testing.T) {
	r := loadReference(t)
	if len(r.Small.Sampled) < 4 {
		t.Fatalf("%d variants", len(r.Small.Sampled))
	}
	for _, v := range r.Small.Sampled {
		t.Run(v.Name, func(t *testing.T) {
			m := smallModel(t, r, v.variant)
			o, err := m.NewObjective(ObjectiveOptions{
				Rows: r.Small.Batch, Samples: v.Samples, ImportanceWeighted: v.Objective == "iwae", Gradients: true,
			})
			if err != nil {
				t.Fatal(err)
			}
			fill(o.X, "small pixel", 1000, 0)
			fill(o.Noise[0], "noise", 2000, 0)
			copy(o.Weight, r.Small.RowWeight)
			for range 2 {
				if err := o.Run(); err != nil {
					t.Fatal(err)
				}
			}
			near(t, "loss", []float32{float32(o.Loss())}, []float64{v.Loss}, 1e-6, 0)
			near(t, "reconstruction", o.Reconstruction(), v.Reconstruction, 2e-6, 0)
			// A log weight is a float32 of the size of the reconstruction term, and its
			// rounding is the relative error of the weight.
			checkGradients(t, m, o, v.Gradients, 2e-5+2*largest(v.Reconstruction)/(1<<23))
		})
	}
}

func smallModel(t *testing.T, r *reference, v variant) *Model {
	t.Helper()
	m, err := New(config.Model{
		Kind: "vae", Latent: r.Small.Latent, Hidden: v.Hidden, Activation: v.Activation, Init: "kaiming",
		Likelihood: v.Likelihood, Sigma: r.Small.Sigma, Beta: v.Beta,
	}, config.Shape{Width: r.Small.Pixels, Height: 1, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	setWeights(m, "small")
	return m
}

// With one sample the importance-weighted bound is the evidence lower bound with
// log q(z|x) and log p(z) at the sample in place of the analytic KL: their means
// over the noise agree.
func TestBoundsOfOneSampleAgreeInTheMean(t *testing.T) {
	r := loadReference(t)
	m := smallModel(t, r, r.Small.Sampled[0].variant)
	const rows, runs = 64, 300
	objectives := make([]*Objective, 2)
	for i, weighted := range []bool{false, true} {
		var err error
		if objectives[i], err = m.NewObjective(ObjectiveOptions{Rows: rows, ImportanceWeighted: weighted}); err != nil {
			t.Fatal(err)
		}
		fill(objectives[i].X, "small pixel", 1000, 0)
		for j := range objectives[i].Weight {
			objectives[i].Weight[j] = 1. / rows
		}
	}
	var sum, squares float64
	for run := range runs {
		var losses [2]float64
		for i, o := range objectives {
			rng.Normal(o.Noise[0], rng.Stream(5, "noise", uint64(run)))
			if err := o.Run(); err != nil {
				t.Fatal(err)
			}
			losses[i] = o.Loss()
		}
		d := losses[1] - losses[0]
		sum, squares = sum+d, squares+d*d
	}
	mean := sum / runs
	if deviation := math.Sqrt((squares/runs - mean*mean) / runs); !(math.Abs(mean) <= 5*deviation) || deviation == 0 {
		t.Errorf("the bounds differ by %g in the mean, standard error %g", mean, deviation)
	}
}
