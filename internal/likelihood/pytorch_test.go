package likelihood

import (
	"encoding/json"
	"math"
	"os"
	"testing"

	"vae/internal/kernel"
	"vae/internal/rng"
)

// Means of whole images, in more than one block, against the formula.
func TestMeansOfLogistics(t *testing.T) {
	const pixels = 300
	for _, channels := range []int{1, 3} {
		d := Mixture{kernel.Mixture{Components: 4, Channels: channels, Levels: 256}}
		out, mean := make([]float32, pixels*d.Width()), make([]float32, pixels*channels)
		rng.Normal(out, rng.Stream(8, "outputs"))
		d.Mean(mean, out)
		weights, values := make([]float64, d.Components), make([]float64, channels)
		for p := range pixels {
			pixel, want := out[p*d.Width():][:d.Width()], make([]float64, channels)
			d.weights(weights, pixel)
			for m, w := range weights {
				for c := range want {
					values[c] = clippedMean(d.mean(pixel, c, m, values), d.scale(pixel, c, m))
					want[c] += math.Exp(w) * values[c]
				}
			}
			for c, v := range want {
				if !(math.Abs(float64(mean[p*channels+c])-v) <= 2e-6) {
					t.Fatalf("%d channels: pixel %d has the mean %g, want %g", channels, p, mean[p*channels+c], v)
				}
			}
		}
		l := newLogistic(asked{channels: channels}).(*Logistic)
		l.scale.Allocate()
		for c := range l.scale.Value {
			l.scale.Value[c] = -0.1 * float32(c)
		}
		l.Mean(mean, out[:len(mean)])
		for i, v := range mean {
			if want := clippedMean(float64(out[i]), l.scaleOf(i)); !(math.Abs(float64(v)-want) <= 1e-6) {
				t.Fatalf("%d channels: value %d has the mean %g, want %g", channels, i, v, want)
			}
		}
	}
}

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
