package model

import (
	"math"
	"testing"

	"vae/internal/config"
	"vae/internal/op"
)

// A logvar outside of its range is bounded in the loss and counted.
func TestLogvarIsBounded(t *testing.T) {
	m := small(t, nil)
	m.dense("fc_logvar").Bias.Value[0], m.dense("fc_logvar").Bias.Value[1] = 500, -500
	o := objective(t, m, 3, true)
	runObjective(t, o)
	if o.LogvarOutside.Low != 3 || o.LogvarOutside.High != 3 {
		t.Errorf("counted %+v, want 3 and 3", o.LogvarOutside)
	}
	// KL = (mu^2 + e^20 - 1 - 20 + mu^2 + e^-30 - 1 + 30) / 2, whatever mu below 1
	want := (math.Exp(20) - 1 - 20 + math.Exp(-30) - 1 + 30) / 2
	for i, kl := range o.KL() {
		if !(math.Abs(float64(kl)-want) <= 1e-6*want) {
			t.Errorf("KL of row %d is %g, want %g", i, kl, want)
		}
	}
}

// So are those of the second stochastic layer, of q(z2|z) and of p(z|z2), and the
// loss and its gradients stay finite.
func TestLogvarOfTheSecondLayerIsBounded(t *testing.T) {
	for name, layer := range map[string]string{"q(z2|z)": "top_fc_logvar", "p(z|z2)": "prior_logvar"} {
		m := small(t, func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{4} })
		copy(m.dense(layer).Bias.Value, []float32{500, -500})
		o := objective(t, m, 3, true)
		o.Noise[1][0] = 1
		runObjective(t, o)
		if want := (op.Outside{Low: 3, High: 3}); o.LogvarOutside != want {
			t.Errorf("%s: counted %+v, want %+v", name, o.LogvarOutside, want)
		}
		sum := o.Loss()
		for _, g := range allGradients(t, m, o, func(*Param) bool { return true }) {
			sum += math.Abs(g)
		}
		if !(math.Abs(sum) < 1e30) {
			t.Errorf("%s: loss %g, with its gradients %g", name, o.Loss(), sum)
		}
	}
}

// A learned log-variance outside of its range counts as its end, and the gradient
// leads back.
func TestLearnedVarianceIsBounded(t *testing.T) {
	for at, end := range map[float32]float64{500: 20, -500: -30} {
		m := small(t, func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", config.Learned })
		m.logvarOfPixels().Value[0] = at
		for _, p := range []*Param{m.decoderLayer(2).Weight, m.decoderLayer(2).Bias} {
			clear(p.Value)
		}
		o := objective(t, m, 3, true)
		runObjective(t, o)
		pixels := square.Pixels()
		for i, got := range o.Reconstruction() {
			want := 0.5 * float64(pixels) * (end + math.Log(2*math.Pi))
			for _, x := range o.X[i*pixels:][:pixels] {
				want += 0.5 * float64(x) * float64(x) * math.Exp(-end)
			}
			if !(math.Abs(float64(got)-want) <= 1e-6*want) {
				t.Errorf("log-variance %g: term %d is %g, want %g", at, i, got, want)
			}
		}
		g := o.Gradient(0)
		if !(g[0]*at > 0) { // descent goes against it
			t.Errorf("log-variance %g: gradient %v", at, g)
		}
	}
}
