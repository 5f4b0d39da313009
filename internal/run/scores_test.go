package run

import (
	"maps"
	"reflect"
	"strings"
	"testing"
)

func exampleScores() *Scores {
	return &Scores{Images: 12, Percent: []float64{0, 50, 100}, Quantiles: map[string][]float64{"mse": {0.01, 0.02, 0.02}, "loss": {-1, 0.1, 1e300}}}
}

func TestScoresAreKept(t *testing.T) {
	want := exampleScores()
	text, err := want.encode()
	if err != nil {
		t.Fatal(err)
	}
	const written = `{"images":12,"percent":[0,50,100],"quantiles":{"loss":[-1,0.1,1e+300],"mse":[0.01,0.02,0.02]}}`
	if text != written {
		t.Errorf("%s, want %s", text, written)
	}
	r := &metadataReader{values: map[string]string{keyScores: text}}
	if got := r.scores(); r.err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v", got, r.err)
	}
	if got := (&metadataReader{}).scores(); got != nil {
		t.Error("scores of a model that has none: ", got)
	}
}

func TestScoresRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":   "not a JSON object of scores",
		"[]": "not a JSON object of scores",
		"{}": "not of any image",
		`{"images":1,"percent":[],"quantiles":{}}`:                                            "its percents do not rise from 0 to 100",
		`{"images":1,"percent":[0,200],"quantiles":{}}`:                                       "its percents do not rise from 0 to 100",
		`{"images":1,"percent":[5,1],"quantiles":{}}`:                                         "its percents do not rise from 0 to 100",
		`{"images":1,"percent":[0,1],"quantiles":{"mse":[1]}}`:                                "its quantiles do not rise, or are not as many as its percents",
		`{"images":1,"percent":[0,1],"quantiles":{"mse":[2,1]}}`:                              "its quantiles do not rise, or are not as many as its percents",
		`{"images":1,"percent":[0,1],"quantiles":{"mse":[2,1]}} {}`:                           "not a JSON object of scores",
		`{"images":1,"percent":[0` + strings.Repeat(",0", maxQuantiles) + `],"quantiles":{}}`: "its percents do not rise from 0 to 100",
	} {
		r := &metadataReader{values: map[string]string{keyScores: text}}
		if r.scores(); r.err == nil || !strings.HasSuffix(r.err.Error(), want) {
			t.Errorf("%.80s: %v, want %s", text, r.err, want)
		}
	}
}

// A model keeps its scores, and a bad model is not written.
func TestModelWithScores(t *testing.T) {
	file := exampleFile(t)
	m, err := decodeModel(file)
	if err != nil {
		t.Fatal(err)
	}
	m.Scores = exampleScores()
	again, err := encodeModel(m)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(again.Metadata[keyScores], `"images":12`) {
		t.Error(again.Metadata[keyScores])
	}
	m.Scores.Quantiles["mse"][0] = 9
	if _, err := encodeModel(m); err == nil {
		t.Error("quantiles that fall are written")
	}
}

func FuzzScores(f *testing.F) {
	text, err := exampleScores().encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(text)
	f.Add(`{"images":1,"percent":[0],"quantiles":{"":[1e999]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		r := &metadataReader{values: map[string]string{keyScores: text}}
		first := r.scores()
		if r.err != nil {
			return
		}
		again, err := first.encode()
		if err != nil {
			t.Fatal(err)
		}
		r = &metadataReader{values: map[string]string{keyScores: again}}
		if second := r.scores(); r.err != nil || !maps.EqualFunc(first.Quantiles, second.Quantiles, func(a, b []float64) bool { return reflect.DeepEqual(a, b) }) {
			t.Fatalf("%q becomes %q: %v", text, again, r.err)
		}
	})
}
