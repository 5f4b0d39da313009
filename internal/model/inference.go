package model

import (
	"fmt"

	"vae/internal/graph"
	"vae/internal/likelihood"
	"vae/internal/op"
	"vae/internal/posterior"
)

// encode returns the parameters of q(z|x), or the code, of the lowest level. The pixels
// need no gradient, which spares the first layer a third of its products.
func (m *Model) encode(b *graph.Builder, x, labels *graph.Node, seen *op.Outside) posterior.Code {
	pixels := 1
	if m.planes {
		pixels = m.shape.Width * m.shape.Height
	}
	return m.levels[0].Posterior.Apply(b, join(b, x, labels, pixels), false, seen)
}

// decode returns the decoder's output [B,D']. Where inputGradient is false z has no
// gradient.
func (m *Model) decode(b *graph.Builder, z, labels *graph.Node, inputGradient bool) *graph.Node {
	return m.decoder.Apply(b, join(b, z, labels, m.codePixels), inputGradient)
}

// join puts the labels, if there are any, beside a layer's input: behind each pixel of a map,
// or behind a vector, which is one.
func join(b *graph.Builder, x, labels *graph.Node, pixels int) *graph.Node {
	if labels == nil {
		return x
	}
	return b.Node(op.JoinPlanes(x, labels, pixels))
}

// labels is the input of the labels of a conditional model, else nil.
func (m *Model) labels(b *graph.Builder, rows int) (*graph.Node, []float32) {
	if len(m.Classes()) == 0 {
		return nil, nil
	}
	return b.Input("labels", rows, len(m.Classes()))
}

// Encoder is the graph of q(z|x), or of the code, for batches of B rows.
type Encoder struct {
	X      []float32 // [B,D] pixels in [0,1]
	Labels []float32 // [B,C] one-hot labels; nil unless the model is conditional

	rows  int
	graph *graph.Graph
	code  posterior.Code
}

// NewEncoder builds the encoder's graph for batches of the given number of rows.
// A row's result does not depend on the other rows.
func (m *Model) NewEncoder(rows int) (*Encoder, error) {
	e := &Encoder{rows: rows}
	var err error
	e.graph, err = graph.Build(func(b *graph.Builder) { e.build(b, m) })
	return e, err
}

func (e *Encoder) build(b *graph.Builder, m *Model) {
	b.Measure()
	var x, labels *graph.Node
	x, e.X = b.Input("x", e.rows, m.shape.Pixels())
	labels, e.Labels = m.labels(b, e.rows)
	e.code = m.encode(b, x, labels, nil)
	b.Keep(e.code.Mu, e.code.Logvar)
}

// Rows returns B.
func (e *Encoder) Rows() int { return e.rows }

// Run returns mu [B,L] and logvar [B,L] for what X holds; for an autoencoder the
// code and nil. They are overwritten by the next run.
func (e *Encoder) Run() (mu, logvar []float32, err error) {
	if err := e.graph.Run(); err != nil {
		return nil, nil, err
	}
	return e.graph.Read(e.code.Mu), e.graph.Read(e.code.Logvar), nil
}

// Decoder is the graph of p(x|z) for batches of B rows.
type Decoder struct {
	Z      []float32 // [B,L]
	Labels []float32 // [B,C] one-hot labels; nil unless the model is conditional

	rows       int
	graph      *graph.Graph
	likelihood likelihood.Likelihood
	output     *graph.Node
	mean       []float32
}

// NewDecoder builds the decoder's graph for batches of the given number of rows.
// A row's result does not depend on the other rows.
func (m *Model) NewDecoder(rows int) (*Decoder, error) {
	d := &Decoder{rows: rows, likelihood: m.likelihood, mean: make([]float32, rows*m.shape.Pixels())}
	var err error
	d.graph, err = graph.Build(func(b *graph.Builder) { d.build(b, m) })
	return d, err
}

func (d *Decoder) build(b *graph.Builder, m *Model) {
	b.Measure()
	var z, labels *graph.Node
	z, d.Z = b.Input("z", d.rows, m.Latent())
	labels, d.Labels = m.labels(b, d.rows)
	d.output = m.decode(b, z, labels, true)
	b.Keep(d.output)
}

// Rows returns B.
func (d *Decoder) Rows() int { return d.rows }

// Run returns the mean [B,D] of p(x|z) for what Z holds: pixel probabilities
// under a Bernoulli likelihood. It is overwritten by the next run.
func (d *Decoder) Run() ([]float32, error) {
	if err := d.Forward(); err != nil {
		return nil, err
	}
	d.likelihood.Mean(d.mean, d.Output())
	return d.mean, nil
}

// Forward is Run for who needs the decoder's output alone.
func (d *Decoder) Forward() error { return d.graph.Run() }

// Output returns the decoder's output [B,D'] of the last run, as the likelihood takes it.
// It is overwritten by the next run.
func (d *Decoder) Output() []float32 { return d.graph.Read(d.output) }

// LevelEncoder is the graph of q(z|z below) of a level above another, for batches of B rows.
type LevelEncoder struct {
	Below []float32 // [B,L1] latents of the level below

	graph *graph.Graph
	code  posterior.Code
}

// NewLevelEncoder builds the graph for a level, counted from the lowest, 0; it must be above another.
func (m *Model) NewLevelEncoder(level, rows int) (*LevelEncoder, error) {
	if level < 1 || level >= len(m.levels) {
		return nil, fmt.Errorf("an encoder from below for level %d of %d", level, len(m.levels))
	}
	e := &LevelEncoder{}
	var err error
	e.graph, err = graph.Build(func(b *graph.Builder) {
		b.Measure()
		var below *graph.Node
		below, e.Below = b.Input("z below", rows, m.levels[level-1].Latents)
		e.code = m.levels[level].Posterior.Apply(b, below, true, nil)
		b.Keep(e.code.Mu, e.code.Logvar)
	})
	return e, err
}

// Run returns mu [B,L] and logvar [B,L] of q(z|z below). They are overwritten by the next run.
func (e *LevelEncoder) Run() (mu, logvar []float32, err error) {
	if err := e.graph.Run(); err != nil {
		return nil, nil, err
	}
	return e.graph.Read(e.code.Mu), e.graph.Read(e.code.Logvar), nil
}

// PriorDecoder is the graph of p(z|z above) of a level below another, for batches of B
// rows.
type PriorDecoder struct {
	Above []float32 // [B,L2] latents of the level above

	graph      *graph.Graph
	mu, logvar *graph.Node
}

// NewPriorDecoder builds the graph for a level, counted from the lowest, 0; it must be
// below another.
func (m *Model) NewPriorDecoder(level, rows int) (*PriorDecoder, error) {
	if level < 0 || level >= len(m.levels)-1 {
		return nil, fmt.Errorf("a prior from above for level %d of %d", level, len(m.levels))
	}
	d := &PriorDecoder{}
	var err error
	d.graph, err = graph.Build(func(b *graph.Builder) {
		var above *graph.Node
		above, d.Above = b.Input("z above", rows, m.levels[level+1].Latents)
		p := m.levels[level].Conditional.At(b, above, nil)
		d.mu, d.logvar = p.Mu, p.Logvar
		b.Keep(d.mu, d.logvar)
	})
	return d, err
}

// Run returns mu [B,L] and logvar [B,L] of p(z|z above). They are overwritten by the
// next run.
func (d *PriorDecoder) Run() (mu, logvar []float32, err error) {
	if err := d.graph.Run(); err != nil {
		return nil, nil, err
	}
	return d.graph.Read(d.mu), d.graph.Read(d.logvar), nil
}
