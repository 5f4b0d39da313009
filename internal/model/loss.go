package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/config"
	"vae/internal/graph"
	"vae/internal/op"
	"vae/internal/posterior"
	"vae/internal/prior"
)

// path is the way from an image through the latents: what is encoded at each level, the
// draws, and what these are drawn from. The lowest level comes first.
type path struct {
	codes     []posterior.Code
	draws     []posterior.Draws
	densities []prior.Density // none of an autoencoder
}

// draw encodes from the pixels up, each level from the draws of the one below, and
// then lays out the priors from the top down.
func (o *Objective) draw(b *graph.Builder, in inputs) (p path) {
	m := o.model
	if !m.Variational() {
		code := m.encode(b, in.input, in.labels, nil)
		return path{codes: []posterior.Code{code}, draws: []posterior.Draws{code.Draw(b, nil, 1)}}
	}
	samples := o.options.Samples
	for i, l := range m.levels {
		var code posterior.Code
		if i == 0 {
			code = m.encode(b, in.input, in.labels, &o.LogvarOutside)
		} else {
			code = l.Posterior.Apply(b, p.draws[i-1].Z, true, &o.LogvarOutside)
		}
		p.codes = append(p.codes, code)
		p.draws = append(p.draws, code.Draw(b, in.noise[i], samples))
		samples = 1 // above, each draw has a row of its own
	}
	for i, l := range m.levels {
		if l.Conditional != nil {
			p.densities = append(p.densities, l.Conditional.At(b, p.draws[i+1].Z, &o.LogvarOutside))
		} else {
			p.densities = append(p.densities, l.Prior.(prior.Density))
		}
	}
	return p
}

// logRatio is log p(z) - log q(z|x) of the latents of all levels, for each draw [B*K].
func (o *Objective) logRatio(b *graph.Builder, pathOnly bool) *graph.Node {
	var sum *graph.Node
	for i, p := range o.path.densities {
		ratio := p.LogRatio(b, o.path.draws[i], pathOnly)
		if sum != nil {
			ratio = b.Node(gorgonia.Add(sum, ratio))
		}
		sum = ratio
	}
	return sum
}

// closedKL is the density from which the divergence has a closed form, of a model with one
// level whose prior has.
func (o *Objective) closedKL() (prior.ClosedKL, bool) {
	if len(o.path.densities) > 1 {
		return nil, false
	}
	p, ok := o.path.densities[0].(prior.ClosedKL)
	return p, ok
}

// divergence is KL(q(z|x) || p(z)) of each image [B]: in closed form, or as the mean over
// its draws of log q(z|x) - log p(z), of which ratio is the negative.
func (o *Objective) divergence(b *graph.Builder, ratio *graph.Node) *graph.Node {
	if p, closed := o.closedKL(); closed {
		return p.KL(b, o.path.codes[0])
	}
	return b.Node(op.MeanOfSamples(b.Node(gorgonia.Neg(ratio)), o.options.Samples))
}

// elbo is the negative evidence lower bound,
//
//	-ELBO = E_q[-log p(x|z)] + KL(q(z|x) || p(z))
//
// (Kingma and Welling 2014, equation 3), the KL times its weight, and the expectation by K
// draws.
func (o *Objective) elbo(b *graph.Builder, in inputs) {
	score := o.options.Estimator == config.Score
	nll := o.nll(b, in, !score)
	perDraw := nll
	if score {
		perDraw = o.scoreFunction(b, in, nll)
	}
	o.terms.nll, o.terms.kl = nll, o.kl(b)
	o.terms.loss = b.Node(gorgonia.Add(o.meanOfDraws(b, in.weight, perDraw), o.weightedKL(b, in)))
}

// kl is the divergence where no bound of the draws needs their ratio.
func (o *Objective) kl(b *graph.Builder) *graph.Node {
	if _, closed := o.closedKL(); closed {
		return o.divergence(b, nil)
	}
	return o.divergence(b, o.logRatio(b, false))
}

