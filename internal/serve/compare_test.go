package serve

import (
	"context"
	"errors"
	"math"
	"net/http"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/run"
)

// besides are pages of two runs.
func besides(t *testing.T, a, b *testRun) *page {
	t.Helper()
	return newPage(t, a, func(o *Options) {
		other := b.source()
		o.Runs[0].Split = "test"
		other.Split = "test"
		load := other.Load
		other.Load = func() (*model.Model, *run.Model, error) { // of another training
			m, saved, err := load()
			saved.Config.Train.Batch = 7
			return m, saved, err
		}
		o.Runs = append(o.Runs, other)
	})
}

// A comparison has the measures of the command that compares, its names, order and figures.
func TestCompare(t *testing.T) {
	a, b := newRun(t, nil), newRun(t, nil)
	b.model = changed(t, 1.5)
	p := besides(t, a, b)
	rows := into[[]comparedRow](t, p.get("/api/runs/0/compare?with=1"))
	var reports [2]evaluate.Measured
	for i, r := range []*testRun{a, b} {
		report, err := evaluate.Measure(t.Context(), r.model, r.split, dataset.Split{}, evaluate.Options{Space: true, Seed: 1})
		if err != nil {
			t.Fatal(err)
		}
		reports[i] = evaluate.Measured{Report: report, Split: "test", Variational: true, Term: "grey-BCE", Grey: true, Beta: 1}
	}
	at := slices.IndexFunc(rows, func(r comparedRow) bool { return !r.Setting })
	if at != 1 || rows[0] != (comparedRow{Measure: "train.batch", Left: "auto", Right: "7", Setting: true}) {
		t.Errorf("settings %+v", rows[:at])
	}
	better := 0
	for _, f := range evaluate.Compared {
		if f.Cell(reports[0]) == "" {
			continue
		}
		got := rows[at]
		at++
		if got.Measure != f.Name || got.Left != f.Cell(reports[0]) || got.Right != f.Cell(reports[1]) {
			t.Errorf("%+v, want %s %s %s", got, f.Name, f.Cell(reports[0]), f.Cell(reports[1]))
		}
		if got.Better != map[int]string{-1: "left", 1: "right"}[f.Better(reports[0], reports[1])] {
			t.Errorf("%+v", got)
		}
		if got.Better != "" {
			better++
		}
	}
	if at != len(rows)-1 || better < 3 || rows[at].Measure != sharedName || rows[at].Left != rows[at].Right || rows[at].Better != "" {
		t.Errorf("%d better; %+v", better, rows[at:])
	}
	self := into[[]comparedRow](t, p.get("/api/runs/1/compare?with=1"))
	if last := self[len(self)-1]; last.Left != "100.00 %" || slices.ContainsFunc(self, func(r comparedRow) bool { return r.Better != "" || r.Setting }) {
		t.Errorf("of a run with itself %+v", self)
	}
	for query, status := range map[string]int{"0/compare": http.StatusBadRequest, "0/compare?with=2": http.StatusBadRequest, "0/compare?with=-1": http.StatusBadRequest, "0/compare?with=x": http.StatusBadRequest, "2/compare?with=0": http.StatusNotFound} {
		p.refused("GET", "/api/runs/"+query, nil, status, "")
	}
}

// Of other images none is better, and images have no neighbors in common; nor do a measure and a model to which it does not apply.
func TestCompareOfOtherImages(t *testing.T) {
	a, b := newRun(t, nil), newRun(t, func(c *config.Model) { c.Kind, c.Beta = config.AE, 1 })
	b.split.Set.Pixels[5] ^= 255
	for _, row := range into[[]comparedRow](t, besides(t, a, b).get("/api/runs/0/compare?with=1")) {
		if row.Better != "" || row.Measure == sharedName || row.Left == "" && row.Right == "" {
			t.Errorf("%+v", row)
		}
		if row.Measure == "+ beta KL" && (row.Left == "" || row.Right != "") {
			t.Errorf("%+v", row)
		}
	}
}

