// Package posterior holds what an encoder makes of an image: q(z|x), or a code that is a
// point.
//
// Shapes: B rows of a batch, K draws of each, L latents.
package posterior

import (
	"vae/internal/graph"
	"vae/internal/layer"
	"vae/internal/op"
)

// Posterior is a network whose result is a distribution over the latents of one level, or
// a point.
type Posterior interface {
	// Layers are those of the network, in the order of computation and of a state_dict.
	Layers() []layer.Layer
	// Apply writes the network down, for rows x that are pixels or the latents of the
	// level below. Where inputGradient is false x has no gradient. Log-variances that leave
	// their range are counted in seen, which may be nil.
	Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) Code
}

// Code is what a posterior makes of the rows of a batch: the parameters [B,L] of a
// diagonal normal distribution, or a point Mu, and Logvar is nil.
type Code struct{ Mu, Logvar *graph.Node }

// Gaussian is q(z|x) = N(mu(x), diag exp logvar(x)) (Kingma and Welling 2014, section 3):
// hidden layers and two heads.
type Gaussian struct {
	Hidden layer.Stack
	Heads  layer.NormalHeads
}

// Layers implements Posterior.
func (g *Gaussian) Layers() []layer.Layer {
	return append(append([]layer.Layer{}, g.Hidden...), g.Heads.Layers()...)
}

// Apply implements Posterior.
func (g *Gaussian) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) Code {
	h := g.Hidden.Apply(b, x, inputGradient)
	mu, logvar := g.Heads.Apply(b, h, inputGradient || len(g.Hidden) > 0, seen)
	return Code{mu, logvar}
}

// Point is the encoder of an autoencoder that is not variational: the code of a row is
// the output of its last layer.
type Point struct {
	Hidden layer.Stack
	Code   *layer.Dense
}

// Layers implements Posterior.
func (p *Point) Layers() []layer.Layer { return append(append([]layer.Layer{}, p.Hidden...), p.Code) }

// Apply implements Posterior.
func (p *Point) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, _ *op.Outside) Code {
	h := p.Hidden.Apply(b, x, inputGradient)
	return Code{Mu: p.Code.Apply(b, h, inputGradient || len(p.Hidden) > 0)}
}
