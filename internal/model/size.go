package model

import "vae/internal/graph"

// What graphs of a model would take can be asked before there is any memory for them, or for
// its parameters: see Plan. All sizes are in bytes, without the parameters.

// ObjectiveSize is that of NewObjective, the gradients of the parameters among it where
// these are asked for. Errors: those of NewObjective.
func (m *Model) ObjectiveSize(options ObjectiveOptions) (int, error) {
	options.Samples = max(options.Samples, 1)
	if err := m.check(options); err != nil {
		return 0, err
	}
	o := &Objective{model: m, options: options, batch: options.Rows}
	o.options.Rows = o.ownRows()
	return graph.Size(o.build)
}

// EncoderSize is that of NewEncoder.
func (m *Model) EncoderSize(rows int) (int, error) {
	e := &Encoder{rows: rows}
	return graph.Size(func(b *graph.Builder) { e.build(b, m) })
}

// DecoderSize is that of NewDecoder.
func (m *Model) DecoderSize(rows int) (int, error) {
	d := &Decoder{rows: rows}
	bytes, err := graph.Size(func(b *graph.Builder) { d.build(b, m) })
	return bytes + 4*rows*m.shape.Pixels(), err
}

// ParametersSize is that of the parameters that are trained, and of all that are saved.
func (m *Model) ParametersSize() (trained, saved float64) { return sizeOf(m.params), sizeOf(m.saved()) }

func sizeOf(params []*Param) (bytes float64) {
	for _, p := range params {
		bytes += 4 * p.Size()
	}
	return bytes
}
