package cli

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/evaluate"
)

// line is one measure of a report: its name and its value in words.
type line struct{ name, value string }

// lines are the measures that apply to the model.
func (e *evaluation) lines() []line {
	r := e.Report
	lines := []line{
		{"loss", e.loss()},
		{"mse", fmt.Sprintf("%.6f a pixel, at the mean of q(z|x)", r.MSE)},
	}
	if !e.model.Variational() {
		lines[1].value = fmt.Sprintf("%.6f a pixel", r.MSE)
	}
	add := func(name, format string, args ...any) {
		lines = append(lines, line{name, fmt.Sprintf(format, args...)})
	}
	if n := len(r.Angles); n > 0 {
		add("angles to PCA", "%.2f degrees, the largest of %d", r.Angles[n-1], n)
	}
	if r.Activation != nil {
		add("code", "mean absolute activation %.4f", *r.Activation)
	}
	if r.NLL != nil {
		add(e.likelihoodName(), "%s", e.likelihood())
	}
	if r.Active != nil {
		add("active units", "%d of %d (variance of the posterior mean above 0.01)", *r.Active, len(r.Units))
	}
	if r.Active != nil && len(r.TopUnits) == 0 { // the prior of a lower layer is no standard normal
		add("KL a unit", "%s nats, by size", divergences(r.Units))
	}
	if len(r.TopUnits) > 0 {
		active := 0
		for _, u := range r.TopUnits {
			if u.Active() {
				active++
			}
		}
		add("second layer", "%d of %d units active, KL a unit %s nats", active, len(r.TopUnits), divergences(r.TopUnits))
	}
	if a := r.Aggregate; a != nil {
		add("aggregate", "KL(q(z)||p(z)) %.3f +- %.3f, mutual information %.3f of at most %.3f nats", a.MarginalKL, a.StandardError, a.MutualInformation, math.Log(float64(r.Images)))
		add("", "means up to %.2f from 0, variances %.2f to %.2f", a.Mean, a.LowestVariance, a.HighestVariance)
	}
	if r.Probe != nil {
		add("linear probe", "%.2f %% of the labels right", 100**r.Probe)
	}
	if r.KNN != nil {
		add("5 neighbors", "%.2f %%", 100**r.KNN)
	}
	if s := r.Space; s != nil {
		add("continuity", "%.3f (1: the image changes evenly between two codes; 0.1: in one jump)", s.Continuity)
		add("completeness", "%.3f of the draws from the prior lie among the codes of %s", s.Completeness, console.Count(s.Images, "image"))
		add("coverage", "%.3f of the codes lie among the draws", s.Coverage)
	}
	return lines
}

func (e *evaluation) loss() string {
	terms := evaluate.Terms{Loss: e.Loss.Mean, Reconstruction: e.Reconstruction, KL: e.KL}
	return strings.TrimPrefix(e.text.sentence(terms), "loss ") + plusMinus(" (+- %.3f)", e.Loss)
}

// likelihoodName never calls a cross-entropy with grey pixels a likelihood.
func (e *evaluation) likelihoodName() string {
	name := "NLL"
	if e.text.name == "grey-BCE" {
		name = e.text.name
	}
	if e.NLL.Samples == 0 {
		return name + ", exact"
	}
	return fmt.Sprintf("%s, L_%d", name, e.NLL.Samples)
}

func (e *evaluation) likelihood() string {
	text := fmt.Sprintf("%.3f%s nats per image", e.NLL.Mean, plusMinus(" +- %.3f", e.NLL.Estimate))
	if e.NLL.BitsPerDimension != nil {
		text += fmt.Sprintf(", %.4f bits per dimension", *e.NLL.BitsPerDimension)
	}
	return text
}

// plusMinus writes the standard error of an estimate; one image has none.
func plusMinus(format string, e evaluate.Estimate) string {
	if math.IsNaN(float64(e.StandardError)) {
		return ""
	}
	return fmt.Sprintf(format, e.StandardError)
}

// divergences lists the KL of the units from the largest, at most twenty of them.
func divergences(units []evaluate.Unit) string {
	sorted := slices.Clone(units)
	slices.SortFunc(sorted, func(a, b evaluate.Unit) int { return cmp.Compare(b.KL, a.KL) })
	var text []string
	const most = 20
	for i, u := range sorted {
		if i == most {
			text = append(text, "...", fmt.Sprintf("%.2f", sorted[len(sorted)-1].KL))
			break
		}
		text = append(text, fmt.Sprintf("%.2f", u.KL))
	}
	return strings.Join(text, " ")
}

func (e *evaluation) print(w io.Writer) error {
	t := console.NewTable(w)
	t.Row("model", fmt.Sprintf("%s: %s, epoch %d", e.Model, architecture(e.model.Model), e.Epoch))
	t.Row("data", fmt.Sprintf("%s: %s", e.Data, console.Count(e.Images, e.Split+" image")))
	for _, l := range e.lines() {
		t.Row(l.name, l.value)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return e.printGradients(w)
}

// printGradients compares estimators, each with the reparameterized gradient of the
// same objective.
func (e *evaluation) printGradients(w io.Writer) error {
	if len(e.Gradients) == 0 {
		return nil
	}
	fmt.Fprintf(w, "\ngradient of the encoder's parameters on %s: variance over the noise\n", console.Count(min(e.Images, evaluate.GradientRows), "image"))
	t := console.NewTable(w)
	t.Row("objective", "estimator", "variance", "of reparameterization's", "squared mean", "bias")
	var reference float64
	for _, g := range e.Gradients {
		name, bias := string(g.Estimator), fmt.Sprintf("%.2f", g.Bias)
		if g.Estimator == config.Reparameterization {
			reference, bias = g.Variance, "-"
		} else if g.Baseline != "" {
			name += fmt.Sprintf(", baseline %s", g.Baseline)
		}
		objective := string(g.Objective)
		if g.Samples > 1 {
			objective += fmt.Sprintf(", %d samples", g.Samples)
		}
		t.Row(objective, name, fmt.Sprintf("%.4g", g.Variance), fmt.Sprintf("%.4gx", g.Variance/reference), fmt.Sprintf("%.4g", math.Max(g.Signal, 0)), bias)
	}
	t.Row("bias: squared distance of the mean from reparameterization's over what chance makes of it; about 1 where there is none")
	return t.Flush()
}
