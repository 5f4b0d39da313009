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
		inspecting := options(t, v, r.Batch)
		inspecting.Inspect = true
		o := r.objectiveOf(t, m, v, inspecting)
		runObjective(t, o)
		if m.Variational() {
			for level, pair := range [][2][]float64{{v.Mu, v.Logvar}, {v.TopMu, v.TopLogvar}}[:len(m.Levels())] {
				mu, logvar := o.Posterior(level)
				near(t, "mu of q", mu, pair[0], 2e-6, 1e-6)
				near(t, "logvar of q", logvar, pair[1], 2e-6, 1e-6)
			}
		}
		if len(r.objective(t, m, v).Outputs()) > 0 {
			t.Error("an objective that does not inspect shows outputs")
		}
		outputs := map[string][]float32{}
		for _, out := range o.Outputs() {
			if outputs[out.Layer] != nil {
				t.Fatalf("layer %q is there twice", out.Layer)
			}
			if l := m.dense(out.Layer); out.Activation != l.Activation.Kernel || out.Units != l.Out().Pixels() || len(out.Values)%(r.Batch*out.Units) != 0 {
				t.Errorf("%s: activation %d of %d units, %d values", out.Layer, out.Activation, out.Units, len(out.Values))
			}
			outputs[out.Layer] = out.Values
		}
		if len(outputs) != len(m.layers()) {
			t.Errorf("%d of %d layers", len(outputs), len(m.layers()))
		}
		for name, want := range map[string][]float64{
			"fc_mu": v.Mu, "fc_logvar": v.Logvar, "fc_code": v.Code, "top_fc_mu": v.TopMu, "top_fc_logvar": v.TopLogvar,
			"prior_mu": v.PriorMu, "prior_logvar": v.PriorLogvar, m.decoderLayer(len(m.decoder) - 1).Name: v.Output,
		} {
			near(t, "output of "+name, outputs[name], want, 2e-6, 1e-6)
		}
	})
}

// Values are those of the last run, and logvar is the one within its range.
func TestInspectionFollowsTheRuns(t *testing.T) {
	m := small(t, func(c *config.Model) { c.Hidden = nil })
	m.dense("fc_logvar").Bias.Value[0] = 500
	o, err := m.NewObjective(ObjectiveOptions{Rows: 2, Inspect: true})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		m.dense("fc_mu").Bias.Value[1]++
		runObjective(t, o)
		mu, logvar := o.Posterior(0)
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
