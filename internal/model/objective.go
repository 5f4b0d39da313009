package model

import (
	"fmt"

	"gorgonia.org/gorgonia"

	"vae/internal/config"
	"vae/internal/op"
)

// The log-variance of q(z|x) is kept in a range in which exp neither overflows
// nor vanishes in float32 (the range of the diagonal Gaussian in Hugging Face's
// diffusers). Inside it the model is untouched; op.Clamp says what happens to
// gradients outside of it, and Objective.Bounds counts the values met there.
const (
	logvarLow  = -30
	logvarHigh = 20
)

// ObjectiveOptions say which loss to compute, and for how many images at once.
type ObjectiveOptions struct {
	Rows    int // B, images in a batch
	Samples int // K, draws of z an image; 0 means 1
	// ImportanceWeighted chooses the bound of Burda et al. 2015 over the evidence
	// lower bound. With one sample they differ in their noise alone.
	ImportanceWeighted bool
	Gradients          bool // compute the gradients of the loss too
	// Estimator of the gradient with respect to the parameters of q(z|x): one of
	// config.Estimators, "" for reparameterization.
	Estimator   config.Estimator
	LeaveOneOut bool            // baseline of the score function, instead of Objective.Baseline
	Corrupted   bool            // the encoder's input is not the target: Objective.Input
	FreeBits    float64         // nats of KL a latent that cost nothing
	Sparsity    config.Sparsity // penalty on the code of an autoencoder
}

// OptionsOf returns the options of training as configured, with gradients.
func OptionsOf(t config.Train, rows int) (ObjectiveOptions, error) {
	sparsity, err := config.ParseSparsity(t.Sparsity)
	return ObjectiveOptions{
		Rows: rows, Samples: t.Samples, ImportanceWeighted: t.Objective == "iwae", Gradients: true, Estimator: t.Estimator,
		LeaveOneOut: t.Baseline == "leave-one-out", Corrupted: t.Corrupt != "none", FreeBits: t.FreeBits, Sparsity: sparsity,
	}, err
}

// Objective is the graph of a loss for a batch of B images, in nats. With w_i the
// weight of image i, and z_ik = mu_i + exp(logvar_i/2) * noise_ik for k = 1..K, it
// is the negative evidence lower bound (Kingma and Welling 2014, equation 10)
//
//	loss = sum_i w_i (1/K sum_k nll_ik + KLWeight kl_i)
//	nll_ik = -log p(x_i|z_ik),  kl_i = KL(q(z|x_i) || p(z))
//
// or the negative importance-weighted bound (Burda et al. 2015, equation 8)
//
//	loss = -sum_i w_i log(1/K sum_k exp(log w_ik)),  log w_ik = -nll_ik + log p(z_ik) - log q(z_ik|x_i)
//
// With two stochastic layers z is the pair of both, and kl_i is estimated with the
// K draws. For an autoencoder, whose code is a point, it is
//
//	loss = sum_i w_i nll_i + sparsity
//
// The caller fills X, Noise and Weight, and what else is not nil, and calls Run. A
// batch with fewer than B images is padded with rows of weight 0, and its loss is
// exact.
type Objective struct {
	X        []float32  // [B,D] pixels in [0,1], the target
	Input    []float32  // [B,D] what the encoder sees; X itself unless Corrupted
	Labels   []float32  // [B,C] one-hot labels; nil unless the model is conditional
	Noise    []float32  // [B*K,L] standard normal draws; nil for an autoencoder
	TopNoise []float32  // [B*K,L2] those of the second stochastic layer; nil without
	Weight   []float32  // [B] weights of the images, 1/n for the mean of n
	KLWeight float64    // beta, at the start that of the configuration
	Baseline float64    // of the score function without LeaveOneOut, in nats
	Bounds   op.Outside // how often logvar left its range, since the start

	options                 ObjectiveOptions
	model                   *Model
	graph                   *graph
	klWeight, scale, signal []float32 // inputs that Run fills from the fields above
	terms                   terms
	gradients               []*gorgonia.Value
	nothing                 []float32 // [B] zeros
}

// terms are the nodes of a loss that are read after a run; nil is one that the
// loss does not have.
type terms struct {
	loss  *gorgonia.Node // scalar
	nll   *gorgonia.Node // [B*K]
	kl    *gorgonia.Node // [B]
	bound *gorgonia.Node // [B]
	logw  *gorgonia.Node // [B*K]
	code  *gorgonia.Node // [B,L]

	// What the loss is computed from, and so is no root.
	mu, logvar       *gorgonia.Node // [B,L]
	topMu, topLogvar *gorgonia.Node // [B*K,L2]
}

