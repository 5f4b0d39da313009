package norm

import (
	"slices"
	"testing"

	"vae/internal/kernel"
)

// forward is what normalizations make of a batch, and what is kept of it.
func (b *batch) forward() (all [][]float32) {
	n := &Batch{Maps: b.Maps, Act: b.act, Epsilon: 1e-5}
	running := Running{slices.Clone(b.running.Mean), slices.Clone(b.running.Variance), 0.1}
	keep := func(run func(y, kept []float32), kept int) {
		y, k := make([]float32, len(b.y)), make([]float32, kept)
		run(y, k)
		all = append(all, y, k)
	}
	keep(func(y, kept []float32) { n.Evaluate(y, b.x, b.weight, b.bias, kept, running) }, n.Kept())
	keep(func(y, kept []float32) { n.Train(y, b.x, b.weight, b.bias, kept, b.rowWeights, running) }, n.Kept())
	for _, groups := range []int{1, b.Channels} {
		g := &Group{Maps: b.Maps, Groups: groups, Act: b.act, Epsilon: 1e-5}
		keep(func(y, kept []float32) { g.Forward(y, b.x, b.weight, b.bias, kept) }, g.Kept())
	}
	folded, bias, kept := make([]float32, 6*b.Channels), make([]float32, b.Channels), make([]float32, n.Kept())
	n.Fold(folded, bias, b.normal(len(folded), "w"), b.normal(b.Channels, "of w"), b.weight, b.bias, kept, running, 2)
	return append(all, running.Mean, running.Variance, folded, bias, kept)
}

// The forward passes have the same bits on exact as on the paths with assembly.
func TestExactNormalizations(t *testing.T) {
	before := kernel.Path()
	defer func() { _ = kernel.SelectPath(before) }()
	for k, b := range batches() {
		var want [][]float32
		for _, path := range append([]string{"exact"}, slices.DeleteFunc(kernel.Paths(), func(p string) bool { return p == "portable" })...) {
			if err := kernel.SelectPath(path); err != nil {
				t.Fatal(err)
			}
			got := b.forward()
			if want == nil {
				want = got
			}
			for i := range got {
				if !same(got[i], want[i]) {
					t.Errorf("%v, %+v: result %d has other bits on %s than on exact", k, b.Maps, i, path)
				}
			}
		}
	}
}
