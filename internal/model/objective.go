package model

import (
	"fmt"

	"vae/internal/graph"
	"vae/internal/op"
)

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
// With several levels z is the latents of all of them, and kl_i is estimated with the
// K draws. For an autoencoder, whose code is a point, it is
//
//	loss = sum_i w_i nll_i + sparsity
//
// The caller fills X, Noise and Weight, and what else is not nil, and calls Run. A
// batch with fewer than B images is padded with rows of weight 0 (Pad), and its loss is
// exact.
//
// Where several processes share the batch, what the caller fills are the own rows of it, B of all divided by their
// number, with the weights that they have in the whole; the terms of each row that are read after a run, and the
// gradients, are those of the whole batch.
type Objective struct {
	X             []float32   // [B,D] pixels in [0,1], the target
	Input         []float32   // [B,D] what the encoder sees; X itself unless Corrupted
	Labels        []float32   // [B,C] one-hot labels; nil unless the model is conditional
	Noise         [][]float32 // [B*K,L] standard normal draws of each level, the lowest first; none for an autoencoder
	Weight        []float32   // [B] weights of the images, 1/n for the mean of n
	KLWeight      float64     // beta, at the start that of the configuration
	Baseline      float64     // of the score function without LeaveOneOut, in nats
	LogvarOutside op.Outside  // how often logvar left its range, since the start

	options                 ObjectiveOptions
	model                   *Model
	graph                   *graph.Graph
	klWeight, scale, signal []float32 // inputs that Run fills from the fields above
	path                    path
	terms                   terms
	gradients               []*graph.Node
	nothing                 []float32 // [B] zeros
	batch                   int       // rows of all processes
	whole                   *whole    // nil without other processes
}

// terms are the nodes of a loss that are read after a run; nil is one that the
// loss does not have.
type terms struct {
	loss *graph.Node // scalar
	nll  *graph.Node // [B*K]
	kl   *graph.Node // [B]
	logw *graph.Node // [B*K]
	iwae *graph.Node // [B] the importance-weighted bound
}

// NewObjective builds the graph.
func (m *Model) NewObjective(options ObjectiveOptions) (*Objective, error) {
	options.Samples = max(options.Samples, 1)
	if err := m.check(options); err != nil {
		return nil, err
	}
	o := &Objective{model: m, options: options, KLWeight: m.config.Beta, nothing: make([]float32, options.Rows), batch: options.Rows}
	o.options.Rows = o.ownRows()
	var err error
	if o.graph, err = graph.Build(o.build); err == nil && o.options.slices().Shared() {
		o.whole = o.newWhole()
	}
	return o, err
}

// ownRows is how many rows of the batch are this process's.
func (o *Objective) ownRows() int {
	if o.options.slices().Shared() {
		return o.batch / o.options.World.Size()
	}
	return o.batch
}

func (o *Objective) build(b *graph.Builder) {
	b.Slice(o.options.slices())
	in := o.inputs(b)
	o.path = o.draw(b, in)
	switch {
	case !o.model.Variational():
		o.autoencoder(b, in)
	case o.options.ImportanceWeighted:
		o.importanceWeighted(b, in)
	default:
		o.elbo(b, in)
	}
	t := o.terms
	b.Keep(t.loss, t.nll, t.kl, t.logw, t.iwae)
	for _, c := range o.path.codes {
		b.Keep(c.Mu, c.Logvar)
	}
	if o.options.Gradients {
		o.gradients = b.Gradients(t.loss, o.model.params)
	}
	if o.options.Inspect {
		b.KeepTraced()
	}
}

// inputs are the nodes of what the caller feeds.
type inputs struct {
	x, input, labels                  *graph.Node
	noise                             []*graph.Node // of each level
	weight, klWeight, scale, baseline *graph.Node
}

func (o *Objective) inputs(b *graph.Builder) (in inputs) {
	m, rows := o.model, o.options.Rows
	in.x, o.X = b.Input("x", rows, m.shape.Pixels())
	in.input, o.Input = in.x, o.X
	if o.options.Corrupted {
		in.input, o.Input = b.Input("input", rows, m.shape.Pixels())
	}
	in.labels, o.Labels = m.labels(b, rows)
	if m.Variational() {
		for i, l := range m.levels {
			node, noise := b.Input(fmt.Sprintf("noise %d", i), rows*o.options.Samples, l.Latents)
			in.noise, o.Noise = append(in.noise, node), append(o.Noise, noise)
		}
	}
	in.weight, o.Weight = b.Input("weight", rows)
	if o.options.Training {
		b.Train(in.weight)
	}
	if !o.options.Gradients && !o.options.Inspect {
		b.Measure()
	}
	in.klWeight, o.klWeight = b.Input("KL weight", rows)
	in.scale, o.scale = b.Input("KL scale", 1)
	in.baseline, o.signal = b.Input("baseline", 1)
	return in
}

