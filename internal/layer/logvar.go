package layer

import (
	"vae/internal/graph"
	"vae/internal/op"
)

// A log-variance is kept in a range in which exp neither overflows
// nor vanishes in float32 (the range of the diagonal Gaussian in Hugging Face's
// diffusers). Inside it the model is untouched; op.Clamp says what happens to
// gradients outside of it.
const (
	LowestLogvar  = -30
	HighestLogvar = 20
)

// Logvar keeps log-variances, a vector or a matrix, in their range, and counts in seen,
// which may be nil, the values met outside of it.
func Logvar(b *graph.Builder, logvar *graph.Node, seen *op.Outside) *graph.Node {
	return b.Node(op.Clamp(logvar, LowestLogvar, HighestLogvar, seen))
}

// NormalHeads are the two layers that give a normal distribution of a row its mean and its
// log-variance.
type NormalHeads struct{ Mu, Logvar Layer }

// NewNormalHeads returns linear layers from in numbers to latents.
func NewNormalHeads(mu, logvar string, in, latents int) NormalHeads {
	return NormalHeads{NewDense(mu, in, latents, Linear), NewDense(logvar, in, latents, Linear)}
}

// Layers lists both, in the order of a state_dict.
func (h NormalHeads) Layers() []Layer { return []Layer{h.Mu, h.Logvar} }

// Apply returns mean and log-variance, within its range, each [B,L].
func (h NormalHeads) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) (mu, logvar *graph.Node) {
	mu = h.Mu.Apply(b, x, inputGradient)
	return mu, Logvar(b, h.Logvar.Apply(b, x, inputGradient), seen)
}
