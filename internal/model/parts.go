package model

import (
	"gorgonia.org/gorgonia"

	"vae/internal/op"
)

// encode returns the parameters mu [B,L] and logvar [B,L] of q(z|x).
func (m *Model) encode(b *graph, x, labels *gorgonia.Node, seen *op.Outside) (mu, logvar *gorgonia.Node) {
	h := m.hidden(b, x, labels)
	deep := len(m.encoder) > 0
	mu = m.mu.apply(b, h, deep)
	return mu, bounded(b, m.logvar.apply(b, h, deep), seen)
}

// code returns the code [B,L] of an autoencoder.
func (m *Model) code(b *graph, x, labels *gorgonia.Node) *gorgonia.Node {
	return m.mu.apply(b, m.hidden(b, x, labels), len(m.encoder) > 0)
}

// hidden applies the encoder's hidden layers. The pixels need no gradient, which
// spares the first layer a third of its products.
func (m *Model) hidden(b *graph, x, labels *gorgonia.Node) *gorgonia.Node {
	return pass(b, m.encoder, join(b, x, labels), false)
}

// decode returns the parameters [B,D] of p(x|z): Bernoulli logits or Gaussian
// means. Where inputGradient is false z has no gradient.
func (m *Model) decode(b *graph, z, labels *gorgonia.Node, inputGradient bool) *gorgonia.Node {
	return pass(b, m.decoder, join(b, z, labels), inputGradient)
}

// encode returns the parameters [B*K,L2] of q(z2|z).
func (t *top) encode(b *graph, z *gorgonia.Node, seen *op.Outside) (mu, logvar *gorgonia.Node) {
	h := pass(b, t.encoder, z, true)
	return t.mu.apply(b, h, true), bounded(b, t.logvar.apply(b, h, true), seen)
}

// decode returns the parameters [B*K,L] of p(z|z2).
func (t *top) decode(b *graph, z *gorgonia.Node, seen *op.Outside) (mu, logvar *gorgonia.Node) {
	h := pass(b, t.decoder, z, true)
	return t.priorMu.apply(b, h, true), bounded(b, t.priorVar.apply(b, h, true), seen)
}

// nll returns the reconstruction terms [B*K] in nats; of an mse likelihood the
// squared error of the image.
func (m *Model) nll(b *graph, output, x *gorgonia.Node) *gorgonia.Node {
	switch {
	case m.config.Likelihood == "mse":
		return b.node(op.SquaredError(output, x))
	case m.variance != nil:
		return b.node(op.LearnedGaussianNLL(output, bounded(b, b.param(m.variance), nil), x))
	case m.config.Likelihood == "gaussian":
		return b.node(op.GaussianNLL(output, x, m.config.Sigma))
	}
	return b.node(op.BernoulliNLL(output, x))
}

func bounded(b *graph, logvar *gorgonia.Node, seen *op.Outside) *gorgonia.Node {
	return b.node(op.Clamp(logvar, logvarLow, logvarHigh, seen))
}

// join puts the labels, if there are any, beside a layer's input.
func join(b *graph, x, labels *gorgonia.Node) *gorgonia.Node {
	if labels == nil {
		return x
	}
	return b.node(op.Join(x, labels))
}

// pass applies layers one after the other; inputGradient is that of the first.
func pass(b *graph, layers []layer, h *gorgonia.Node, inputGradient bool) *gorgonia.Node {
	for i := range layers {
		h = layers[i].apply(b, h, inputGradient || i > 0)
	}
	return h
}

func (l *layer) apply(b *graph, x *gorgonia.Node, inputGradient bool) *gorgonia.Node {
	y := b.node(op.Dense(x, b.param(l.weight), b.param(l.bias), l.act, inputGradient))
	b.outputs = append(b.outputs, output{l, y})
	return y
}
