package model

import (
	"fmt"
	"iter"
	"strings"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/layer"
)

// Output is what a layer has computed for the rows of a batch.
type Output struct {
	Layer      string // its name, as of its parameters without ".weight"
	Activation kernel.Activation
	Units      int       // N, of a map its channels
	Values     []float32 // [rows,pixels,N]; rows is B, and B*K above a draw of z
}

// Outputs returns what each layer with an activation has computed in the last run, in the
// order of computation; nothing unless the objective was made to Inspect. The memory is
// the graph's and is overwritten by the next run.
func (o *Objective) Outputs() (all []Output) {
	if !o.options.Inspect {
		return nil
	}
	units := map[string]layer.Units{}
	for u := range o.model.units() {
		units[u.Layer] = u
	}
	for _, t := range o.graph.Traced() {
		if u, ok := units[t.Name]; ok {
			all = append(all, Output{u.Layer, u.Activation.Kernel, u.Count, o.graph.Read(t.Node)})
		}
	}
	return all
}

// units are those of all layers that have some.
func (m *Model) units() iter.Seq[layer.Units] {
	return func(yield func(layer.Units) bool) {
		for l := range layer.Each(m.layers()) {
			if a, ok := l.(layer.Active); ok && !yield(a.Units()) {
				return
			}
		}
	}
}

// Activates reports whether a layer has units with this activation.
func (m *Model) Activates(act config.Activation) bool {
	for u := range m.units() {
		if u.Activation.Name == act {
			return true
		}
	}
	return false
}

// Posterior returns mu [B,L] and logvar [B,L], within its range, of q(z|x) in the
// last run, of a level counted from the lowest, 0; above that one B is B*K. Of a code
// that is a point mu is the code and logvar nil. The memory is the graph's and is
// overwritten by the next run.
func (o *Objective) Posterior(level int) (mu, logvar []float32) {
	c := o.path.codes[level]
	return o.graph.Read(c.Mu), o.graph.Read(c.Logvar)
}

// LayerFacts say what a layer is and costs.
type LayerFacts struct {
	Name       string       // that its parameters begin with; "" of one without
	Layer      string       // "conv 32, 4x4/2, relu"
	Out        config.Shape // what it gives of an image, or of a draw of z
	Parameters int
	MACs       float64 // multiplications, and as many additions, of a forward pass
}

// Table lists the layers, those that others are made of one by one, in the order of PyTorch's
// state_dict, and what else is trained.
func (m *Model) Table() (all []LayerFacts) {
	for l := range layer.Each(m.layers()) {
		f := LayerFacts{Layer: l.Describe(), Out: l.Out(), MACs: layer.MACs(l)}
		for _, p := range l.Params() {
			f.Name = p.Name[:strings.LastIndexByte(p.Name, '.')]
			f.Parameters += int(p.Size())
		}
		all = append(all, f)
	}
	others := m.likelihood.Params()
	if p := m.Top().Prior; p != nil {
		others = append(others, p.Params()...)
	}
	for _, p := range others {
		all = append(all, LayerFacts{Name: p.Name, Parameters: int(p.Size())})
	}
	return all
}

// NeedsCompany describes the first layer that makes nothing of an image which is alone in a
// batch of training; "" where there is none.
func (m *Model) NeedsCompany() string {
	for l := range layer.Each(m.layers()) {
		if n, ok := l.(*layer.BatchNorm); ok && n.OfImagesAlone() {
			return fmt.Sprintf("%s (%s)", n.Units().Layer, n.Describe())
		}
	}
	return ""
}
