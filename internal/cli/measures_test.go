package cli

import (
	"strings"
	"testing"

	"vae/internal/config"
	"vae/internal/evaluate"
)

// evaluated is an evaluation of a model of 8x8 images that holds what a report says.
func evaluated(t *testing.T, r evaluate.Report) *evaluation {
	t.Helper()
	m, err := loadModel(modelFile(t))
	if err != nil {
		t.Fatal(err)
	}
	e := &evaluation{Model: "runs/1", Epoch: 3, Data: "mnist", Split: "test", Report: &r, model: m}
	e.text = termsOf(t, func(c *config.Config) { c.Model.Beta = 2 })
	return e
}

// TestMeasures: a figure reads the same in a report and in a comparison, and is left
// out of both where it does not apply.
func TestMeasures(t *testing.T) {
	active, part, dimensions := 1, 0.625, 0.25
	e := evaluated(t, evaluate.Report{
		Images: 1000, Loss: evaluate.Estimate{Mean: 100.5, StandardError: 0.25}, Reconstruction: 90, KL: 5.25, MSE: 0.0125,
		NLL:    &evaluate.NLLPart{Estimate: evaluate.Estimate{Mean: 98, StandardError: 0.5}, Samples: 100, BitsPerDimension: &dimensions},
		Active: &active, Units: []evaluate.Unit{{KL: 0.1}, {KL: 2.5, Variance: 1}},
		Aggregate: &evaluate.Averaged{MutualInformation: 2, MarginalKL: 0.75, StandardError: 0.125, Mean: 0.5, LowestVariance: 0.9, HighestVariance: 1.1},
		Probe:     &part, KNN: &part, Space: &evaluate.Space{Continuity: 0.5, Completeness: 0.25, Coverage: 0.75, Images: 1000},
	})
	var report, comparison strings.Builder
	if err := e.print(&report); err != nil {
		t.Fatal(err)
	}
	bare := evaluated(t, evaluate.Report{Images: 1, Loss: e.Loss})
	if err := sideBySide(&comparison, []string{"a", "b"}, []*evaluation{e, bare}); err != nil {
		t.Fatal(err)
	}
	wantReport := `model         runs/1: vae 64-4-2, relu, bernoulli likelihood, epoch 3
data          mnist: 1,000 test images
loss          100.500 = reconstruction 90.000 + 2 x KL 5.250 nats per image (+- 0.250)
mse           0.012500 a pixel, at the mean of q(z|x)
NLL, L_100    98.000 +- 0.500 nats per image, 0.2500 bits per dimension
active units  1 of 2 (variance of the posterior mean above 0.01)
KL a unit     2.50 0.10 nats, by size
aggregate     KL(q(z)||p(z)) 0.750 +- 0.125, mutual information 2.000 of at most 6.908 nats
              means up to 0.50 from 0, variances 0.90 to 1.10
linear probe  62.50 % of the labels right
5 neighbors   62.50 %
continuity    0.500 (1: the image changes evenly between two codes; 0.1: in one jump)
completeness  0.250 of the draws from the prior lie among the codes of 1,000 images
coverage      0.750 of the codes lie among the draws
`
	wantComparison := `                  a                      b
images            1,000 test             1 test
epoch             3                      3
loss              100.500                100.500
= reconstruction  90.000 reconstruction  0.000 reconstruction
+ beta KL         10.500                 0.000
NLL or bound L_k  98.000 (NLL, L_100)    -
bits/dim          0.2500                 -
mse               0.012500               0.000000
active units      1 of 2                 -
KL(q(z)||p(z))    0.750                  -
linear probe      62.50 %                -
5 neighbors       62.50 %                -
continuity        0.500                  -
completeness      0.250                  -
coverage          0.750                  -
`
	for _, c := range []struct{ got, want string }{{report.String(), wantReport}, {comparison.String(), wantComparison}} {
		if c.got != c.want {
			t.Errorf("got\n%swant\n%s", c.got, c.want)
		}
	}
}

// The labels that the encoder of a conditional model is told are no merit of its codes.
func TestLabelsOfAConditionalModelHaveANote(t *testing.T) {
	part := 1.0
	e := evaluated(t, evaluate.Report{Images: 10, Probe: &part, KNN: &part})
	m, err := loadModel(conditionalFile(t, "a", "b"))
	if err != nil {
		t.Fatal(err)
	}
	for want, model := range map[string]*loaded{"\nlinear probe  100.00 % of the labels right\n": e.model, "\nlinear probe  100.00 % of the labels right; the encoder is told them, ": m} {
		var report strings.Builder
		e.model = model
		if err := e.print(&report); err != nil || !strings.Contains(report.String(), want) {
			t.Errorf("%v, %q has no %q", err, report.String(), want)
		}
	}
}
