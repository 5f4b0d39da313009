// Package prior holds what z is drawn from: p(z), and p(z|z above) of a level that is not
// the uppermost.
//
// Shapes: B rows of a batch, K draws of each, L latents.
package prior

import (
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/op"
	"vae/internal/posterior"
)

// Prior is a distribution of the latents of the uppermost level.
type Prior interface {
	// Params are trained with the model, Saved kept with it and not trained.
	Params() []*graph.Param
	Saved() []*graph.Param
	// Draw turns standard normal draws [L], in place, into a draw of z.
	Draw(z []float32)
	// StandardNormal reports whether it is N(0, I).
	StandardNormal() bool
}

// Density is what a posterior can be held against in training.
type Density interface {
	// LogRatio returns log p(z) - log q(z|x) of each draw [B*K], in nats. With pathOnly
	// the parameters of q are held fixed in log q(z|x), so that its gradient is that of the
	// path alone (Roeder et al. 2017); an error where that is not to be had.
	LogRatio(b *graph.Builder, d posterior.Draws, pathOnly bool) *graph.Node
}

// ClosedKL is a density from which the divergence of a diagonal normal posterior has a
// closed form.
type ClosedKL interface {
	// KL returns KL(q(z|x) || p(z)) of each row [B], in nats.
	KL(b *graph.Builder, q posterior.Code) *graph.Node
	// FreeBits returns scale [1] times the sum over latents of what the mean divergence of
	// each, by the weights [B] of the rows, costs beyond free nats: a scalar.
	FreeBits(b *graph.Builder, q posterior.Code, weight, scale *graph.Node, free float64) *graph.Node
	// LatentKL is the part of latent j in the divergence of one code, with these parameters
	// of it, in nats.
	LatentKL(j int, mu, logvar float64) float64
}

// Trainable is a prior that a variational autoencoder can be trained with. Its parameters
// start at 0.
type Trainable interface {
	Prior
	Density
}

// StandardNormal is the prior N(0, I).
type StandardNormal struct{}

// Params implements Prior: there are none.
func (StandardNormal) Params() []*graph.Param { return nil }

// Saved implements Prior: there are none.
func (StandardNormal) Saved() []*graph.Param { return nil }

// Draw implements Prior: the noise is the draw.
func (StandardNormal) Draw([]float32) {}

// StandardNormal implements Prior.
func (StandardNormal) StandardNormal() bool { return true }

// LogRatio implements Density.
func (StandardNormal) LogRatio(b *graph.Builder, d posterior.Draws, pathOnly bool) *graph.Node {
	if pathOnly {
		return b.Node(op.PathLogPriorRatio(d.Z, d.Logvar(b), d.Noise))
	}
	return b.Node(op.LogPriorRatio(d.Z, d.Logvar(b), d.Noise))
}

// KL implements ClosedKL (Kingma and Welling 2014, appendix B).
func (StandardNormal) KL(b *graph.Builder, q posterior.Code) *graph.Node {
	return b.Node(op.StandardNormalKL(q.Mu, q.Logvar))
}

// FreeBits implements ClosedKL (Kingma et al. 2016, equation 15).
func (StandardNormal) FreeBits(b *graph.Builder, q posterior.Code, weight, scale *graph.Node, free float64) *graph.Node {
	return b.Node(op.FreeBitsKL(q.Mu, q.Logvar, weight, scale, free))
}

// LatentKL implements ClosedKL.
func (StandardNormal) LatentKL(_ int, mu, logvar float64) float64 {
	return kernel.StandardNormalKLOf(mu, logvar)
}

var (
	_ Trainable = StandardNormal{}
	_ ClosedKL  = StandardNormal{}
)
