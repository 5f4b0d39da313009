package model

import (
	"gorgonia.org/gorgonia"

	"vae/internal/op"
)

// The log-variance of q(z|x) is kept in a range in which exp neither overflows
// nor vanishes in float32 (the range of the diagonal Gaussian in Hugging Face's
// diffusers). Inside it the model is untouched; op.Bound says what happens to
// gradients outside of it, and Objective.Bounds counts the values met there.
const (
	logvarLow  = -30
	logvarHigh = 20
)

// ObjectiveOptions say which bound to compute, and for how many images at once.
type ObjectiveOptions struct {
	Rows    int // B, images in a batch
	Samples int // K, draws of z an image; 0 means 1
	// ImportanceWeighted chooses the bound of Burda et al. 2015 over the evidence
	// lower bound. With one sample they differ in their noise alone.
	ImportanceWeighted bool
	Gradients          bool // compute the gradients of the loss too
}

// Objective is the graph of a negative lower bound of log p(x) for a batch of B
// images, in nats. With w_i the weight of image i, and
// z_ik = mu_i + exp(logvar_i/2) * noise_ik for k = 1..K, it is the evidence lower
// bound (Kingma and Welling 2014, equation 10)
//
//	loss = sum_i w_i (1/K sum_k nll_ik + beta kl_i)
//	nll_ik = -log p(x_i|z_ik),  kl_i = KL(q(z|x_i) || p(z))
//
// or the importance-weighted bound (Burda et al. 2015, equation 8)
//
//	loss = -sum_i w_i log(1/K sum_k exp(-nll_ik + log p(z_ik) - log q(z_ik|x_i)))
//
// The caller fills X, Noise and Weight and calls Run. A batch with fewer than B
// images is padded with rows of weight 0, and its loss is exact.
type Objective struct {
	X      []float32 // [B,D] pixels in [0,1]
	Noise  []float32 // [B*K,L] standard normal draws
	Weight []float32 // [B] weights of the images, 1/n for the mean of n
	Bounds op.Bounds // how often logvar left its range, since the start

	rows, samples, latent int
	graph                 *graph
	loss                  *gorgonia.Value
	reconstruction, kl    *gorgonia.Value
	gradients             []*gorgonia.Value
}

// NewObjective builds the graph.
func (m *Model) NewObjective(options ObjectiveOptions) (*Objective, error) {
	options.Samples = max(options.Samples, 1)
	o := &Objective{rows: options.Rows, samples: options.Samples, latent: m.config.Latent, graph: newGraph()}
	err := construct(func() { m.buildObjective(o, options) })
	if err != nil {
		return nil, err
	}
	return o, nil
}

func (m *Model) buildObjective(o *Objective, options ObjectiveOptions) {
	b := o.graph
	x, noise, weight := o.inputs(m.shape.Pixels())
	mu, logvar := m.encode(b, x, &o.Bounds)
	z := o.reparameterize(mu, logvar, noise)
	nll := m.nll(b, m.decode(b, z), x)
	kl := b.node(op.StandardNormalKL(mu, logvar))
	var loss *gorgonia.Node
	if options.ImportanceWeighted {
		loss = o.importanceWeighted(weight, nll, z, logvar, noise)
	} else {
		loss = o.evidence(weight, nll, kl, m.config.Beta)
	}
	roots := gorgonia.Nodes{loss, kl}
	if options.Gradients {
		roots = append(roots, m.gradients(b, loss)...)
	}
	b.compile(roots...)
	o.loss, o.reconstruction, o.kl = b.value(loss), b.value(nll), b.value(kl)
	for _, gradient := range roots[2:] {
		o.gradients = append(o.gradients, b.value(gradient))
	}
}

// evidence is the negative evidence lower bound.
func (o *Objective) evidence(weight, nll, kl *gorgonia.Node, beta float64) *gorgonia.Node {
	b := o.graph
	reconstruction := b.node(op.MeanOfSamples(nll, o.samples))
	scaled := b.node(gorgonia.Mul(kl, gorgonia.NewConstant(float32(beta), gorgonia.WithName("beta"))))
	return b.node(op.Dot(weight, b.node(gorgonia.Add(reconstruction, scaled))))
}

// importanceWeighted is the negative importance-weighted bound.
func (o *Objective) importanceWeighted(weight, nll, z, logvar, noise *gorgonia.Node) *gorgonia.Node {
	b := o.graph
	ratio := b.node(op.LogPriorRatio(z, b.node(op.RepeatRows(logvar, o.samples)), noise))
	bound := b.node(op.LogMeanExp(b.node(gorgonia.Sub(ratio, nll)), o.samples))
	return b.node(gorgonia.Neg(b.node(op.Dot(weight, bound))))
}

