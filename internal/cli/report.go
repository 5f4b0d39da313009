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

func (e *evaluation) loss() string {
	terms := evaluate.Terms{Loss: e.Loss.Mean, Reconstruction: e.Reconstruction, KL: e.KL}
	return strings.TrimPrefix(e.text.sentence(terms), "loss ") + plusMinus(" (+- %.3f)", e.Loss)
}

func (e *evaluation) likelihood() string {
	text := fmt.Sprintf("%s%s nats per image", console.Fixed(e.NLL.Mean, 3), plusMinus(" +- %.3f", e.NLL.Estimate))
	if e.NLL.BitsPerDimension != nil {
		text += ", " + console.Fixed(*e.NLL.BitsPerDimension, 4) + " bits per dimension"
		switch n := e.NLL.Levels; {
		case n > 0 && n != e.levels:
			text += fmt.Sprintf(" of the images in %s levels", console.Comma(n))
		case n > 0 && n != 256:
			text += fmt.Sprintf(" of %s levels", console.Comma(n))
		}
	}
	return text
}

// withoutBits says why there are no bits per dimension.
func (e *evaluation) withoutBits() string {
	if e.text.grey {
		return "none: a cross-entropy with grey pixels is no likelihood"
	}
	return "none: a density is no probability of the pixels' levels; " + strings.Join(config.Names(config.OfLevels()), ", ") + " have one"
}

// plusMinus writes the standard error of an estimate; one image has none.
func plusMinus(format string, e evaluate.Estimate) string {
	if math.IsNaN(float64(e.StandardError)) {
		return ""
	}
	return fmt.Sprintf(format, e.StandardError)
}

func countActive(units []evaluate.Unit) int {
	active := 0
	for _, u := range units {
		if u.Active() {
			active++
		}
	}
	return active
}

// divergences lists the KL of the units from the largest, at most twenty of them.
func divergences(units []evaluate.Unit) string {
	sorted := slices.Clone(units)
	slices.SortFunc(sorted, func(a, b evaluate.Unit) int { return cmp.Compare(b.KL, a.KL) })
	var text []string
	const most = 20
	for i, u := range sorted {
		if i == most {
			text = append(text, "...", console.Fixed(sorted[len(sorted)-1].KL, 2))
			break
		}
		text = append(text, console.Fixed(u.KL, 2))
	}
	return strings.Join(text, " ")
}

func (e *evaluation) print(w io.Writer) error {
	t := console.NewTable(w)
	t.Row("model", fmt.Sprintf("%s: %s, epoch %d", e.Model, architecture(e.model.Model, e.model.Likelihood().Facts().Description), e.Epoch))
	t.Row("data", fmt.Sprintf("%s: %s", e.Data, console.Count(e.Images, e.Split+" image")))
	for _, m := range reported {
		if m.applies == nil || m.applies(e) {
			t.Row(m.report(e))
		}
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
		name, bias := string(g.Estimator), console.Fixed(float64(g.Bias), 2)
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
