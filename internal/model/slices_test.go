package model

import (
	"fmt"
	"math"
	"slices"
	"testing"

	"vae/internal/config"
	"vae/internal/rng"
	"vae/internal/world"
	"vae/internal/world/crowd"
)

// sums are objectives whose graphs sum over the rows of a batch in all ways that there are.
var sums = map[string]struct {
	change  func(*config.Model)
	options ObjectiveOptions
}{
	"dense":      {func(c *config.Model) { c.Activation = "gelu" }, ObjectiveOptions{}},
	"two levels": {func(c *config.Model) { c.TopLatent, c.TopHidden = 2, []int{5} }, ObjectiveOptions{Samples: 2, ImportanceWeighted: true}},
	"convolutions": {func(c *config.Model) {
		c.Encoder, c.Decoder = "conv:5:3:2:1,silu,conv:6:3:1:1,relu,dense:9,relu", "auto"
	}, ObjectiveOptions{}},
	"batch norm": {func(c *config.Model) { c.Encoder, c.Decoder = "conv:5:3:2:1,bn,relu,dense:9,bn,silu", "auto" }, ObjectiveOptions{Samples: 3}},
	"group norm": {func(c *config.Model) { c.Encoder = "conv:6:3:1:1,groupnorm:3,silu,avgpool:2,gated-conv:4:3:1:1" }, ObjectiveOptions{}},
	"learned":    {func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", config.Learned }, ObjectiveOptions{}},
	"optimal":    {func(c *config.Model) { c.Likelihood, c.Sigma = "gaussian", config.Optimal }, ObjectiveOptions{}},
	"logistic":   {func(c *config.Model) { c.Likelihood = "logistic:256" }, ObjectiveOptions{}},
	"mixture":    {func(c *config.Model) { c.Likelihood = "dmol:2:256" }, ObjectiveOptions{}},
	"free bits":  {func(*config.Model) {}, ObjectiveOptions{FreeBits: 0.05}},
	"rates": {func(c *config.Model) { c.Kind, c.CodeActivation = "ae", "sigmoid" },
		ObjectiveOptions{Sparsity: config.Sparsity{Kind: "kl", Rate: 0.1, Weight: 1}}},
}

const (
	slicedBatch = 16
	slicedRows  = 13 // the others are copies
)

// computed are the terms and the gradients of a batch of which a process has its rows.
func computed(t *testing.T, name string, n int, w world.World) (terms, gradients [][]float32) {
	c, o := config.Default().Model, sums[name].options
	c.Latent, c.Hidden = 3, []int{11}
	sums[name].change(&c)
	m, err := New(c, config.Shape{Width: 8, Height: 6, Channels: 1}, 3)
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	o.Rows, o.Slices, o.World, o.Gradients, o.Training = slicedBatch, n, w, true, true
	obj, err := m.NewObjective(o)
	if err != nil {
		t.Error(err)
		return nil, nil
	}
	rows := func(dst []float32, purpose string, normal bool) {
		width := len(dst) / obj.Rows()
		for i := range obj.Rows() {
			r := rng.Stream(8, purpose, uint64((obj.First()+i)%slicedRows))
			if normal {
				rng.Normal(dst[i*width:][:width], r)
			} else {
				rng.Uniform(dst[i*width:][:width], 1, r)
			}
		}
	}
	rows(obj.X, "x", false)
	for level, noise := range obj.Noise {
		rows(noise, fmt.Sprint("noise ", level), true)
	}
	obj.Weigh(slicedRows)
	for range 2 { // what a run leaves behind is not to matter to the next
		if err := obj.Run(); err != nil {
			t.Error(err)
			return nil, nil
		}
	}
	terms = [][]float32{slices.Clone(obj.Reconstruction()), slices.Clone(obj.KL())}
	for i := range m.Params() {
		gradients = append(gradients, slices.Clone(obj.Gradient(i)))
	}
	for _, p := range m.Fixed() {
		terms = append(terms, p.Value)
	}
	return terms, gradients
}

// Slices change the sums over a batch by their rounding alone, and processes that share the slices change nothing.
func TestSlices(t *testing.T) {
	for name := range sums {
		t.Run(name, func(t *testing.T) {
			wantTerms, want := computed(t, name, 1, nil)
			for _, n := range []int{2, 8, 16} {
				terms, gradients := computed(t, name, n, nil)
				for i, g := range gradients {
					rounded(t, fmt.Sprintf("%d slices: gradient %d", n, i), g, want[i])
				}
				for i := range terms {
					rounded(t, fmt.Sprintf("%d slices: terms %d", n, i), terms[i], wantTerms[i])
				}
				for _, processes := range []int{2, 4, 16} {
					if n%processes != 0 {
						continue
					}
					crowd.Run(processes, func(w world.World) error {
						shared, g := computed(t, name, n, w)
						for i := range gradients {
							if !sameBits(g[i], gradients[i]) {
								t.Errorf("%d slices, %d processes: gradient %d differs", n, processes, i)
							}
						}
						for i := range terms {
							if !sameBits(shared[i], terms[i]) {
								t.Errorf("%d slices, %d processes: terms %d differ", n, processes, i)
							}
						}
						return nil
					})
				}
			}
		})
	}
}

// rounded holds numbers that differ by the order in which they were summed.
func rounded(t *testing.T, what string, got, want []float32) {
	t.Helper()
	var largest float64
	for _, v := range want {
		largest = max(largest, math.Abs(float64(v)))
	}
	for i, v := range got {
		if d := math.Abs(float64(v) - float64(want[i])); !(d <= 2e-6*largest+1e-6) {
			t.Errorf("%s: element %d is %g, want %g", what, i, v, want[i])
			return
		}
	}
}

func sameBits(a, b []float32) bool {
	return slices.EqualFunc(a, b, func(x, y float32) bool { return math.Float32bits(x) == math.Float32bits(y) })
}

// What cannot be cut into equal slices, or shared by whole ones, is refused.
func TestSlicesThatDoNotFit(t *testing.T) {
	m, err := New(config.Default().Model, config.Shape{Width: 4, Height: 4, Channels: 1}, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []ObjectiveOptions{{Rows: 12, Slices: 3}, {Rows: 12, Slices: 8}, {Rows: 4, Slices: -2}} {
		if _, err := m.NewObjective(o); (err == nil) != (o.Slices < 1) {
			t.Errorf("%d slices of %d rows: %v", o.Slices, o.Rows, err)
		}
	}
	crowd.Run(4, func(w world.World) error {
		if _, err := m.NewObjective(ObjectiveOptions{Rows: 16, Slices: 2, World: w}); err == nil {
			t.Error("2 slices are shared by 4 processes")
		}
		return nil
	})
}