// gradients returns the gradients of the loss with respect to the parameters.
func (m *Model) gradients(b *graph, loss *gorgonia.Node) gorgonia.Nodes {
	var wrt gorgonia.Nodes
	for _, p := range m.params {
		wrt = append(wrt, b.weights[p])
	}
	gradients, err := gorgonia.Grad(loss, wrt...)
	b.node(loss, err)
	return gradients
}

func (o *Objective) inputs(pixels int) (x, noise, weight *gorgonia.Node) {
	x, o.X = o.graph.input("x", o.rows, pixels)
	noise, o.Noise = o.graph.input("noise", o.rows*o.samples, o.latent)
	weight, o.Weight = o.graph.input("weight", o.rows)
	return x, noise, weight
}

// encode returns the parameters mu [B,L] and logvar [B,L] of q(z|x). The pixels
// need no gradient, which spares the first layer a third of its products.
func (m *Model) encode(b *graph, x *gorgonia.Node, seen *op.Bounds) (mu, logvar *gorgonia.Node) {
	h := x
	for i := range m.encoder {
		h = m.encoder[i].apply(b, h, i > 0)
	}
	deep := len(m.encoder) > 0
	mu = m.mu.apply(b, h, deep)
	logvar = b.node(op.Bound(m.logvar.apply(b, h, deep), logvarLow, logvarHigh, seen))
	return mu, logvar
}

// reparameterize writes K draws from q(z|x) [B*K,L] as a differentiable function
// of its parameters [B,L] and of noise (Kingma and Welling 2014, section 2.4).
func (o *Objective) reparameterize(mu, logvar, noise *gorgonia.Node) *gorgonia.Node {
	b := o.graph
	half := gorgonia.NewConstant(float32(0.5), gorgonia.WithName("half"))
	sigma := b.node(gorgonia.Exp(b.node(gorgonia.Mul(logvar, half))))
	if o.samples > 1 {
		mu, sigma = b.node(op.RepeatRows(mu, o.samples)), b.node(op.RepeatRows(sigma, o.samples))
	}
	return b.node(gorgonia.Add(mu, b.node(gorgonia.HadamardProd(sigma, noise))))
}

// decode returns the parameters [B,D] of p(x|z): Bernoulli logits or Gaussian
// means.
func (m *Model) decode(b *graph, z *gorgonia.Node) *gorgonia.Node {
	for i := range m.decoder {
		z = m.decoder[i].apply(b, z, true)
	}
	return z
}

// nll returns the reconstruction terms [B*K] in nats.
func (m *Model) nll(b *graph, output, x *gorgonia.Node) *gorgonia.Node {
	if m.config.Likelihood == "gaussian" {
		return b.node(op.GaussianNLL(output, x, m.config.Sigma))
	}
	return b.node(op.BernoulliNLL(output, x))
}

func (l *layer) apply(b *graph, x *gorgonia.Node, inputGradient bool) *gorgonia.Node {
	return b.node(op.Dense(x, b.param(l.weight), b.param(l.bias), l.act, inputGradient))
}

// Rows returns B.
func (o *Objective) Rows() int { return o.rows }

// Run computes the loss, the per-row terms and, where asked for, the gradients.
func (o *Objective) Run() error { return o.graph.run() }

// Loss returns the weighted loss of the last run, in nats.
func (o *Objective) Loss() float64 { return float64(floats(o.loss)[0]) }

// Samples returns K.
func (o *Objective) Samples() int { return o.samples }

// Reconstruction returns -log p(x|z) of each draw [B*K], in nats, not weighted.
func (o *Objective) Reconstruction() []float32 { return floats(o.reconstruction) }

// KL returns the divergence of each image [B], in nats, without beta, not
// weighted.
func (o *Objective) KL() []float32 { return floats(o.kl) }

// Gradient returns the gradient of the loss with respect to parameter i of
// Params. The memory is the graph's and is overwritten by the next run.
func (o *Objective) Gradient(i int) ([]float32, error) {
	return op.Floats(*o.gradients[i])
}

// floats returns what a read node has read.
func floats(v *gorgonia.Value) []float32 {
	data, err := op.Floats(*v)
	if err != nil {
		panic("model: " + err.Error()) // the graph reads float32 only
	}
	return data
}
