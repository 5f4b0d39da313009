package model

import (
	"vae/internal/kernel"
	"vae/internal/layer"
)

// Output is what a layer has computed for the rows of a batch.
type Output struct {
	Layer      string // its name, as of its parameters without ".weight"
	Activation kernel.Activation
	Width      int       // N
	Values     []float32 // [rows,N]; rows is B, and B*K above a draw of z
}

// Outputs returns what each fully connected layer has computed in the last run, in the
// order of computation; nothing unless the objective was made to Inspect. The memory is
// the graph's and is overwritten by the next run.
func (o *Objective) Outputs() (all []Output) {
	if !o.options.Inspect {
		return nil
	}
	dense := map[string]*layer.Dense{}
	for _, l := range o.model.layers() {
		if d, ok := l.(*layer.Dense); ok {
			dense[d.Name] = d
		}
	}
	for _, t := range o.graph.Traced() {
		if d := dense[t.Name]; d != nil {
			all = append(all, Output{d.Name, d.Activation.Kernel, d.Out().Pixels(), o.graph.Read(t.Node)})
		}
	}
	return all
}

// Posterior returns mu [B,L] and logvar [B,L], within its range, of q(z|x) in the
// last run, of a level counted from the lowest, 0; above that one B is B*K. Of a code
// that is a point mu is the code and logvar nil. The memory is the graph's and is
// overwritten by the next run.
func (o *Objective) Posterior(level int) (mu, logvar []float32) {
	c := o.path.codes[level]
	return o.graph.Read(c.Mu), o.graph.Read(c.Logvar)
}
