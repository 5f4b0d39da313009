package model

import (
	"errors"

	"gorgonia.org/gorgonia"

	"vae/internal/kernel"
)

// Encoder is the graph of q(z|x), or of the code, for batches of B rows.
type Encoder struct {
	X      []float32 // [B,D] pixels in [0,1]
	Labels []float32 // [B,C] one-hot labels; nil unless the model is conditional

	rows       int
	graph      *graph
	mu, logvar *gorgonia.Value
}

// NewEncoder builds the encoder's graph for batches of the given number of rows.
// A row's result does not depend on the other rows.
func (m *Model) NewEncoder(rows int) (*Encoder, error) {
	e := &Encoder{rows: rows, graph: newGraph()}
	err := construct(func() {
		var x, labels *gorgonia.Node
		x, e.X = e.graph.input("x", rows, m.shape.Pixels())
		labels, e.Labels = m.labels(e.graph, rows)
		if !m.Variational() {
			code := m.code(e.graph, x, labels)
			e.graph.compile(code)
			e.mu = e.graph.value(code)
			return
		}
		mu, logvar := m.encode(e.graph, x, labels, nil)
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

// Run returns mu [B,L] and logvar [B,L] for what X holds; for an autoencoder the
// code and nil. They are overwritten by the next run.
func (e *Encoder) Run() (mu, logvar []float32, err error) {
	if err := e.graph.run(); err != nil {
		return nil, nil, err
	}
	if e.logvar == nil {
		return floats(e.mu), nil, nil
	}
	return floats(e.mu), floats(e.logvar), nil
}

// Decoder is the graph of the mean of p(x|z) for batches of B rows.
type Decoder struct {
	Z      []float32 // [B,L]
	Labels []float32 // [B,C] one-hot labels; nil unless the model is conditional

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
		var z, labels *gorgonia.Node
		z, d.Z = d.graph.input("z", rows, m.config.Latent)
		labels, d.Labels = m.labels(d.graph, rows)
		output := m.decode(d.graph, z, labels, true)
		d.graph.compile(output)
		d.output = d.graph.value(output)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// labels is the input of the labels of a conditional model, else nil.
func (m *Model) labels(b *graph, rows int) (*gorgonia.Node, []float32) {
	if len(m.Classes()) == 0 {
		return nil, nil
	}
	return b.input("labels", rows, len(m.Classes()))
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

// TopDecoder is the graph of p(z|z2) of a model with two stochastic layers, for
// batches of B rows.
type TopDecoder struct {
	Z []float32 // [B,L2]

	graph      *graph
	mu, logvar *gorgonia.Value
}

// NewTopDecoder builds the graph; the model must have two stochastic layers.
func (m *Model) NewTopDecoder(rows int) (*TopDecoder, error) {
	if m.top == nil {
		return nil, errors.New("a decoder of the second stochastic layer for a model of one")
	}
	d := &TopDecoder{graph: newGraph()}
	err := construct(func() {
		var z *gorgonia.Node
		z, d.Z = d.graph.input("z", rows, m.config.TopLatent)
		mu, logvar := m.top.decode(d.graph, z, nil)
		d.graph.compile(mu, logvar)
		d.mu, d.logvar = d.graph.value(mu), d.graph.value(logvar)
	})
	if err != nil {
		return nil, err
	}
	return d, nil
}

// Run returns mu [B,L] and logvar [B,L] of p(z|z2). They are overwritten by the
// next run.
func (d *TopDecoder) Run() (mu, logvar []float32, err error) {
	if err := d.graph.run(); err != nil {
		return nil, nil, err
	}
	return floats(d.mu), floats(d.logvar), nil
}
