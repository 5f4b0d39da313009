package evaluate

import (
	"testing"

	"vae/internal/infer"
)

// Codes of images say what a look at the images says, of every kind of model.
func TestLatentsOfCodes(t *testing.T) {
	s := whole(greySet(line, 150, 3))
	for kind, m := range scoredKinds(t, s) {
		scorer, err := NewTrainingScorer(m, 0, 50, 1)
		if err != nil {
			t.Fatal(err)
		}
		want := look(t, scorer, s)
		codes, err := infer.EncodeSplit(m, s, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		got, err := LatentsOf(t.Context(), m, codes)
		if err != nil || got == nil {
			t.Fatalf("%s: %v, %v", kind, got, err)
		}
		if got.Images != want.Images || len(got.Axes) != len(want.Axes) || got.TopKL != nil {
			t.Errorf("%s: %+v, want %+v", kind, got, want)
		}
		nearly(t, kind+": KL", got.KL, want.KL)
		nearly(t, kind+": mean", got.Mean, want.Mean)
		nearly(t, kind+": SD", got.SD, want.SD)
		nearly(t, kind+": variances", got.Variances, want.Variances)
		for j := range got.Quantiles {
			nearly(t, kind+": quantiles", got.Quantiles[j], want.Quantiles[j])
		}
	}
	m := linearGaussian(t, 0)
	if got, err := LatentsOf(t.Context(), m, &infer.Codes{Latent: 2}); got != nil || err != nil {
		t.Errorf("of no codes: %v, %v", got, err)
	}
}