// weightedKL is the KL term of the loss, a scalar.
func (o *Objective) weightedKL(b *graph.Builder, in inputs) *graph.Node {
	if p, closed := o.closedKL(); closed && o.options.FreeBits > 0 {
		return p.FreeBits(b, o.path.codes[0], in.weight, in.scale, o.options.FreeBits)
	}
	return b.Node(op.Dot(in.klWeight, o.terms.kl))
}

// scoreFunction is -log p(x|z) with the gradient of its mean by the log-derivative trick,
// which passes by the draws.
func (o *Objective) scoreFunction(b *graph.Builder, in inputs, nll *graph.Node) *graph.Node {
	d := o.path.draws[0]
	return b.Node(op.ScoreFunction(nll, d.Mu(b), d.Logvar(b), d.Noise, in.baseline, o.options.Samples, o.options.LeaveOneOut))
}

// importanceWeighted is the negative bound of Burda et al. 2015, equation 8, of
//
//	log w = log p(x|z) + log p(z) - log q(z|x)
//
// for each of K draws. With the doubly reparameterized gradient (Tucker et al. 2019)
// what passes through the draws has only their path in log q, and is weighted once more.
func (o *Objective) importanceWeighted(b *graph.Builder, in inputs) {
	var scale op.GradientScale
	dreg := o.options.Estimator == config.DReG
	if dreg {
		lowest := &o.path.draws[0]
		lowest.Z = b.Node(scale.Apply(lowest.Z))
	}
	t := &o.terms
	t.nll = o.nll(b, in, true)
	ratio := o.logRatio(b, dreg)
	t.kl = o.divergence(b, ratio)
	t.logw = b.Node(gorgonia.Sub(ratio, t.nll))
	t.iwae = b.Node(op.LogMeanExp(t.logw, o.options.Samples))
	t.loss = b.Node(gorgonia.Neg(b.Node(op.Dot(in.weight, t.iwae))))
	if dreg {
		b.Node(t.iwae, scale.By(t.iwae))
	}
}

// autoencoder is the loss of a model whose code is a point: -log p(x|code), and a penalty
// on the code.
func (o *Objective) autoencoder(b *graph.Builder, in inputs) {
	o.terms.nll = o.nll(b, in, true)
	o.terms.loss = b.Node(op.Dot(in.weight, o.terms.nll))
	if penalty := o.sparsity(b, in, o.path.codes[0].Mu); penalty != nil {
		o.terms.loss = b.Node(gorgonia.Add(o.terms.loss, penalty))
	}
}

// sparsity is the penalty on the code, a scalar; nil where there is none.
func (o *Objective) sparsity(b *graph.Builder, in inputs, code *graph.Node) *graph.Node {
	var penalty *graph.Node
	switch s := o.options.Sparsity; s.Kind {
	case "", config.NoPenalty:
		return nil
	case config.KLPenalty:
		penalty = b.Node(op.RateKL(code, in.weight, s.Rate))
	case config.L1Penalty:
		penalty = b.Node(op.Dot(in.weight, b.Node(op.L1(code))))
	default:
		b.Node(nil, fmt.Errorf("unknown sparsity %q", s.Kind))
	}
	return b.Node(gorgonia.Mul(penalty, b.Constant(float32(o.options.Sparsity.Weight))))
}

// nll is -log p(x|z) of each draw [B*K]. Where through is false no gradient passes
// through the draws.
func (o *Objective) nll(b *graph.Builder, in inputs, through bool) *graph.Node {
	z := o.path.draws[0].Z
	if !through { // a layer without weights, such as the sum of a residual, might not keep it back
		z = b.Node(op.Stop(z))
	}
	return o.model.likelihood.NLL(b, o.model.decode(b, z, in.labels, through), in.x)
}

// meanOfDraws is the weighted sum over images of the mean of what their K draws
// give.
func (o *Objective) meanOfDraws(b *graph.Builder, weight, perDraw *graph.Node) *graph.Node {
	return b.Node(op.Dot(weight, b.Node(op.MeanOfSamples(perDraw, o.options.Samples))))
}
