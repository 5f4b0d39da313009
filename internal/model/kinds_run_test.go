package model

import (
	"slices"
	"sync"
	"testing"

	"vae/internal/rng"
)

// everyKind runs a test on each case of testdata/kinds.py.
func everyKind(t *testing.T, test func(t *testing.T, r *kinds, v kind)) {
	r := loadReference(t)
	for _, v := range r.Kinds.Cases {
		t.Run(v.Name, func(t *testing.T) { test(t, &r.Kinds, v) })
	}
}

// kindResults are copies of all that an objective of any kind gives.
func kindResults(t *testing.T, m *Model, o *Objective) map[string][]float32 {
	t.Helper()
	all := results(t, m, o)
	all["bound"], all["log weights"], all["code"] = slices.Clone(o.IWAE()), slices.Clone(o.LogWeights()), slices.Clone(o.Code())
	return all
}

// Each kind gives the same bits again, from another graph, and while graphs are
// built and run beside it.
func TestKindsGiveTheSameBits(t *testing.T) {
	everyKind(t, func(t *testing.T, r *kinds, v kind) {
		m := r.model(t, v)
		o := r.objective(t, m, v)
		runObjective(t, o)
		want := kindResults(t, m, o)
		runObjective(t, o)
		sameResults(t, "second run", kindResults(t, m, o), want)
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				o, err := m.NewObjective(o.options)
				if err != nil {
					t.Error(err)
					return
				}
				r.feed(o, v)
				r.checkEncoder(t, m, v)
				r.checkDecoder(t, m, v)
				r.checkPriorDecoder(t, m, v)
				for range 3 {
					if err := o.Run(); err != nil {
						t.Error(err)
						return
					}
					sameResults(t, "concurrent", kindResults(t, m, o), want)
				}
			})
		}
		group.Wait()
	})
}

// What stands in a row of weight 0 changes no bit of loss and gradients, and a
// batch without that row gives the same within rounding.
func TestKindsPaddedRowsHaveNoSay(t *testing.T) {
	everyKind(t, func(t *testing.T, r *kinds, v kind) {
		m := r.model(t, v)
		o := r.objective(t, m, v)
		runObjective(t, o)
		want := kindResults(t, m, o)
		last := r.Batch - 1
		for _, in := range append([][]float32{o.X, o.Input, o.Labels}, o.Noise...) {
			row := len(in) / r.Batch
			rng.Normal(in[last*row:], rng.Stream(41, "padding"))
		}
		runObjective(t, o)
		got := kindResults(t, m, o)
		for name := range want {
			row := len(want[name]) / r.Batch
			switch name {
			case "reconstruction", "KL", "bound", "log weights", "code":
				if row > 0 && name != "KL" && slices.Equal(got[name][last*row:], want[name][last*row:]) {
					t.Errorf("%s of the padded row did not change", name)
				}
				got[name], want[name] = got[name][:last*row], want[name][:last*row]
			}
		}
		sameResults(t, "other padding", got, want)
		exact, err := m.NewObjective(options(t, v, last))
		if err != nil {
			t.Fatal(err)
		}
		r.feed(exact, v)
		runObjective(t, exact)
		for name, w := range kindResults(t, m, exact) {
			near(t, name+" without padding", got[name], widened(w), 1e-6, 1e-6*largest(widened(w)))
		}
	})
}
