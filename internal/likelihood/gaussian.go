package likelihood

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/kernel"
	"vae/internal/layer"
	"vae/internal/op"
)

// Gaussian pixels are normal, independently, given z, with one standard deviation for all,
// fixed, learned or optimal (Rybkin et al. 2021, sigma-VAE); the decoder's output are their means. The optimal one is that of
// the errors of each batch in training, and afterwards their moving average, which is saved.
type Gaussian struct {
	sigma   float64
	logvar  *graph.Param // [1]; nil where sigma is fixed
	optimal bool         // logvar is not trained
}

func newGaussian(a asked) Likelihood {
	if a.sigma == config.Learned || a.sigma == config.Optimal {
		return &Gaussian{logvar: graph.NewParam("x_logvar", 1), optimal: a.sigma == config.Optimal}
	}
	return &Gaussian{sigma: a.sigma}
}

// Outputs implements Likelihood: one mean a pixel.
func (g *Gaussian) Outputs(image config.Shape) config.Shape { return image }

// Params implements Likelihood: the log-variance, where it is learned.
func (g *Gaussian) Params() []*graph.Param {
	if g.logvar == nil || g.optimal {
		return nil
	}
	return []*graph.Param{g.logvar}
}

// Saved implements Keeper: the moving average of the optimal log-variance.
func (g *Gaussian) Saved() []*graph.Param {
	if !g.optimal {
		return nil
	}
	return []*graph.Param{g.logvar}
}

// Sigma returns the standard deviation of a pixel.
func (g *Gaussian) Sigma() float64 {
	switch {
	case g.logvar == nil:
		return g.sigma
	case g.logvar.Value == nil: // before there is memory for it
		return 1
	}
	return math.Exp(0.5 * min(max(float64(g.logvar.Value[0]), layer.LowestLogvar), layer.HighestLogvar))
}

// NLL implements Likelihood.
func (g *Gaussian) NLL(b *graph.Builder, out, x *graph.Node) *graph.Node {
	if g.optimal {
		return b.Node(op.OptimalGaussianNLL(out, x, b.RowWeights(), g.logvar.Value))
	}
	if g.logvar != nil {
		return b.Node(op.LearnedGaussianNLL(out, layer.Logvar(b, b.Param(g.logvar), nil), x))
	}
	return b.Node(op.GaussianNLL(out, x, g.sigma))
}

// PointNLL implements Likelihood.
func (g *Gaussian) PointNLL(out, x []float32) float64 {
	sigma := g.Sigma()
	return 0.5*kernel.SquaredDistance(out, x)/(sigma*sigma) + float64(len(x))*(math.Log(sigma)+0.5*math.Log(2*math.Pi))
}

// Mean implements Likelihood: it is the output.
func (g *Gaussian) Mean(dst, out []float32) { copy(dst, out) }

// Draw implements Likelihood.
func (g *Gaussian) Draw(dst, out []float32, r *rand.Rand) { addNoise(dst, out, g.Sigma(), r) }

func addNoise(dst, mean []float32, sigma float64, r *rand.Rand) {
	for i, m := range mean {
		dst[i] = m + float32(sigma*r.NormFloat64())
	}
}

// Bias implements Likelihood: the means.
func (g *Gaussian) Bias(means []float64) []float64 { return slices.Clone(means) }

// word is what a model's sigma is called: one that was given, or the one that a training is at.
func (g *Gaussian) word() string {
	switch {
	case g.optimal:
		return "optimal sigma"
	case g.logvar != nil:
		return "learned sigma"
	}
	return "sigma"
}

// Facts implements Likelihood.
func (g *Gaussian) Facts() Facts {
	begun := ""
	if g.logvar != nil {
		begun = "gaussian likelihood of " + g.word()
	}
	return Facts{
		Loss: "NLL", Term: "reconstruction", Nats: true, Sigma: g.Sigma(), Begun: begun,
		Description: fmt.Sprintf("gaussian likelihood of %s %.4g", g.word(), g.Sigma()), Reconstruction: "gaussian negative log-likelihood",
	}
}
