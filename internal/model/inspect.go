package model

import (
	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Output is what a layer has computed for the rows of a batch.
type Output struct {
	Layer      string // its name, as of its parameters without ".weight"
	Activation kernel.Activation
	Width      int       // N
	Values     []float32 // [rows,N]; rows is B, and B*K above a draw of z
}

// output is the node of an Output.
type output struct {
	layer *layer
	node  *gorgonia.Node
}

// Outputs returns what each layer has computed in the last run, in the order of
// computation. The memory is the graph's and is overwritten by the next run.
func (o *Objective) Outputs() []Output {
	all := make([]Output, len(o.graph.outputs))
	for i, out := range o.graph.outputs {
		all[i] = Output{out.layer.name, out.layer.act, out.layer.out, o.read(out.node)}
	}
	return all
}

// Posterior returns mu [B,L] and logvar [B,L], within its range, of q(z|x) in the
// last run; nil of an autoencoder. The memory is the graph's and is overwritten by
// the next run.
func (o *Objective) Posterior() (mu, logvar []float32) {
	return o.readAny(o.terms.mu), o.readAny(o.terms.logvar)
}

// TopPosterior returns mu [B*K,L2] and logvar [B*K,L2], within its range, of q(z2|z)
// in the last run; nil of a model with one stochastic layer. The memory is the
// graph's and is overwritten by the next run.
func (o *Objective) TopPosterior() (mu, logvar []float32) {
	return o.readAny(o.terms.topMu), o.readAny(o.terms.topLogvar)
}