// A model without figures is no fault of the server.
func TestCompareOfADamagedModel(t *testing.T) {
	a, b := newRun(t, nil), newRun(t, nil)
	p := besides(t, a, b)
	for _, param := range b.model.Params() {
		if param.Name == "decoder.0.weight" {
			param.Value[0] = float32(math.NaN())
		}
	}
	p.refused("GET", "/api/runs/0/compare?with=1", nil, http.StatusUnprocessableEntity, "no finite number")
}

func TestSharedNeighbors(t *testing.T) {
	const n = 400
	line, other := &infer.Codes{Latent: 1}, &infer.Codes{Latent: 2}
	for i := range n {
		line.Mu = append(line.Mu, float32(i))
		other.Mu = append(other.Mu, 0, float32(i*i)) // the same order, other distances
	}
	half := &infer.Codes{Latent: 1} // of each two neighbors one has gone elsewhere
	for i := range n {
		half.Mu = append(half.Mu, float32(i+i%2*10*n))
	}
	for _, c := range []struct {
		a, b        *infer.Codes
		least, most float64
	}{{line, line, 1, 1}, {line, other, 0.6, 0.999}, {line, half, 0.35, 0.6}} {
		got, err := shared(t.Context(), c.a, c.b)
		if err != nil || !(got >= c.least && got <= c.most) {
			t.Errorf("%g, %v, want %g to %g", got, err, c.least, c.most)
		}
		if back, _ := shared(t.Context(), c.b, c.a); back != got {
			t.Errorf("%g one way, %g the other", got, back)
		}
	}
}

// A comparison that nobody waits for any more is ended, and the next one is made.
func TestCompareEndsWhenNobodyWaits(t *testing.T) {
	a, b := newRun(t, nil), newRun(t, nil)
	s := besides(t, a, b).server.runs[0].now()
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := s.measured(gone); err == nil {
		t.Skip("it was faster")
	}
	s.figures.mu.Lock()
	m := s.figures.making
	s.figures.mu.Unlock()
	if m != nil {
		if <-m.done; !errors.Is(m.err, context.Canceled) {
			t.Errorf("it was measured all the same: %v", m.err)
		}
	}
	if _, err := s.measured(t.Context()); err != nil {
		t.Error(err)
	}
}

// Of many images in the order of their classes a comparison takes some of each.
func TestComparedImagesAreOfAll(t *testing.T) {
	split := newRun(t, nil).split
	if some := someOf(split, 7).Index; !slices.Equal(some, []int{0, 8, 17, 25, 34, 42, 51}) {
		t.Errorf("%v", some)
	}
	if all := someOf(split, testImages).Index; !slices.Equal(all, split.Index) {
		t.Errorf("%v", all)
	}
}

func TestBetter(t *testing.T) {
	at := func(loss, continuity, beta float64) evaluate.Measured {
		return evaluate.Measured{Report: &evaluate.Report{Loss: evaluate.Estimate{Mean: loss}, Space: &evaluate.Space{Continuity: continuity}}, Term: "BCE", Beta: beta}
	}
	for _, c := range []struct {
		figure evaluate.Figure
		a, b   evaluate.Measured
		want   int
	}{
		{evaluate.LossFigure, at(1, 0, 1), at(2, 0, 1), -1}, {evaluate.LossFigure, at(2, 0, 1), at(1, 0, 1), 1}, {evaluate.LossFigure, at(1, 0, 1), at(2, 0, 4), 0},
		{evaluate.LossFigure, at(1, 0, 1), at(1.0001, 0, 1), 0}, {evaluate.LossFigure, at(math.NaN(), 0, 1), at(1, 0, 1), 0},
		{evaluate.ContinuityFigure, at(1, 0.5, 1), at(2, 0.25, 2), -1}, {evaluate.ContinuityFigure, at(1, 0.25, 1), at(2, 0.5, 2), 1},
		{evaluate.ContinuityFigure, at(1, math.NaN(), 1), at(2, 0.5, 2), 0}, {evaluate.EpochFigure, at(1, 1, 1), evaluate.Measured{Report: &evaluate.Report{}, Epoch: 4}, 0},
	} {
		if got := c.figure.Better(c.a, c.b); got != c.want {
			t.Errorf("%s: %d, want %d", c.figure.Name, got, c.want)
		}
	}
}
