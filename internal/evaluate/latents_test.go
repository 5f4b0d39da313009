package evaluate

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/rng"
	"vae/internal/run"
	"vae/internal/stats"
)

func look(t *testing.T, s *Scorer, images dataset.Split) *run.Latents {
	t.Helper()
	want, err := s.Sketch(t.Context(), images)
	if err != nil {
		t.Fatal(err)
	}
	scores, latents, err := s.Look(t.Context(), images)
	if err != nil || !reflect.DeepEqual(scores, want) {
		t.Fatalf("scores %v, of a sketch %v, %v", scores, want, err)
	}
	return latents
}

func nearly(t *testing.T, what string, got, want []float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d figures, want %d", what, len(got), len(want))
	}
	for i := range got {
		within(t, what, got[i], want[i], 1e-5*(1+math.Abs(want[i])))
	}
}

// What is kept of the codes are the figures of the codes that encoding gives, of every kind of model,
// and the same on any number of threads.
func TestLatentsAreThoseOfEncoding(t *testing.T) {
	s := whole(greySet(line, 150, 3))
	for kind, m := range scoredKinds(t, s) {
		scorer, err := NewTrainingScorer(m, 0, 50, 1)
		if err != nil {
			t.Fatal(err)
		}
		var got *run.Latents
		eachThreads(t, func(threads int) {
			latents := look(t, scorer, s)
			if got != nil && !reflect.DeepEqual(got, latents) {
				t.Errorf("%s: other figures on %d threads", kind, threads)
			}
			got = latents
		})
		codes, err := infer.EncodeSplit(m, s, 1, "")
		if err != nil {
			t.Fatal(err)
		}
		l := codes.Latent
		if got.Images != 150 || len(got.Mean) != l || len(got.Axes) != l {
			t.Fatalf("%s: %d images, %d latents, %d axes", kind, got.Images, len(got.Mean), len(got.Axes))
		}
		for j := range l {
			var column []float64
			for i := j; i < len(codes.Mu); i += l {
				column = append(column, float64(codes.Mu[i]))
			}
			average, deviation := mean(column)
			n := float64(len(column))
			nearly(t, kind+": mean and SD", []float64{got.Mean[j], got.SD[j]}, []float64{average, deviation * math.Sqrt(n-1)})
			nearly(t, kind+": quantiles", got.Quantiles[j], stats.QuantilesAt(got.Percent, column).Value)
		}
		if !m.Variational() {
			if got.KL != nil || got.TopKL != nil {
				t.Errorf("%s: a divergence from no prior", kind)
			}
			continue
		}
		var kl []float64
		for _, u := range Units(codes, reference(m.Levels()[0])) {
			kl = append(kl, u.KL)
		}
		switch {
		case kind == "two levels" && (got.KL != nil || len(got.TopKL) != 2 || !(got.TopKL[0] > 0)):
			t.Errorf("two levels: KL %v, of the uppermost %v", got.KL, got.TopKL)
		case kind != "two levels":
			nearly(t, kind+": KL", got.KL, kl)
		}
	}
}

// Along the axes the codes vary as their variances and quantiles say.
func TestLatentsAlongAxes(t *testing.T) {
	s := whole(greySet(line, 300, 3))
	m := build(t, line, func(c *config.Model) { c.Latent = 3 })
	scorer, err := NewTrainingScorer(m, 0, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	got := look(t, scorer, s)
	codes, err := infer.EncodeSplit(m, s, 1, "")
	if err != nil {
		t.Fatal(err)
	}
	for a, axis := range got.Axes {
		var along []float64
		for i := range s.Len() {
			var at float64
			for j, u := range axis {
				at += u * (float64(codes.Mu[i*3+j]) - got.Mean[j])
			}
			along = append(along, at)
		}
		_, deviation := mean(along)
		variance := deviation * deviation * float64(len(along)-1)
		within(t, "variance", got.Variances[a], variance, 1e-4*variance)
		nearly(t, "quantiles", got.AxisQuantiles[a], stats.QuantilesAt(got.Percent, along).Value)
	}
	if !slices.IsSortedFunc(got.Variances, func(a, b float64) int { return int(math.Copysign(1, b-a)) }) {
		t.Errorf("variances %v do not fall", got.Variances)
	}
}

// Of codes that do not vary, of one image and of many latents there are no axes; of none, of
// codes beyond all numbers, and of very many latents there is nothing.
func TestLatentsThatAreNot(t *testing.T) {
	s := whole(greySet(line, 20, 3))
	m := build(t, line, func(*config.Model) {})
	scorer, err := NewTrainingScorer(m, 0, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	if l := look(t, scorer, first(s, 0)); l != nil {
		t.Error("without images: ", l)
	}
	if l := look(t, scorer, first(s, 1)); l.Axes != nil || l.SD[0] != 0 {
		t.Error("of one image: ", l)
	}
	for _, p := range m.Params() {
		rng.Normal(p.Value, rng.Stream(1, p.Name))
		for i := range p.Value {
			p.Value[i] *= 1e30
		}
	}
	if l := look(t, scorer, s); l != nil {
		t.Error("of figures beyond float32: ", l)
	}
	for _, p := range m.Params() {
		clear(p.Value)
	}
	if l := look(t, scorer, s); l.Axes != nil || l.KL[0] != 0 || l.Quantiles[1][0] != 0 {
		t.Error("of dead latents: ", l)
	}
	for latents, want := range map[int]bool{MaxAxisLatents + 1: true, run.MaxLatents + 1: false} {
		m := build(t, line, func(c *config.Model) { c.Latent = latents })
		scorer, err := NewTrainingScorer(m, 0, 0, 1)
		if err != nil {
			t.Fatal(err)
		}
		if l := look(t, scorer, first(s, 3)); (l != nil) != want || want && (l.Axes != nil || len(l.SD) != latents) {
			t.Errorf("%d latents: %v", latents, l != nil)
		}
	}
}
