package model

import (
	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Encoder is the graph of q(z|x) for batches of B rows.
type Encoder struct {
	X []float32 // [B,D] pixels in [0,1]

	rows       int
	graph      *graph
	mu, logvar *gorgonia.Value
}

// NewEncoder builds the encoder's graph for batches of the given number of rows.
// A row's result does not depend on the other rows.
func (m *Model) NewEncoder(rows int) (*Encoder, error) {
	e := &Encoder{rows: rows, graph: newGraph()}
	err := construct(func() {
		var x *gorgonia.Node
		x, e.X = e.graph.input("x", rows, m.shape.Pixels())
		mu, logvar := m.encode(e.graph, x, nil)
		e.graph.compile(mu, logvar)
		e.mu, e.logvar = e.graph.value(mu), e.graph.value(logvar)
	})
	if err != nil {
		return nil, err
	}
	return e, nil
}

// Rows returns B.
func (e *Encoder) Rows() int { return e.rows }

// Run returns mu [B,L] and logvar [B,L] for what X holds. They are overwritten
// by the next run.
func (e *Encoder) Run() (mu, logvar []float32, err error) {
	if err := e.graph.run(); err != nil {
		return nil, nil, err
	}
	return floats(e.mu), floats(e.logvar), nil
}

// Decoder is the graph of the mean of p(x|z) for batches of B rows.
type Decoder struct {
	Z []float32 // [B,L]

	rows      int
	graph     *graph
	bernoulli bool
	output    *gorgonia.Value
	mean      []float32
}

// NewDecoder builds the decoder's graph for batches of the given number of rows.
// A row's result does not depend on the other rows.
func (m *Model) NewDecoder(rows int) (*Decoder, error) {
	d := &Decoder{
		rows: rows, graph: newGraph(), bernoulli: m.config.Likelihood == "bernoulli",
		mean: make([]float32, rows*m.shape.Pixels()),
	}
	err := construct(func() {
		var z *gorgonia.Node
		z, d.Z = d.graph.input("z", rows, m.config.Latent)
		output := m.decode(d.graph, z)
		d.graph.compile(output)
		d.output = d.graph.value(output)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Rows returns B.
func (d *Decoder) Rows() int { return d.rows }

// Run returns the mean [B,D] of p(x|z) for what Z holds: pixel probabilities
// under a Bernoulli likelihood. It is overwritten by the next run.
func (d *Decoder) Run() ([]float32, error) {
	if err := d.graph.run(); err != nil {
		return nil, err
	}
	output := floats(d.output)
	if !d.bernoulli {
		return output, nil
	}
	kernel.Sigmoids(d.mean, output)
	return d.mean, nil
}
