package evaluate

import (
	"context"
	"errors"
	"math"
	"runtime"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/stats"
)

// scoresOf are all scores of a split, so many images at a time: of each name those of all images.
func scoresOf(t *testing.T, m *model.Model, s dataset.Split, o ScoreOptions, atOnce int) map[string][]float64 {
	t.Helper()
	scorer, err := NewScorer(m, o)
	if err != nil {
		t.Fatal(err)
	}
	names, all := ScoreNames(m, o.Samples > 0), map[string][]float64{}
	for number := 0; number < s.Len(); number += atOnce {
		batch := s
		batch.Index = s.Index[number:min(number+atOnce, s.Len())]
		scores, err := scorer.Score(t.Context(), batch, number)
		if err != nil {
			t.Fatal(err)
		}
		for _, score := range scores {
			for i, name := range names {
				all[name] = append(all[name], score.Values[i])
			}
		}
	}
	return all
}

// scoredKinds are models of every kind, with the names of their scores.
func scoredKinds(t *testing.T, s dataset.Split) map[string]*model.Model {
	return map[string]*model.Model{
		"loss bce kl mse":            build(t, line, func(c *config.Model) { c.Beta = 0.5 }),
		"loss reconstruction kl mse": build(t, line, func(c *config.Model) { c.Likelihood = config.Gaussian }),
		"loss squared_error kl mse":  build(t, line, func(c *config.Model) { c.Likelihood = config.SquaredError }),
		"conditional": build(t, line, func(c *config.Model) {
			c.Conditional, c.Classes = true, s.Set.Classes
		}),
		"two levels": build(t, line, func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{3} }),
		"bce mse":    build(t, line, func(c *config.Model) { c.Kind = config.AE }),
		"mse":        pcaOf(t, s, 2),
	}
}

// In the mean the scores are what Measure, NLL and ReconstructSplit give; each is the same
// whatever stands beside the image, on any number of threads.
func TestScoresAreThoseOfMeasure(t *testing.T) {
	const seed = 7
	s := whole(greySet(line, 2*infer.BatchRows+5, 3))
	for kind, m := range scoredKinds(t, s) {
		o := ScoreOptions{Seed: seed}
		if m.Variational() {
			o.Samples = 3
		}
		got := scoresOf(t, m, s, o, infer.BatchRows)
		alone := scoresOf(t, m, s, o, 1)
		runtime.GOMAXPROCS(1)
		odd := scoresOf(t, m, s, o, 50)
		runtime.GOMAXPROCS(runtime.NumCPU())
		for name := range got {
			if !slices.Equal(got[name], alone[name]) || !slices.Equal(got[name], odd[name]) {
				t.Errorf("%s: %s depends on the other images", kind, name)
			}
		}
		loss, err := NewLoss(m, infer.BatchRows, 1, false)
		if err != nil {
			t.Fatal(err)
		}
		terms, err := loss.Measure(context.Background(), s, seed, testPurpose)
		if err != nil {
			t.Fatal(err)
		}
		_, mse, err := infer.ReconstructSplit(m, s, seed, "")
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]float64{"loss": terms.Loss, "kl": terms.KL, "mse": mse}
		for _, term := range []string{"bce", "reconstruction", "squared_error"} {
			want[term] = terms.Reconstruction
		}
		if m.Variational() {
			nll, err := NLL(t.Context(), m, s, o.Samples, seed, nil, nil)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(got["bound"], nll) {
				t.Errorf("%s: the bounds are not those of NLL", kind)
			}
			delete(got, "bound")
		}
		for name, values := range got {
			average, _ := mean(values)
			within(t, kind+": "+name, average, want[name], 1e-6*(1+math.Abs(want[name])))
		}
	}
}

// The squared error of an image, and what is decoded, are those of a reconstruction, to the bit.
func TestScoresAreThoseOfReconstructions(t *testing.T) {
	s := whole(greySet(line, 20, 3))
	var images []dataset.Pixels
	for i := range s.Len() {
		images = append(images, dataset.Bytes(s.Set.Image(i)))
	}
	for kind, m := range scoredKinds(t, s) {
		var labels []int
		if kind == "conditional" {
			labels = s.Set.Labels
		}
		r, err := infer.NewReconstructor(m)
		if err != nil {
			t.Fatal(err)
		}
		want, err := r.Reconstruct(images, labels)
		if err != nil {
			t.Fatal(err)
		}
		scorer, err := NewScorer(m, ScoreOptions{})
		if err != nil {
			t.Fatal(err)
		}
		got, err := scorer.Score(t.Context(), s, 0)
		if err != nil {
			t.Fatal(err)
		}
		for i, score := range got {
			mse := score.Values[slices.Index(ScoreNames(m, false), ScoreMSE)]
			if mse != want[i].MSE || !slices.Equal(score.Image, want[i].Image) || !slices.Equal(score.Original, want[i].Original) {
				t.Errorf("%s: image %d has mse %g, its reconstruction %g", kind, i, mse, want[i].MSE)
			}
		}
	}
}

