package likelihood

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"vae/internal/kernel"
)

// The mixture against PixelCNN++'s formula in PyTorch, value and gradient; testdata/README.md says how the figures came about.
func TestMixtureAgainstPyTorch(t *testing.T) {
	content, err := os.ReadFile("testdata/pytorch.json")
	if err != nil {
		t.Fatal(err)
	}
	var cases []struct {
		Channels, Components  int
		Pixels                []int
		Output, NLL, Gradient []float64
	}
	if err := json.Unmarshal(content, &cases); err != nil {
		t.Fatal(err)
	}
	if len(cases) != 4 {
		t.Fatalf("%d cases", len(cases))
	}
	for _, c := range cases {
		d := Mixture{kernel.Mixture{Components: c.Components, Channels: c.Channels, Levels: 256}}
		m, x, out := len(c.NLL), make([]float32, len(c.Pixels)), make([]float32, len(c.Output))
		for i, v := range c.Pixels {
			x[i] = float32(v) / 255
		}
		for i, v := range c.Output {
			out[i] = float32(v)
		}
		nll, gradient, n := make([]float32, m), make([]float32, len(out)), len(x)/m
		d.Mixture.NLL(nll, gradient, out, x, m, n)
		for i, want := range c.NLL {
			exact := d.PointNLL(out[i*len(out)/m:][:len(out)/m], x[i*n:][:n])
			if !(math.Abs(float64(nll[i])-want) <= 1e-6*want) || !(math.Abs(exact-want) <= 1e-7*want) {
				t.Errorf("%d channels, %d components: image %d is %g and %g, want %g", c.Channels, c.Components, i, nll[i], exact, want)
			}
		}
		for i, want := range c.Gradient {
			if !(math.Abs(float64(gradient[i])-want) <= 2e-5*(1+math.Abs(want))) {
				t.Errorf("%d channels, %d components: gradient %d is %g, want %g", c.Channels, c.Components, i, gradient[i], want)
			}
		}
	}
}
