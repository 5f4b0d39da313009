package evaluate

import (
	"context"
	"fmt"
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/rng"
)

// The bound of several draws against a float64 computation draw by draw, for every
// kind of model without hidden layers.
func TestLossOfSamplesAgainstFloat64(t *testing.T) {
	for kind, m := range kinds(t) {
		s := whole(greySet(line, 11, 5))
		s.Dynamic = kind == "bernoulli"
		for _, samples := range []int{1, 5} {
			for _, weighted := range []bool{false, true} {
				b, err := NewLoss(m, 4, samples, weighted)
				if err != nil {
					t.Fatal(err)
				}
				got, err := b.Measure(context.Background(), s, 2, "noise")
				if err != nil {
					t.Fatal(err)
				}
				near(t, fmt.Sprintf("%s, %d samples, weighted %t", kind, samples, weighted), got, termsByHand(m, s, samples, weighted), 3e-6)
			}
		}
	}
}

func termsByHand(m *model.Model, s dataset.Split, samples int, weighted bool) Terms {
	v, c := valuesOf(m), m.Config()
	noise, top := make([]float32, samples*c.Latent), make([]float32, samples*c.TopLatent)
	constant := 0. // that the reconstruction term of mse leaves out
	if c.Likelihood == "mse" {
		constant = 0.5 * 6 * math.Log(math.Pi)
	}
	var sum Terms
	for i := range s.Len() {
		x := image(s, i, 2, "noise")
		rng.Normal(noise, rng.Stream(2, "noise", uint64(i)))
		rng.Normal(top, rng.Stream(2, "noise: top", uint64(i)))
		mu, logvar := v.apply("fc_mu", x), v.apply("fc_logvar", x)
		var nll, kl, evidence float64
		for k := range samples {
			draw := noise[k*c.Latent:][:c.Latent]
			r := v.reconstruction(x, place(mu, logvar, draw)) - constant
			w := v.logWeight(x, draw, top[k*c.TopLatent:][:c.TopLatent]) + constant
			nll, kl, evidence = nll+r/float64(samples), kl-(w+r)/float64(samples), evidence+math.Exp(w)/float64(samples)
		}
		if c.TopLatent == 0 { // in closed form
			kl = 0
			for j, lv := range logvar {
				kl += 0.5 * (mu[j]*mu[j] + math.Exp(lv) - 1 - lv)
			}
		}
		loss := nll + c.Beta*kl
		if weighted {
			loss = -math.Log(evidence)
		}
		n := float64(s.Len())
		sum.Loss, sum.Reconstruction, sum.KL = sum.Loss+loss/n, sum.Reconstruction+nll/n, sum.KL+kl/n
	}
	return sum
}

// The code of an autoencoder costs nothing, and its mean activation is reported.
func TestLossOfAutoencoders(t *testing.T) {
	m := build(t, shape, func(c *config.Model) { c.Kind, c.CodeActivation, c.Likelihood = "ae", "sigmoid", "mse" })
	s := whole(greySet(shape, 21, 2))
	got, codes := measure(t, m, 8, s, 1, "noise"), encode(t, m, s)
	near(t, "autoencoder", got, Terms{Loss: 12 * codes.MSE, Reconstruction: 12 * codes.MSE}, 1e-6)
	activation, _ := mean(widened(codes.Mu))
	if !(math.Abs(got.Activation-activation) <= 1e-6) || !(activation > 0.1) {
		t.Errorf("mean activation %g, want %g", got.Activation, activation)
	}
}

func TestLossFaults(t *testing.T) {
	m := build(t, shape, conditional)
	for _, rows := range []int{0, -1} {
		_, err := NewLoss(m, rows, 1, false)
		wantError(t, err, fmt.Sprintf("%d images", rows))
	}
	ae := build(t, shape, func(c *config.Model) { c.Kind = "ae" })
	_, err := NewLoss(ae, 4, 3, true)
	wantError(t, err, "3 samples", `"ae"`)
	b, err := NewLoss(m, 4, 1, false)
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Measure(context.Background(), split(3), 1, "noise")
	wantError(t, err, "conditional on 2 labels")
	_, err = b.Measure(context.Background(), whole(greySet(line, 3, 1)), 1, "noise")
	wantError(t, err, "6x1x1")
	terms, err := b.Measure(context.Background(), first(whole(greySet(shape, 3, 1)), 0), 1, "noise")
	if err != nil || terms.Loss == terms.Loss {
		t.Errorf("without images: %+v, %v", terms, err)
	}
}
