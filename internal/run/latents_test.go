package run

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func exampleLatents() *Latents {
	return &Latents{
		Images: 3, KL: []float64{2.5, 0}, TopKL: []float64{1}, Mean: []float64{0.5, -1}, SD: []float64{1, 0}, Percent: []float64{0, 50, 100},
		Quantiles: [][]float64{{-1, 0.5, 2}, {-1, -1, -1}}, Axes: [][]float64{{1, 0}}, Variances: []float64{1}, AxisQuantiles: [][]float64{{-1.5, 0, 1.5}},
	}
}

func readLatents(text string) (*Latents, error) {
	r := &metadataReader{values: map[string]string{keyLatents: text}}
	l := r.latents()
	return l, r.err
}

func TestLatentsAreKept(t *testing.T) {
	m := exampleModel()
	m.Latents = exampleLatents()
	m.Latents.Mean[0] = float64(float32(0.1))
	f, err := encodeModel(m)
	must(t, err)
	must(t, seal(f))
	const written = `{"images":3,"kl":[2.5,0],"top_kl":[1],"mean":[0.1,-1],"sd":[1,0],"percent":[0,50,100],"quantiles":[[-1,0.5,2],[-1,-1,-1]],` +
		`"axes":[[1,0]],"variances":[1],"axis_quantiles":[[-1.5,0,1.5]]}`
	if got := f.Metadata[keyLatents]; got != written {
		t.Errorf("%s, want %s", got, written)
	}
	got, err := Load(write(t, f))
	must(t, err)
	if diff := cmp.Diff(m, got); diff != "" {
		t.Error(diff)
	}
	if l := (&metadataReader{}).latents(); l != nil {
		t.Error("latents of a model that has none: ", l)
	}
	for name, change := range map[string]func(*Latents){
		"NaN":            func(l *Latents) { l.KL[0] = math.NaN() },
		"beyond float32": func(l *Latents) { l.SD[0] = 1e39 },
		"falling":        func(l *Latents) { l.Quantiles[0][2] = -3 },
		"too many":       func(l *Latents) { l.TopKL = make([]float64, MaxLatents+1) },
		"many axes":      func(l *Latents) { l.Axes = slices.Repeat(l.Axes, MaxAxes+1) },
		"axes that agree": func(l *Latents) {
			l.Axes = [][]float64{{1, 0}, {1, 0}}
			l.Variances = []float64{1, 1}
			l.AxisQuantiles = slices.Repeat(l.AxisQuantiles, 2)
		},
	} {
		m.Latents = exampleLatents()
		change(m.Latents)
		if _, err := encodeModel(m); err == nil {
			t.Error("written: ", name)
		}
	}
}

func TestLatentsRefused(t *testing.T) {
	whole, err := exampleLatents().encode()
	must(t, err)
	for _, c := range []struct{ old, to, want string }{
		{whole, "[]", "not a JSON object of latents"},
		{whole, whole + "1", "not a JSON object of latents"},
		{whole, strings.Repeat(" ", maxLatentsText) + whole, "longer than any description of latents"},
		{whole, "{}", "not of any image"},
		{`"images":3`, `"images":0`, "not of any image"},
		{`"mean":[0.5,-1]`, `"mean":[]`, "not of 1 to 4096 latents"},
		{`"mean":[0.5,-1]`, `"mean":[0.5]`, "its figures are not as many as its latents"},
		{`"kl":[2.5,0]`, `"kl":[2.5]`, "its figures are not as many as its latents"},
		{`"kl":[2.5,0]`, `"kl":[2.5,1e39]`, "not a JSON object of latents"},
		{`"sd":[1,0]`, `"sd":[1,-1]`, "holds a figure that no codes have"},
		{`[0,50,100]`, `[0,50,101]`, "its percents do not rise from 0 to 100"},
		{`[0,50,100]`, `[]`, "its percents do not rise from 0 to 100"},
		{`[-1,0.5,2]`, `[-1,0.5]`, "its quantiles do not rise, or are not as many as its percents"},
		{`[-1,0.5,2]`, `[-1,0.5,0]`, "its quantiles do not rise, or are not as many as its percents"},
		{`"axes":[[1,0]]`, `"axes":[[1]]`, "an axis has not as many numbers as there are latents"},
		{`"axes":[[1,0]]`, `"axes":[[1,0.1]]`, "its axes are not orthonormal"},
		{`"axes":[[1,0]]`, `"axes":[[1,0],[0,1],[0,1]]`, "its axes are too many, or not as many as its variances"},
		{`"variances":[1]`, `"variances":[-1]`, "its variances do not fall to 0"},
		{`[-1.5,0,1.5]`, `[-1.5,0]`, "the quantiles of its axes do not rise, or are not as many as its percents"},
	} {
		text := strings.Replace(whole, c.old, c.to, 1)
		if text == whole {
			t.Fatal(c.old)
		}
		if _, err := readLatents(text); err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%.80s: %v, want %s", c.to, err, c.want)
		}
	}
}

// FuzzLatents reads any text: no panic, and what is taken is written and read back equal.
func FuzzLatents(f *testing.F) {
	text, err := exampleLatents().encode()
	must(f, err)
	f.Add(text)
	f.Add(`{"images":1,"mean":[1e-45],"sd":[-0],"percent":[0],"quantiles":[[0]],"axes":[[-1]],"variances":[0],"axis_quantiles":[[0]]}`)
	f.Add(`{"images":1,"mean":[null],"sd":[1],"percent":[0],"quantiles":[null]}`)
	f.Fuzz(func(t *testing.T, text string) {
		first, err := readLatents(text)
		if err != nil {
			return
		}
		again, err := first.encode()
		must(t, err)
		second, err := readLatents(again)
		must(t, err)
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatal(diff)
		}
	})
}
