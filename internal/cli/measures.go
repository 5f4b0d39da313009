package cli

import (
	"fmt"
	"math"

	"vae/internal/console"
)

// measure is a figure of an evaluation, as it is written in a comparison and, often with
// more about it, in a report.
type measure struct {
	name    string                                    // of its row in a comparison
	title   func(e *evaluation) string                // of its line in a report; nil for the name
	applies func(e *evaluation) bool                  // to the model; nil for always
	figure  func(e *evaluation) string                // of an evaluation to which it applies
	line    func(e *evaluation, figure string) string // in a report; nil for the figure alone
}

// cell is the figure in a comparison, "" where the measure does not apply.
func (m measure) cell(e *evaluation) string {
	if m.applies != nil && !m.applies(e) {
		return ""
	}
	return m.figure(e)
}

// report is the line of a report, of a measure that applies.
func (m measure) report(e *evaluation) (title, text string) {
	title, text = m.name, m.figure(e)
	if m.title != nil {
		title = m.title(e)
	}
	if m.line != nil {
		text = m.line(e, text)
	}
	return title, text
}

// reported are the measures of a report, in its order.
var reported = []measure{
	lossMeasure, mseMeasure, anglesMeasure, codeMeasure, likelihoodMeasure, unbitsMeasure, activeMeasure, divergenceMeasure, topMeasure,
	aggregateMeasure, aggregateShape, probeMeasure, neighborsMeasure, continuityMeasure, completenessMeasure, coverageMeasure,
}

// compared are the measures of a comparison, in its order.
var compared = []measure{
	imagesMeasure, epochMeasure, lossMeasure, reconstructionMeasure, klMeasure, likelihoodMeasure, bitsMeasure, mseMeasure, activeMeasure,
	aggregateMeasure, probeMeasure, neighborsMeasure, continuityMeasure, completenessMeasure, coverageMeasure,
}

var (
	imagesMeasure = measure{name: "images", figure: func(e *evaluation) string { return console.Comma(e.Images) + " " + e.Split }}
	epochMeasure  = measure{name: "epoch", figure: func(e *evaluation) string { return fmt.Sprint(e.Epoch) }}
)

// The loss and its parts.
var (
	lossMeasure = measure{
		name:   "loss",
		figure: func(e *evaluation) string { return console.Fixed(e.Loss.Mean, 3) },
		line:   func(e *evaluation, _ string) string { return e.loss() },
	}
	reconstructionMeasure = measure{
		name:   "= reconstruction",
		figure: func(e *evaluation) string { return console.Fixed(e.Reconstruction, 3) + " " + e.text.name },
	}
	klMeasure = measure{
		name:    "+ beta KL",
		applies: func(e *evaluation) bool { return e.model.Variational() },
		figure:  func(e *evaluation) string { return console.Fixed(e.text.beta*e.KL, 3) },
	}
	mseMeasure = measure{
		name:   "mse",
		figure: func(e *evaluation) string { return console.Fixed(e.MSE, 6) },
		line: func(e *evaluation, figure string) string {
			if e.model.Variational() {
				return figure + " a pixel, at the mean of q(z|x)"
			}
			return figure + " a pixel"
		},
	}
	likelihoodMeasure = measure{
		name:    "NLL or bound L_k",
		title:   func(e *evaluation) string { return e.likelihoodName() },
		applies: func(e *evaluation) bool { return e.NLL != nil },
		figure: func(e *evaluation) string {
			return fmt.Sprintf("%s (%s)", console.Fixed(e.NLL.Mean, 3), e.likelihoodName())
		},
		line: func(e *evaluation, _ string) string { return e.likelihood() },
	}
	bitsMeasure = measure{
		name:    "bits/dim",
		applies: func(e *evaluation) bool { return e.NLL != nil && e.NLL.BitsPerDimension != nil },
		figure:  func(e *evaluation) string { return console.Fixed(*e.NLL.BitsPerDimension, 4) },
	}
	unbitsMeasure = measure{
		name:    "bits/dim",
		applies: func(e *evaluation) bool { return e.NLL != nil && e.NLL.BitsPerDimension == nil },
		figure:  func(e *evaluation) string { return e.withoutBits() },
	}
)

