package prior

import (
	"errors"

	"vae/internal/graph"
	"vae/internal/layer"
	"vae/internal/op"
	"vae/internal/posterior"
)

// Conditional is p(z|z above) = N(mu(z above), diag exp logvar(z above)), the prior of the
// latents below another level (Burda et al. 2015, section 5).
type Conditional struct{ Net layer.Normal }

// Layers are those of the network, in the order of computation and of a state_dict.
func (c *Conditional) Layers() layer.Stack { return c.Net.Layers() }

// At writes the network down for latents of the level above [B,L2]. Log-variances that
// leave their range are counted in seen, which may be nil.
func (c *Conditional) At(b *graph.Builder, above *graph.Node, seen *op.Outside) Normal {
	mu, logvar := c.Net.Apply(b, above, true, seen)
	return Normal{mu, logvar}
}

// Normal is a diagonal normal distribution of each row, with the parameters [B,L].
type Normal struct{ Mu, Logvar *graph.Node }

// LogRatio implements Density, of one draw a row. The path alone is not to be had.
func (n Normal) LogRatio(b *graph.Builder, d posterior.Draws, pathOnly bool) *graph.Node {
	if pathOnly {
		return b.Node(nil, errors.New("a gradient of the path alone below another level of latents"))
	}
	return b.Node(op.LogDensityRatio(d.Z, n.Mu, n.Logvar, d.Logvar(b), d.Noise))
}

var _ Density = Normal{}
