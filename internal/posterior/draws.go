package posterior

import (
	"gorgonia.org/gorgonia"

	"vae/internal/graph"
	"vae/internal/op"
)

// Draws are K draws of z from each row of a code, as a differentiable function of its
// parameters and of noise.
type Draws struct {
	Z     *graph.Node // [B*K,L]
	Noise *graph.Node // [B*K,L] standard normal; nil of a point

	code    Code
	samples int // K
}

// Draw writes z = mu + exp(logvar/2) noise down (Kingma and Welling 2014, section 2.4), with
// noise [B*K,L]. Of a point it is the point.
func (c Code) Draw(b *graph.Builder, noise *graph.Node, samples int) Draws {
	if c.Logvar == nil {
		return Draws{Z: c.Mu, code: c, samples: 1}
	}
	d := Draws{Noise: noise, code: c, samples: samples}
	sigma := b.Node(gorgonia.Exp(b.Node(gorgonia.Mul(c.Logvar, b.Constant(0.5)))))
	mu := d.repeat(b, c.Mu)
	d.Z = b.Node(gorgonia.Add(mu, b.Node(gorgonia.HadamardProd(d.repeat(b, sigma), noise))))
	return d
}

// Mu returns the mean that each draw belongs to [B*K,L].
func (d Draws) Mu(b *graph.Builder) *graph.Node { return d.repeat(b, d.code.Mu) }

// Logvar returns the log-variance that each draw belongs to [B*K,L].
func (d Draws) Logvar(b *graph.Builder) *graph.Node { return d.repeat(b, d.code.Logvar) }

// repeat gives each of the K draws of a row its own.
func (d Draws) repeat(b *graph.Builder, n *graph.Node) *graph.Node {
	if d.samples == 1 {
		return n
	}
	return b.Node(op.RepeatRows(n, d.samples))
}
