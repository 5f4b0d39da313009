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
	Layers() layer.Stack
	// Apply writes the network down, for rows x that are pixels or the latents of the
	// level below. Where inputGradient is false x has no gradient. Log-variances that leave
	// their range are counted in seen, which may be nil.
	Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) Code
	// Point reports whether it is a point.
	Point() bool
}

// Code is what a posterior makes of the rows of a batch: the parameters [B,L] of a
// diagonal normal distribution, or a point Mu, and Logvar is nil.
type Code struct{ Mu, Logvar *graph.Node }

// Gaussian is q(z|x) = N(mu(x), diag exp logvar(x)) (Kingma and Welling 2014, section 3).
type Gaussian struct{ Net layer.Normal }

// Layers implements Posterior.
func (g *Gaussian) Layers() layer.Stack { return g.Net.Layers() }

// Apply implements Posterior.
func (g *Gaussian) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) Code {
	mu, logvar := g.Net.Apply(b, x, inputGradient, seen)
	return Code{mu, logvar}
}

// Point implements Posterior.
func (g *Gaussian) Point() bool { return false }

// Deterministic is the encoder of an autoencoder that is not variational: the code of a row
// is the output of its last layer.
type Deterministic struct {
	Hidden layer.Stack
	Last   layer.Layer
}

// Layers implements Posterior.
func (d *Deterministic) Layers() layer.Stack {
	return append(append(layer.Stack{}, d.Hidden...), d.Last)
}

// Apply implements Posterior.
func (d *Deterministic) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, _ *op.Outside) Code {
	h := d.Hidden.Apply(b, x, inputGradient)
	return Code{Mu: d.Last.Apply(b, h, inputGradient || len(d.Hidden) > 0)}
}

// Point implements Posterior.
func (d *Deterministic) Point() bool { return true }
