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

// Normal is a network whose result is a diagonal normal distribution of each row: hidden
// layers, and two heads for the mean and the log-variance.
type Normal struct {
	Hidden     Stack
	Mu, Logvar Layer
}

// NewNormal returns a network from hidden layers, which end with so many numbers, to latents,
// whose heads, fully connected, are called mu and logvar.
func NewNormal(hidden Stack, width int, mu, logvar string, latents int) Normal {
	return Normal{hidden, NewDense(mu, width, latents, Linear), NewDense(logvar, width, latents, Linear)}
}

// Layers lists them in the order of computation and of a state_dict.
func (n Normal) Layers() Stack { return append(append(Stack{}, n.Hidden...), n.Mu, n.Logvar) }

// Apply returns mean and log-variance, within its range, each [B,L]. Log-variances that leave
// it are counted in seen, which may be nil.
func (n Normal) Apply(b *graph.Builder, x *graph.Node, inputGradient bool, seen *op.Outside) (mu, logvar *graph.Node) {
	h := n.Hidden.Apply(b, x, inputGradient)
	inputGradient = inputGradient || len(n.Hidden.Params()) > 0
	mu = n.Mu.Apply(b, h, inputGradient)
	return mu, Logvar(b, n.Logvar.Apply(b, h, inputGradient), seen)
}
