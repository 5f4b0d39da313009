package model

import (
	"gorgonia.org/gorgonia"

	"vae/internal/op"
)

// variational is the loss of a model with one stochastic layer.
func (o *Objective) variational(in inputs) terms {
	b, m := o.graph, o.model
	mu, logvar := m.encode(b, in.input, in.labels, &o.Bounds)
	t := terms{mu: mu, logvar: logvar, kl: b.node(op.StandardNormalKL(mu, logvar))}
	z := o.reparameterize(mu, logvar, in.noise)
	if o.options.ImportanceWeighted {
		o.importanceWeighted(&t, in, z, o.repeat(logvar))
		return t
	}
	score := o.options.Estimator == "score"
	t.nll = m.nll(b, m.decode(b, z, in.labels, !score), in.x)
	perDraw := t.nll
	if score {
		perDraw = b.node(op.ScoreFunction(t.nll, o.repeat(mu), o.repeat(logvar), in.noise, in.baseline, o.options.Samples, o.options.LeaveOneOut))
	}
	var divergence *gorgonia.Node
	if o.options.FreeBits > 0 {
		divergence = b.node(op.FreeBitsKL(mu, logvar, in.weight, in.scale, o.options.FreeBits))
	} else {
		divergence = b.node(op.Dot(in.klWeight, t.kl))
	}
	t.loss = b.node(gorgonia.Add(o.meanOfDraws(in.weight, perDraw), divergence))
	return t
}

// importanceWeighted adds the terms of the importance-weighted bound.
func (o *Objective) importanceWeighted(t *terms, in inputs, z, logvar *gorgonia.Node) {
	b, m := o.graph, o.model
	var scale op.GradientScale
	priorRatio := op.LogPriorRatio
	if o.options.Estimator == "dreg" {
		z = b.node(scale.Apply(z))
		priorRatio = op.PathLogPriorRatio
	}
	t.nll = m.nll(b, m.decode(b, z, in.labels, true), in.x)
	o.logMeanExp(t, in.weight, b.node(priorRatio(z, logvar, in.noise)))
	b.node(t.bound, scale.By(t.bound))
}

// logMeanExp is the bound of Burda et al. 2015, from log p(z) - log q(z|x) of each
// draw.
func (o *Objective) logMeanExp(t *terms, weight, ratio *gorgonia.Node) {
	b := o.graph
	t.logw = b.node(gorgonia.Sub(ratio, t.nll))
	t.bound = b.node(op.LogMeanExp(t.logw, o.options.Samples))
	t.loss = b.node(gorgonia.Neg(b.node(op.Dot(weight, t.bound))))
}

// hierarchy is the loss of a model with two stochastic layers (Burda et al. 2015,
// section 5).
func (o *Objective) hierarchy(in inputs) terms {
	b, m := o.graph, o.model
	mu, logvar := m.encode(b, in.input, nil, &o.Bounds)
	z := o.reparameterize(mu, logvar, in.noise)
	topMu, topLogvar := m.top.encode(b, z, &o.Bounds)
	topZ := o.draw(topMu, topLogvar, in.topNoise)
	priorMu, priorLogvar := m.top.decode(b, topZ, &o.Bounds)
	t := terms{mu: mu, logvar: logvar, topMu: topMu, topLogvar: topLogvar, nll: m.nll(b, m.decode(b, z, nil, true), in.x)}
	ratio := b.node(gorgonia.Add(
		b.node(op.LogDensityRatio(z, priorMu, priorLogvar, o.repeat(logvar), in.noise)),
		b.node(op.LogPriorRatio(topZ, topLogvar, in.topNoise))))
	t.kl = b.node(op.MeanOfSamples(b.node(gorgonia.Neg(ratio)), o.options.Samples))
	if o.options.ImportanceWeighted {
		o.logMeanExp(&t, in.weight, ratio)
		return t
	}
	t.loss = b.node(gorgonia.Add(o.meanOfDraws(in.weight, t.nll), b.node(op.Dot(in.klWeight, t.kl))))
	return t
}

// autoencoder is the loss of a model whose code is a point.
func (o *Objective) autoencoder(in inputs) terms {
	b, m := o.graph, o.model
	t := terms{code: m.code(b, in.input, in.labels)}
	t.nll = m.nll(b, m.decode(b, t.code, in.labels, true), in.x)
	t.loss = b.node(op.Dot(in.weight, t.nll))
	var penalty *gorgonia.Node
	switch o.options.Sparsity.Kind {
	case "kl":
		penalty = b.node(op.RateKL(t.code, in.weight, o.options.Sparsity.Rate))
	case "l1":
		penalty = b.node(op.Dot(in.weight, b.node(op.L1(t.code))))
	default:
		return t
	}
	factor := gorgonia.NewConstant(float32(o.options.Sparsity.Weight), gorgonia.WithName("sparsity weight"))
	t.loss = b.node(gorgonia.Add(t.loss, b.node(gorgonia.Mul(penalty, factor))))
	return t
}

// meanOfDraws is the weighted sum over images of the mean of what their K draws
// give.
func (o *Objective) meanOfDraws(weight, perDraw *gorgonia.Node) *gorgonia.Node {
	return o.graph.node(op.Dot(weight, o.graph.node(op.MeanOfSamples(perDraw, o.options.Samples))))
}

// repeat gives each of the K draws of an image its row.
func (o *Objective) repeat(n *gorgonia.Node) *gorgonia.Node {
	if o.options.Samples == 1 {
		return n
	}
	return o.graph.node(op.RepeatRows(n, o.options.Samples))
}

// reparameterize writes K draws from q(z|x) [B*K,L] as a differentiable function
// of its parameters [B,L] and of noise (Kingma and Welling 2014, section 2.4).
func (o *Objective) reparameterize(mu, logvar, noise *gorgonia.Node) *gorgonia.Node {
	return o.place(o.repeat(mu), o.repeat(o.sigma(logvar)), noise)
}

// draw is one draw for each row of the parameters.
func (o *Objective) draw(mu, logvar, noise *gorgonia.Node) *gorgonia.Node {
	return o.place(mu, o.sigma(logvar), noise)
}

func (o *Objective) sigma(logvar *gorgonia.Node) *gorgonia.Node {
	half := gorgonia.NewConstant(float32(0.5), gorgonia.WithName("half"))
	return o.graph.node(gorgonia.Exp(o.graph.node(gorgonia.Mul(logvar, half))))
}

func (o *Objective) place(mu, sigma, noise *gorgonia.Node) *gorgonia.Node {
	b := o.graph
	return b.node(gorgonia.Add(mu, b.node(gorgonia.HadamardProd(sigma, noise))))
}
