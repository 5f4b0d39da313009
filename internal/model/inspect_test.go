package model

import (
	"slices"
	"testing"

	"vae/internal/config"
)

// The posteriors that an objective shows are PyTorch's, and each layer shows what
// it computed: all of them once, in the order of computation.
func TestInspectionOfKindsAgainstPyTorch(t *testing.T) {
	everyKind(t, func(t *testing.T, r *kinds, v kind) {
		m := r.model(t, v)
		o := r.objective(t, m, v)
		runObjective(t, o)
		for what, pair := range map[string][2][]float64{"q(z|x)": {v.Mu, v.Logvar}, "q(z2|z)": {v.TopMu, v.TopLogvar}} {
			mu, logvar := o.Posterior()
			if what == "q(z2|z)" {
				mu, logvar = o.TopPosterior()
			}
			near(t, "mu of "+what, mu, pair[0], 2e-6, 1e-6)
			near(t, "logvar of "+what, logvar, pair[1], 2e-6, 1e-6)
		}
		outputs := map[string][]float32{}
		for _, out := range o.Outputs() {
			i := slices.IndexFunc(m.layers(), func(l *layer) bool { return l.name == out.Layer })
			if i < 0 || outputs[out.Layer] != nil {
				t.Fatalf("layer %q is none, or there twice", out.Layer)
			}
			if l := m.layers()[i]; out.Activation != l.act || out.Width != l.out || len(out.Values)%(r.Batch*l.out) != 0 {
				t.Errorf("%s: activation %d of %d units, %d values", out.Layer, out.Activation, out.Width, len(out.Values))
			}
			outputs[out.Layer] = out.Values
		}
		if len(outputs) != len(m.layers()) {
			t.Errorf("%d of %d layers", len(outputs), len(m.layers()))
		}
		for name, want := range map[string][]float64{
			"fc_mu": v.Mu, "fc_logvar": v.Logvar, "fc_code": v.Code, "top_fc_mu": v.TopMu, "top_fc_logvar": v.TopLogvar,
			"prior_mu": v.PriorMu, "prior_logvar": v.PriorLogvar, m.decoder[len(m.decoder)-1].name: v.Output,
		} {
			near(t, "output of "+name, outputs[name], want, 2e-6, 1e-6)
		}
	})
}

// Values are those of the last run, and logvar is the one within its range.
func TestInspectionFollowsTheRuns(t *testing.T) {
	m := small(t, func(c *config.Model) { c.Hidden = nil })
	m.logvar.bias.Value[0] = 500
	o := objective(t, m, 2, false)
	for range 2 {
		m.mu.bias.Value[1]++
		runObjective(t, o)
		mu, logvar := o.Posterior()
		if logvar[0] != 20 || logvar[2] != 20 {
			t.Errorf("log-variances %v, want 20 in the first", logvar)
		}
		outputs := o.Outputs()
		if out := outputs[0]; out.Layer != "fc_mu" || !slices.Equal(out.Values, mu) {
			t.Errorf("%s put out %v, mu is %v", out.Layer, out.Values, mu)
		}
		if out := outputs[1]; out.Layer != "fc_logvar" || !(out.Values[0] > 400) {
			t.Errorf("%s put out %v, which the layer does not bound", out.Layer, out.Values)
		}
	}
}