func (t terms) roots() gorgonia.Nodes {
	var roots gorgonia.Nodes
	for _, n := range []*gorgonia.Node{t.loss, t.nll, t.kl, t.bound, t.logw, t.code} {
		if n != nil {
			roots = append(roots, n)
		}
	}
	return roots
}

// NewObjective builds the graph.
func (m *Model) NewObjective(options ObjectiveOptions) (*Objective, error) {
	options.Samples = max(options.Samples, 1)
	if options.Samples > 1 && !m.Variational() {
		return nil, fmt.Errorf("%d samples of the code of kind %q, which is a point", options.Samples, m.config.Kind)
	}
	o := &Objective{model: m, options: options, graph: newGraph(), KLWeight: m.config.Beta, nothing: make([]float32, options.Rows)}
	if err := construct(o.build); err != nil {
		return nil, err
	}
	return o, nil
}

func (o *Objective) build() {
	in := o.inputs()
	switch {
	case !o.model.Variational():
		o.terms = o.autoencoder(in)
	case o.model.top != nil:
		o.terms = o.hierarchy(in)
	default:
		o.terms = o.variational(in)
	}
	var gradients gorgonia.Nodes
	if o.options.Gradients {
		gradients = o.model.gradients(o.graph, o.terms.loss)
	}
	o.graph.compile(append(o.terms.roots(), gradients...)...)
	for _, gradient := range gradients {
		o.gradients = append(o.gradients, o.graph.value(gradient))
	}
}

// inputs are the nodes of what the caller feeds.
type inputs struct{ x, input, labels, noise, topNoise, weight, klWeight, scale, baseline *gorgonia.Node }

func (o *Objective) inputs() (in inputs) {
	b, m, rows, draws := o.graph, o.model, o.options.Rows, o.options.Rows*o.options.Samples
	in.x, o.X = b.input("x", rows, m.shape.Pixels())
	in.input, o.Input = in.x, o.X
	if o.options.Corrupted {
		in.input, o.Input = b.input("input", rows, m.shape.Pixels())
	}
	in.labels, o.Labels = m.labels(b, rows)
	if m.Variational() {
		in.noise, o.Noise = b.input("noise", draws, m.config.Latent)
	}
	if m.top != nil {
		in.topNoise, o.TopNoise = b.input("top noise", draws, m.config.TopLatent)
	}
	in.weight, o.Weight = b.input("weight", rows)
	in.klWeight, o.klWeight = b.input("KL weight", rows)
	in.scale, o.scale = b.input("KL scale", 1)
	in.baseline, o.signal = b.input("baseline", 1)
	return in
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

// Rows returns B.
func (o *Objective) Rows() int { return o.options.Rows }

// Samples returns K.
func (o *Objective) Samples() int { return o.options.Samples }

// Run computes the loss, the per-row terms and, where asked for, the gradients.
func (o *Objective) Run() error {
	for i, w := range o.Weight {
		o.klWeight[i] = w * float32(o.KLWeight)
	}
	o.scale[0], o.signal[0] = float32(o.KLWeight), float32(o.Baseline)
	return o.graph.run()
}

// Loss returns the weighted loss of the last run, in nats.
func (o *Objective) Loss() float64 { return float64(o.read(o.terms.loss)[0]) }

// Reconstruction returns -log p(x|z) of each draw [B*K], in nats, not weighted.
func (o *Objective) Reconstruction() []float32 { return o.read(o.terms.nll) }

// KL returns the divergence of each image [B], in nats, without KLWeight, not
// weighted; zeros for an autoencoder.
func (o *Objective) KL() []float32 {
	if o.terms.kl == nil {
		return o.nothing
	}
	return o.read(o.terms.kl)
}

// Bound returns the importance-weighted bound of log p(x) of each image [B], in
// nats, not weighted; nil where the objective is another.
func (o *Objective) Bound() []float32 { return o.readAny(o.terms.bound) }

// LogWeights returns log p(x,z) - log q(z|x) of each draw [B*K], in nats; nil where
// the objective is not importance-weighted.
func (o *Objective) LogWeights() []float32 { return o.readAny(o.terms.logw) }

// Code returns the code of each image [B,L] of an autoencoder; nil of another
// model.
func (o *Objective) Code() []float32 { return o.readAny(o.terms.code) }

func (o *Objective) readAny(n *gorgonia.Node) []float32 {
	if n == nil {
		return nil
	}
	return o.read(n)
}

func (o *Objective) read(n *gorgonia.Node) []float32 { return floats(o.graph.value(n)) }

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
