package cli

import (
	"fmt"
	"math"

	"vae/internal/console"
	"vae/internal/evaluate"
)

// measure is a figure of an evaluation, as it is written in a report, often with more about it than in a comparison.
type measure struct {
	name    string
	title   func(e *evaluation) string                // of its line in a report; nil for the name
	applies func(e *evaluation) bool                  // to the model; nil for always
	figure  func(e *evaluation) string                // of an evaluation to which it applies
	line    func(e *evaluation, figure string) string // in a report; nil for the figure alone
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

// shared is a figure that the page of the explorer has, too.
func shared(f evaluate.Figure) measure {
	m := measure{name: f.Name, figure: func(e *evaluation) string { return f.Text(e.measured()) }}
	if f.Applies != nil {
		m.applies = func(e *evaluation) bool { return f.Applies(e.measured()) }
	}
	return m
}

// measured is the evaluation without what is of the commands alone.
func (e *evaluation) measured() evaluate.Measured {
	return evaluate.Measured{Report: e.Report, Split: e.Split, Epoch: e.Epoch, Variational: e.model.Variational(), Term: e.text.name, Grey: e.text.grey, Beta: e.text.beta}
}

// lined is the measure with another line in a report.
func (m measure) lined(line func(e *evaluation, figure string) string) measure {
	m.line = line
	return m
}

// titled is the measure with another title in a report.
func (m measure) titled(title func(e *evaluation) string) measure {
	m.title = title
	return m
}

// reported are the measures of a report, in its order.
var reported = []measure{
	lossMeasure, mseMeasure, anglesMeasure, codeMeasure, likelihoodMeasure, unbitsMeasure, activeMeasure, divergenceMeasure, topMeasure,
	aggregateMeasure, aggregateShape, probeMeasure, neighborsMeasure, continuityMeasure, completenessMeasure, coverageMeasure,
}

// The loss and its parts.
var (
	lossMeasure = shared(evaluate.LossFigure).lined(func(e *evaluation, _ string) string { return e.loss() })
	mseMeasure  = shared(evaluate.MSEFigure).lined(func(e *evaluation, figure string) string {
		if e.model.Variational() {
			return figure + " a pixel, at the mean of q(z|x)"
		}
		return figure + " a pixel"
	})
	likelihoodMeasure = shared(evaluate.LikelihoodFigure).
				titled(func(e *evaluation) string { return e.measured().LikelihoodName() }).
				lined(func(e *evaluation, _ string) string { return e.likelihood() })
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
	activeMeasure     = shared(evaluate.ActiveFigure).lined(withRemark(" (variance of the posterior mean above 0.01)"))
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
	aggregateMeasure = shared(evaluate.AggregateFigure).titled(func(*evaluation) string { return "aggregate" }).lined(func(e *evaluation, figure string) string {
		a := e.Aggregate
		return fmt.Sprintf("KL(q(z)||p(z)) %s +- %.3f, mutual information %s of at most %.3f nats", figure, a.StandardError, console.Fixed(a.MutualInformation, 3), math.Log(float64(e.Images)))
	})
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
	probeMeasure = shared(evaluate.ProbeFigure).lined(func(e *evaluation, figure string) string {
		if e.model.Config().Conditional {
			return figure + " of the labels right; the encoder is told them, so that its codes may say them whatever they say of the images"
		}
		return figure + " of the labels right"
	})
	neighborsMeasure = shared(evaluate.NeighborsFigure)
)

// The latent space.
var (
	continuityMeasure   = shared(evaluate.ContinuityFigure).lined(withRemark(" (1: the image changes evenly between two codes; 0.1: in one jump)"))
	completenessMeasure = shared(evaluate.CompletenessFigure).lined(func(e *evaluation, figure string) string {
		return fmt.Sprintf("%s of the draws from the prior lie among the codes of %s", figure, console.Count(e.Space.Images, "image"))
	})
	coverageMeasure = shared(evaluate.CoverageFigure).lined(withRemark(" of the codes lie among the draws"))
)

// withRemark is a line of the figure and what it means.
func withRemark(remark string) func(*evaluation, string) string {
	return func(_ *evaluation, figure string) string { return figure + remark }
}