// Pad fills the rows beyond the first n with copies of these, in turn: they weigh nothing, and
// nothing that is computed of them is out of the ordinary. What lay there before may be so far
// from what a normalization has measured of the batch that its figures are no numbers.
func (o *Objective) Pad(n int) {
	if n < 1 || n >= o.options.Rows {
		return
	}
	inputs := [][]float32{o.X, o.Labels}
	if o.options.Corrupted {
		inputs = append(inputs, o.Input)
	}
	for _, x := range append(inputs, o.Noise...) {
		row := len(x) / o.options.Rows
		for i := n; i < o.options.Rows; i++ {
			copy(x[i*row:(i+1)*row], x[i%n*row:])
		}
	}
}

// Weigh gives the first n images of the batch the weights of a mean, and the rows beyond them none.
func (o *Objective) Weigh(n int) {
	first := o.First()
	for i := range o.Weight {
		o.Weight[i] = 0
		if first+i < n {
			o.Weight[i] = 1 / float32(n)
		}
	}
}

// Rows returns how many rows the caller fills: B, or this process's part of it.
func (o *Objective) Rows() int { return o.options.Rows }

// Batch returns B, the rows of all processes.
func (o *Objective) Batch() int { return o.batch }

// First is which row of the batch the first one here is.
func (o *Objective) First() int {
	if !o.options.slices().Shared() {
		return 0
	}
	return o.options.World.Rank() * o.options.Rows
}

// Samples returns K.
func (o *Objective) Samples() int { return o.options.Samples }

// Run computes the loss, the per-row terms and, where asked for, the gradients.
func (o *Objective) Run() error {
	for i, w := range o.Weight {
		o.klWeight[i] = w * float32(o.KLWeight)
	}
	o.scale[0], o.signal[0] = float32(o.KLWeight), float32(o.Baseline)
	if o.whole != nil {
		return o.runShared()
	}
	return o.graph.Run()
}

// Loss returns the weighted loss of the last run, in nats.
func (o *Objective) Loss() float64 { return float64(o.graph.Read(o.terms.loss)[0]) }

// Reconstruction returns -log p(x|z) of each draw [B*K], in nats, not weighted.
func (o *Objective) Reconstruction() []float32 {
	if o.whole != nil {
		return o.whole.nll
	}
	return o.graph.Read(o.terms.nll)
}

// KL returns the divergence of each image [B], in nats, without KLWeight, not
// weighted; zeros for an autoencoder.
func (o *Objective) KL() []float32 {
	switch {
	case o.terms.kl == nil:
		return o.nothing
	case o.whole != nil:
		return o.whole.kl
	}
	return o.graph.Read(o.terms.kl)
}

// IWAE returns the importance-weighted bound of log p(x) of each image [B], in
// nats, not weighted; nil where the objective is another.
func (o *Objective) IWAE() []float32 {
	if o.whole != nil {
		return o.whole.iwae
	}
	return o.graph.Read(o.terms.iwae)
}

// LogWeights returns log p(x,z) - log q(z|x) of each draw [B*K], in nats; nil where
// the objective is not importance-weighted.
func (o *Objective) LogWeights() []float32 { return o.graph.Read(o.terms.logw) }

// Code returns the code of each image [B,L] of an autoencoder; nil of another
// model.
func (o *Objective) Code() []float32 {
	if o.model.Variational() {
		return nil
	}
	if o.whole != nil {
		return o.whole.code
	}
	mu, _ := o.Posterior(0)
	return mu
}

// Gradient returns the gradient of the loss with respect to parameter i of
// Params. The memory is the graph's and is overwritten by the next run.
func (o *Objective) Gradient(i int) []float32 { return o.graph.Read(o.gradients[i]) }

// Memory returns how many bytes hold what the operations of the graph write, and how many
// they would take if nothing shared a place.
func (o *Objective) Memory() (shared, apart int) { return o.graph.Memory() }
