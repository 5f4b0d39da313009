package likelihood

import (
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"testing"

	"vae/internal/kernel"
)

// The mean image is that of Mean, but for what of logistic distributions lies beyond black and white.
func TestExactMeanIsTheMean(t *testing.T) {
	r := rand.New(rand.NewPCG(8, 1))
	for name, l := range coded(t) {
		write, err := ExactMean(l)
		if err != nil {
			t.Fatal(err)
		}
		values, outputs := sizes(l, 50)
		out, want, got := make([]float32, outputs), make([]float32, values), make([]float32, values)
		outputOf(l, out, r)
		l.Mean(want, out)
		write(got, out)
		for i, v := range want {
			near := 2e-5
			switch l.(type) {
			case Categorical:
				near = 1e-3
			case *Logistic:
				near = 0.3 // the scale is wide
			}
			if v = min(max(v, 0), 1); !(math.Abs(float64(v-got[i])) <= near) {
				t.Errorf("%s: %g, want %g", name, got[i], v)
			}
		}
	}
}

// NaN of an output stays, so that it is seen.
func TestExactMeanOfNaN(t *testing.T) {
	for name, l := range coded(t) {
		write, err := ExactMean(l)
		if err != nil {
			t.Fatal(err)
		}
		values, outputs := sizes(l, 1)
		out, got := make([]float32, outputs), make([]float32, values)
		for i := range out {
			out[i] = float32(math.NaN())
		}
		if write(got, out); got[0] == got[0] {
			t.Errorf("%s: %g of NaN", name, got[0])
		}
	}
}

// These are a format: the images of a file would be others.
func TestExactMeansStayAsTheyAre(t *testing.T) {
	want := map[string]string{
		"beta-binomial:256":   "8533541e00d7e6f7",
		"dmol:3:256, color":   "139499383dd6790f",
		"dmol:2:256":          "3340978b341c860d",
		"categorical:256":     "ce4a6bc55928a501",
		"logistic:256, color": "cf933f3215716a4a",
	}
	path := kernel.Path()
	defer func() { _ = kernel.SelectPath(path) }()
	kernel.SelectReproducible()
	all := coded(t)
	for name, hash := range want {
		l := all[name]
		write, err := ExactMean(l)
		if err != nil {
			t.Fatal(err)
		}
		h, r := fnv.New64a(), rand.New(rand.NewPCG(5, 6))
		values, outputs := sizes(l, 20)
		out, got := make([]float32, outputs), make([]float32, values)
		for range 20 {
			outputOf(l, out, r)
			write(got, out)
			for _, v := range got {
				fmt.Fprintf(h, "%x,", math.Float32bits(v))
			}
		}
		if got := fmt.Sprintf("%x", h.Sum64()); got != hash {
			t.Errorf("%q: %q,", name, got)
		}
	}
}