func TestScoreNames(t *testing.T) {
	for kind, m := range scoredKinds(t, whole(greySet(line, 20, 3))) {
		names := ScoreNames(m, false)
		if got := join(names); kind != got && kind != "conditional" && kind != "two levels" {
			t.Errorf("%s, want %s", got, kind)
		}
		if with := ScoreNames(m, true); m.Variational() != slices.Contains(with, ScoreBound) || slices.Contains(names, ScoreBound) {
			t.Errorf("%s: with the bound %v", kind, with)
		}
		if !slices.Contains(names, ScoreMSE) {
			t.Errorf("%s: no squared error", kind)
		}
	}
}

func join(names []string) (text string) {
	for i, name := range names {
		if i > 0 {
			text += " "
		}
		text += name
	}
	return text
}

func TestScoreFaults(t *testing.T) {
	s := whole(greySet(line, 5, 3))
	if _, err := NewScorer(pcaOf(t, s, 2), ScoreOptions{Samples: 2}); err == nil {
		t.Error("a bound of principal components")
	}
	m := build(t, line, func(*config.Model) {})
	scorer, err := NewScorer(m, ScoreOptions{Samples: 2})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := scorer.Score(t.Context(), whole(greySet(config.Shape{Width: 5, Height: 1, Channels: 1}, 5, 3)), 0); err == nil {
		t.Error("images of another shape")
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := scorer.Score(ctx, s, 0); !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A sketch has the quantiles of the scores of all images, or of a sample that belongs to the
// seed; black and white draws of a dynamic split are left aside.
func TestSketch(t *testing.T) {
	m := build(t, line, func(*config.Model) {})
	of := func(n int, seed uint64, change func(*dataset.Split)) map[string][]float64 {
		s := whole(greySet(line, n, 3))
		change(&s)
		scorer, err := NewTrainingScorer(m, 0, 0, seed)
		if err != nil {
			t.Fatal(err)
		}
		scores, err := scorer.Sketch(t.Context(), s)
		if err != nil {
			t.Fatal(err)
		}
		if scores.Images != min(n, sketched) {
			t.Errorf("%d images of %d", scores.Images, n)
		}
		return scores.Quantiles
	}
	same := func(*dataset.Split) {}
	few := of(300, 1, same)
	all := scoresOf(t, m, whole(greySet(line, 300, 3)), ScoreOptions{Seed: 1, Purpose: "training scores"}, infer.BatchRows)
	for name, values := range all {
		if !slices.Equal(few[name], stats.QuantilesAt(sketchPercents, values).Value) {
			t.Errorf("%s: other quantiles than those of the images", name)
		}
	}
	many := of(1500, 1, same)
	if !slices.Equal(many["mse"], of(1500, 1, func(s *dataset.Split) { s.Dynamic = true })["mse"]) {
		t.Error("the same images and seed give two sketches")
	}
	if slices.Equal(many["mse"], of(1500, 2, same)["mse"]) {
		t.Error("two seeds give one sample")
	}
	if kolmogorov := distance(many["mse"], scoresOf(t, m, whole(greySet(line, 1500, 3)), ScoreOptions{}, infer.BatchRows)["mse"]); !(kolmogorov < 0.03) {
		t.Errorf("the sample lies %g from all images", kolmogorov)
	}
}

// distance is the largest difference between the percent of a quantile and its share of values.
func distance(quantiles, values []float64) (most float64) {
	all := stats.QuantilesOf(values)
	for i, v := range quantiles {
		most = max(most, math.Abs(all.Of(v)-sketchPercents[i])/100)
	}
	return most
}

func TestNoSketch(t *testing.T) {
	m := build(t, line, func(*config.Model) {})
	scorer, err := NewTrainingScorer(m, 0, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	s := whole(greySet(line, 20, 3))
	if scores, err := scorer.Sketch(t.Context(), first(s, 0)); scores != nil || err != nil {
		t.Error("without images: ", scores, err)
	}
	for _, p := range m.Params() {
		rng.Normal(p.Value, rng.Stream(1, p.Name))
		for i := range p.Value {
			p.Value[i] *= 1e30
		}
	}
	if scores, err := scorer.Sketch(t.Context(), s); scores != nil || err != nil {
		t.Error("scores beyond all numbers: ", scores, err)
	}
}

// The draws of an image go by its number, whichever images stand beside it.
func TestScoresGoByNumbers(t *testing.T) {
	s := whole(greySet(line, 6, 3))
	scorer, err := NewScorer(build(t, line, func(*config.Model) {}), ScoreOptions{Seed: 7, Samples: 3})
	if err != nil {
		t.Fatal(err)
	}
	numbers := []int{40, 7, 8, 1 << 20, 0, 300}
	got, err := scorer.ScoreNumbered(t.Context(), s, numbers)
	if err != nil {
		t.Fatal(err)
	}
	for i, number := range numbers {
		one := s
		one.Index = s.Index[i : i+1]
		alone, err := scorer.Score(t.Context(), one, number)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(got[i].Values, alone[0].Values) {
			t.Errorf("image %d of number %d: %v, alone %v", i, number, got[i].Values, alone[0].Values)
		}
	}
}
