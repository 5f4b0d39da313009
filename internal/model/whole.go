package model

import (
	"time"

	"vae/internal/op"
)

// whole is what the rows of all processes have, of a batch that these share. Each fills in its own
// rows, and the others' are 0: the sum over the processes is all of it.
type whole struct {
	all                 []float32 // the others lie in it
	nll, kl, iwae, code []float32 // as terms are read; nil of what the loss does not have
	outside             []float32 // how often logvar left its range in this run: below, above; each as the last 20 bits and the rest
	waited              time.Duration
}

func (o *Objective) newWhole() *whole {
	w := &whole{}
	sizes := []struct {
		to   *[]float32
		size int
	}{{&w.nll, o.batch * o.options.Samples}, {&w.kl, 0}, {&w.iwae, 0}, {&w.code, 0}, {&w.outside, 4}}
	if o.terms.kl != nil {
		sizes[1].size = o.batch
	}
	if o.terms.iwae != nil {
		sizes[2].size = o.batch
	}
	if !o.model.Variational() {
		sizes[3].size = o.path.codes[0].Mu.Shape().TotalSize() / o.options.Rows * o.batch
	}
	total := 0
	for _, s := range sizes {
		total += s.size
	}
	w.all = make([]float32, total)
	rest := w.all
	for _, s := range sizes {
		if s.size > 0 {
			*s.to, rest = rest[:s.size], rest[s.size:]
		}
	}
	return w
}

// runShared runs the graph on the own rows, and has them and the gradients come together.
func (o *Objective) runShared() error {
	before := o.LogvarOutside
	if err := o.graph.Run(); err != nil {
		return err
	}
	w := o.whole
	clear(w.all)
	o.place(w.nll, o.graph.Read(o.terms.nll))
	o.place(w.kl, o.graph.Read(o.terms.kl))
	o.place(w.iwae, o.graph.Read(o.terms.iwae))
	if w.code != nil {
		mu, _ := o.Posterior(0)
		o.place(w.code, mu)
	}
	for i, n := range []int{o.LogvarOutside.Low - before.Low, o.LogvarOutside.High - before.High} {
		w.outside[2*i], w.outside[2*i+1] = float32(n&lastBits), float32(n/(lastBits+1))
	}
	o.options.World.Begin(w.all)
	began := time.Now()
	if err := o.options.World.Finish(); err != nil {
		return err
	}
	w.waited = time.Since(began)
	count := func(i int) int { return int(w.outside[i]) + int(w.outside[i+1])*(lastBits+1) }
	o.LogvarOutside = op.Outside{Low: before.Low + count(0), High: before.High + count(2)}
	return nil
}

// lastBits are those of a count that a float32 can add up for sixteen processes.
const lastBits = 1<<20 - 1

// Waited is how long the last run waited for other processes, when its own work was done.
func (o *Objective) Waited() time.Duration {
	if o.whole == nil {
		return 0
	}
	return o.whole.waited
}

// place puts the own rows where they belong in those of all.
func (o *Objective) place(all, own []float32) {
	if all != nil {
		copy(all[o.First()*(len(own)/o.options.Rows):], own)
	}
}
