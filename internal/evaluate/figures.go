package evaluate

import (
	"fmt"

	"vae/internal/console"
	"vae/internal/model"
)

// Measured is a report, and what its figures are called and written with.
type Measured struct {
	*Report
	Split       string // of the images
	Epoch       int    // of the model
	Variational bool
	Term        string // of -log p(x|z), by an honest name
	Grey        bool   // that is no likelihood: the pixels are grey
	Beta        float64
}

// TermOf is what -log p(x|z) of a model is called, and whether it is none, for the pixels are grey.
func TermOf(m *model.Model, blackAndWhite bool) (name string, grey bool) {
	facts := m.Likelihood().Facts()
	return facts.TermName(m.Variational(), blackAndWhite), facts.GreyTerm != "" && !blackAndWhite
}

// LikelihoodName never calls a cross-entropy with grey pixels a likelihood.
func (m Measured) LikelihoodName() string {
	name := "NLL"
	if m.Grey {
		name = m.Term
	}
	if m.NLL.Samples == 0 {
		return name + ", exact"
	}
	return fmt.Sprintf("%s, L_%d", name, m.NLL.Samples)
}

// Figure is a figure of a report, as a comparison has it.
type Figure struct {
	Name    string
	Applies func(m Measured) bool    // to the model; nil for always
	Text    func(m Measured) string  // of a report to which it applies
	Value   func(m Measured) float64 // by which one model is better than another; nil where none is
	Less    bool                     // is better
	Losses  bool                     // compare only where terms and beta are the same
}

// Cell is the figure as it is written, "" where it does not apply.
func (f Figure) Cell(m Measured) string {
	if f.Applies != nil && !f.Applies(m) {
		return ""
	}
	return f.Text(m)
}

// Better tells which of two models of the same images a figure is for: -1 for the first, 1 for the second, 0 for neither.
func (f Figure) Better(a, b Measured) int {
	first, second := f.Cell(a), f.Cell(b)
	if f.Value == nil || first == "" || second == "" || first == second || f.Losses && (a.Term != b.Term || a.Beta != b.Beta) {
		return 0
	}
	x, y := f.Value(a), f.Value(b)
	if !f.Less {
		x, y = y, x
	}
	switch {
	case x < y:
		return -1
	case y < x:
		return 1
	}
	return 0
}

// Figures of a comparison.
var (
	ImagesFigure = Figure{Name: "images", Text: func(m Measured) string { return console.Comma(m.Images) + " " + m.Split }}
	EpochFigure  = Figure{Name: "epoch", Text: func(m Measured) string { return fmt.Sprint(m.Epoch) }}
	LossFigure   = Figure{
		Name: "loss",
		Text: func(m Measured) string { return console.Fixed(m.Loss.Mean, 3) }, Value: func(m Measured) float64 { return m.Loss.Mean }, Less: true, Losses: true,
	}
	ReconstructionFigure = Figure{Name: "= reconstruction", Text: func(m Measured) string { return console.Fixed(m.Reconstruction, 3) + " " + m.Term }}
	KLFigure             = Figure{
		Name: "+ beta KL", Applies: func(m Measured) bool { return m.Variational },
		Text: func(m Measured) string { return console.Fixed(m.Beta*m.KL, 3) },
	}
	LikelihoodFigure = Figure{
		Name: "NLL or bound L_k", Applies: func(m Measured) bool { return m.NLL != nil },
		Text: func(m Measured) string {
			return fmt.Sprintf("%s (%s)", console.Fixed(m.NLL.Mean, 3), m.LikelihoodName())
		},
	}
	BitsFigure = Figure{
		Name: "bits/dim", Applies: func(m Measured) bool { return m.NLL != nil && m.NLL.BitsPerDimension != nil },
		Text: func(m Measured) string { return console.Fixed(*m.NLL.BitsPerDimension, 4) },
	}
	MSEFigure = Figure{
		Name: "mse",
		Text: func(m Measured) string { return console.Fixed(m.MSE, 6) }, Value: func(m Measured) float64 { return m.MSE }, Less: true,
	}
	ActiveFigure = Figure{
		Name: "active units", Applies: func(m Measured) bool { return m.Active != nil },
		Text: func(m Measured) string { return fmt.Sprintf("%d of %d", *m.Active, len(m.Units)) },
	}
	AggregateFigure = Figure{
		Name: "KL(q(z)||p(z))", Applies: func(m Measured) bool { return m.Aggregate != nil },
		Text: func(m Measured) string { return console.Fixed(m.Aggregate.MarginalKL, 3) }, Value: func(m Measured) float64 { return m.Aggregate.MarginalKL }, Less: true,
	}
	ProbeFigure = Figure{
		Name: "linear probe", Applies: func(m Measured) bool { return m.Probe != nil },
		Text: func(m Measured) string { return Percent(*m.Probe) }, Value: func(m Measured) float64 { return *m.Probe },
	}
	NeighborsFigure = Figure{
		Name: "5 neighbors", Applies: func(m Measured) bool { return m.KNN != nil },
		Text: func(m Measured) string { return Percent(*m.KNN) }, Value: func(m Measured) float64 { return *m.KNN },
	}
	ContinuityFigure = Figure{
		Name: "continuity", Applies: hasSpace,
		Text: func(m Measured) string { return console.Fixed(m.Space.Continuity, 3) }, Value: func(m Measured) float64 { return m.Space.Continuity },
	}
	CompletenessFigure = Figure{
		Name: "completeness", Applies: hasSpace,
		Text: func(m Measured) string { return console.Fixed(m.Space.Completeness, 3) }, Value: func(m Measured) float64 { return m.Space.Completeness },
	}
	CoverageFigure = Figure{
		Name: "coverage", Applies: hasSpace,
		Text: func(m Measured) string { return console.Fixed(m.Space.Coverage, 3) }, Value: func(m Measured) float64 { return m.Space.Coverage },
	}
)

// Compared are the figures of a comparison, in its order.
var Compared = []Figure{
	ImagesFigure, EpochFigure, LossFigure, ReconstructionFigure, KLFigure, LikelihoodFigure, BitsFigure, MSEFigure, ActiveFigure,
	AggregateFigure, ProbeFigure, NeighborsFigure, ContinuityFigure, CompletenessFigure, CoverageFigure,
}

func hasSpace(m Measured) bool { return m.Space != nil }

// Percent writes a part of 1.
func Percent(part float64) string { return fmt.Sprintf("%.2f %%", 100*part) }