// The codes.
var (
	anglesMeasure = measure{
		name:    "angles to PCA",
		applies: func(e *evaluation) bool { return len(e.Angles) > 0 },
		figure:  func(e *evaluation) string { return fmt.Sprintf("%.2f degrees", e.Angles[len(e.Angles)-1]) },
		line: func(e *evaluation, figure string) string {
			return fmt.Sprintf("%s, the largest of %d", figure, len(e.Angles))
		},
	}
	codeMeasure = measure{
		name:    "code",
		applies: func(e *evaluation) bool { return e.Activation != nil },
		figure:  func(e *evaluation) string { return fmt.Sprintf("mean absolute activation %.4f", *e.Activation) },
	}
	activeMeasure = measure{
		name:    "active units",
		applies: func(e *evaluation) bool { return e.Active != nil },
		figure:  func(e *evaluation) string { return fmt.Sprintf("%d of %d", *e.Active, len(e.Units)) },
		line:    withRemark(" (variance of the posterior mean above 0.01)"),
	}
	divergenceMeasure = measure{
		name:    "KL a unit",
		applies: func(e *evaluation) bool { return e.Active != nil && len(e.TopUnits) == 0 }, // the prior of a lower layer is no standard normal
		figure:  func(e *evaluation) string { return fmt.Sprintf("%s nats, by size", divergences(e.Units)) },
	}
	topMeasure = measure{
		name:    "second layer",
		applies: func(e *evaluation) bool { return len(e.TopUnits) > 0 },
		figure: func(e *evaluation) string {
			return fmt.Sprintf("%d of %d units active", countActive(e.TopUnits), len(e.TopUnits))
		},
		line: func(e *evaluation, figure string) string {
			return fmt.Sprintf("%s, KL a unit %s nats", figure, divergences(e.TopUnits))
		},
	}
)

// The aggregate posterior.
var (
	aggregateMeasure = measure{
		name:    "KL(q(z)||p(z))",
		title:   func(*evaluation) string { return "aggregate" },
		applies: func(e *evaluation) bool { return e.Aggregate != nil },
		figure:  func(e *evaluation) string { return console.Fixed(e.Aggregate.MarginalKL, 3) },
		line: func(e *evaluation, figure string) string {
			a := e.Aggregate
			return fmt.Sprintf("KL(q(z)||p(z)) %s +- %.3f, mutual information %s of at most %.3f nats", figure, a.StandardError, console.Fixed(a.MutualInformation, 3), math.Log(float64(e.Images)))
		},
	}
	aggregateShape = measure{ // a second line of it
		applies: func(e *evaluation) bool { return e.Aggregate != nil },
		figure: func(e *evaluation) string {
			a := e.Aggregate
			return fmt.Sprintf("means up to %.2f from 0, variances %.2f to %.2f", a.Mean, a.LowestVariance, a.HighestVariance)
		},
	}
)

// Classifiers on the codes.
var (
	probeMeasure = measure{
		name:    "linear probe",
		applies: func(e *evaluation) bool { return e.Probe != nil },
		figure:  func(e *evaluation) string { return percent(*e.Probe) },
		line: func(e *evaluation, figure string) string {
			if e.model.Config().Conditional {
				return figure + " of the labels right; the encoder is told them, so that its codes may say them whatever they say of the images"
			}
			return figure + " of the labels right"
		},
	}
	neighborsMeasure = measure{
		name:    "5 neighbors",
		applies: func(e *evaluation) bool { return e.KNN != nil },
		figure:  func(e *evaluation) string { return percent(*e.KNN) },
	}
)

// The latent space.
var (
	continuityMeasure = measure{
		name:    "continuity",
		applies: hasSpace,
		figure:  func(e *evaluation) string { return console.Fixed(e.Space.Continuity, 3) },
		line:    withRemark(" (1: the image changes evenly between two codes; 0.1: in one jump)"),
	}
	completenessMeasure = measure{
		name:    "completeness",
		applies: hasSpace,
		figure:  func(e *evaluation) string { return console.Fixed(e.Space.Completeness, 3) },
		line: func(e *evaluation, figure string) string {
			return fmt.Sprintf("%s of the draws from the prior lie among the codes of %s", figure, console.Count(e.Space.Images, "image"))
		},
	}
	coverageMeasure = measure{
		name:    "coverage",
		applies: hasSpace,
		figure:  func(e *evaluation) string { return console.Fixed(e.Space.Coverage, 3) },
		line:    withRemark(" of the codes lie among the draws"),
	}
)

func hasSpace(e *evaluation) bool { return e.Space != nil }

func percent(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }

// withRemark is a line of the figure and what it means.
func withRemark(remark string) func(*evaluation, string) string {
	return func(_ *evaluation, figure string) string { return figure + remark }
}
