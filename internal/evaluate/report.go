package evaluate

import (
	"context"
	"fmt"
	"math"
	"slices"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/model"
	"vae/internal/stats"
	"vae/internal/world"
)

// Report is what is known of a model on a set of images. Parts that do not apply
// to it are nil.
type Report struct {
	Images         int       `json:"images"`
	Loss           Estimate  `json:"loss"`                      // of the objective, nats an image
	Reconstruction float64   `json:"reconstruction"`            // its part, one draw of z
	KL             float64   `json:"kl"`                        // its part, without beta
	NLL            *NLLPart  `json:"nll,omitempty"`             // by importance sampling, or exact for PCA
	Activation     *float64  `json:"code_activation,omitempty"` // mean absolute activation of an autoencoder's code
	MSE            float64   `json:"mse"`                       // a pixel, at the mean of q(z|x)
	Active         *int      `json:"active,omitempty"`          // latents whose mean varies by more than 0.01
	Units          []Unit    `json:"units,omitempty"`           // each latent
	TopUnits       []Unit    `json:"top_units,omitempty"`       // each latent of a second stochastic layer, at one draw of the first
	Aggregate      *Averaged `json:"aggregate,omitempty"`
	Probe          *float64  `json:"probe_accuracy,omitempty"` // of a linear classifier on mu
	KNN            *float64  `json:"knn_accuracy,omitempty"`   // of the 5 nearest training images by mu
	Space          *Space    `json:"space,omitempty"`
	Angles         []float64 `json:"principal_angles,omitempty"` // degrees, rising; see Angles
	Gradients      []Spread  `json:"gradients,omitempty"`
}

// NLLPart is a negative log-likelihood in nats an image, or with grey pixels under
// a Bernoulli likelihood the same bound of the cross-entropy, which is none.
type NLLPart struct {
	Estimate
	Samples          int      `json:"samples"` // k of L_k; 0 where it is exact
	BitsPerDimension *float64 `json:"bits_per_dimension,omitempty"`
	Levels           int      `json:"levels,omitempty"` // of a pixel, that the bits are of; 0 of black and white
}

// Averaged describes the aggregate posterior q(z), the mean of q(z|x) over the
// images, against the prior; see stats.Aggregate.
type Averaged struct {
	MutualInformation float64 `json:"mutual_information"` // of image and code, nats
	MarginalKL        float64 `json:"marginal_kl"`        // KL(q(z) || p(z)), nats
	StandardError     float64 `json:"standard_error"`     // of both
	Mean              float64 `json:"largest_mean"`       // the largest magnitude of a latent's mean
	LowestVariance    float64 `json:"lowest_variance"`    // of a latent under q(z)
	HighestVariance   float64 `json:"highest_variance"`
}

// Options say what to measure.
type Options struct {
	Samples   int  // k of L_k; 0 to leave the likelihood out
	Labels    bool // probe and neighbors, where the images have labels
	Space     bool // continuity and completeness, and the angles to PCA
	Gradients int  // repeats of the comparison of gradient estimators; 0 to leave it out
	Seed      uint64
	Progress  func(part string, done, of int) // may be nil

	// World are the processes that share losses and likelihood; nil of one alone. The first has the whole report, the
	// others what they share.
	World world.World
}

// neighborsAsked is the k of the nearest-neighbor classifier.
const neighborsAsked = 5

// GradientRows is how many images at most make the batch on which gradient estimators are compared.
const GradientRows = 100

// Measure measures a model on split; train are the images that the classifiers on
// its codes learn from.
func Measure(ctx context.Context, m *model.Model, split, train dataset.Split, o Options) (*Report, error) {
	if split.Len() == 0 {
		return nil, fmt.Errorf("there are no images to measure on")
	}
	codes, mse, err := infer.ReconstructSplit(m, split, o.Seed, "codes")
	if err != nil {
		return nil, err
	}
	r := &Report{Images: split.Len(), MSE: mse}
	parts := []func() error{
		func() error { return r.losses(ctx, m, split, o) },
		func() error { return r.likelihood(ctx, m, split, o) },
		func() error { return r.latents(m, codes, o) },
		func() error { return r.classifiers(m, codes, split, train, o) },
		func() error { return r.space(m, split, codes, o) },
		func() error { return r.angles(ctx, m, train, o) },
		func() error { return r.gradients(ctx, m, split, o) },
	}
	const shared = 2
	err = inTurn(ctx, parts[:shared])
	if err == nil {
		err = world.Meanwhile(ctx, o.World, func(ctx context.Context) error {
			if o.World != nil && o.World.Rank() > 0 {
				return nil
			}
			return inTurn(ctx, parts[shared:])
		})
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// inTurn does parts of the work until one fails, or somebody wants it to stop.
func inTurn(ctx context.Context, parts []func() error) error {
	for _, part := range parts {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := part(); err != nil {
			return err
		}
	}
	return nil
}

func (r *Report) likelihood(ctx context.Context, m *model.Model, split dataset.Split, o Options) error {
	var nll []float64
	var err error
	part := &NLLPart{}
	switch {
	case m.PCA() != nil:
		nll, err = exactNLL(m, split, o.Seed)
	case m.Variational() && o.Samples > 0:
		part.Samples = o.Samples
		nll, err = NLL(ctx, m, split, o.Samples, o.Seed, o.World, func(n int) {
			if o.Progress != nil {
				o.Progress("likelihood", n, split.Len())
			}
		})
	default:
		return nil
	}
	if err != nil || nll == nil {
		return err
	}
	part.Estimate = estimate(nll)
	if facts := m.Likelihood().Facts(); facts.Levels > 0 || facts.Probabilities && BlackAndWhite(split) {
		bits := BitsPerDimension(part.Mean, m.Shape().Pixels())
		part.BitsPerDimension, part.Levels = &bits, facts.Levels
	}
	r.NLL = part
	return nil
}

// BlackAndWhite reports whether a model sees no grey pixel of the split.
func BlackAndWhite(split dataset.Split) bool {
	if split.Dynamic {
		return true
	}
	for _, i := range split.Index {
		if !split.Set.BlackAndWhite(i) {
			return false
		}
	}
	return true
}

// exactNLL is that of probabilistic PCA; nil where the training images lie in a
// subspace, so that there is none.
func exactNLL(m *model.Model, split dataset.Split, seed uint64) ([]float64, error) {
	p := m.PCA()
	if _, err := p.LogLikelihood(make([]float32, len(p.Mean))); err != nil {
		return nil, nil
	}
	nll := make([]float64, split.Len())
	x := make([]float32, m.Shape().Pixels())
	for i := range nll {
		split.Fill(x, []int{i}, infer.Binarization([]int{i}, seed, nllPurpose))
		l, err := p.LogLikelihood(x)
		if err != nil {
			return nil, err
		}
		nll[i] = -l
	}
	return nll, nil
}

// aggregateDraws is how many draws the aggregate posterior is measured with.
const aggregateDraws = 2000

func (r *Report) latents(m *model.Model, codes *infer.Codes, o Options) error {
	if !m.Variational() || r.Images < 2 { // one image has no variance
		return nil
	}
	units := Units(codes, reference(m.Levels()[0]))
	r.Units, r.Active = units, new(int)
	for _, u := range units {
		if u.Active() {
			*r.Active++
		}
	}
	if !m.StandardNormal() { // as that of a lower layer
		return nil
	}
	a, err := stats.AggregatePosterior(codes.Mu, codes.Logvar, codes.Latent, aggregateDraws, o.Seed)
	if err != nil {
		return err
	}
	r.Aggregate = &Averaged{MutualInformation: a.MutualInformation, MarginalKL: a.MarginalKL, StandardError: a.StandardError, LowestVariance: math.Inf(1)}
	for j := range a.Mean {
		r.Aggregate.Mean = max(r.Aggregate.Mean, math.Abs(a.Mean[j]))
		r.Aggregate.LowestVariance = min(r.Aggregate.LowestVariance, a.Variance[j])
		r.Aggregate.HighestVariance = max(r.Aggregate.HighestVariance, a.Variance[j])
	}
	return nil
}

func (r *Report) classifiers(m *model.Model, codes *infer.Codes, split, train dataset.Split, o Options) error {
	if !o.Labels || !split.Labeled() || !train.Labeled() || train.Len() < neighborsAsked || len(split.Set.Classes) < 2 {
		return nil
	}
	known, asked := train.Labels(), split.Labels()
	if slices.Min(known) == slices.Max(known) {
		return nil
	}
	learned, err := infer.EncodeSplit(m, train, o.Seed, "codes of the training images")
	if err != nil {
		return err
	}
	probe, err := stats.FitProbe(learned.Mu, known, codes.Latent, len(train.Set.Classes), stats.ProbeOptions{L2: stats.DefaultL2})
	if err != nil {
		return err
	}
	accuracy, err := probe.Accuracy(codes.Mu, asked)
	if err != nil {
		return err
	}
	neighbors, err := stats.KNNAccuracy(learned.Mu, known, codes.Mu, asked, codes.Latent, neighborsAsked)
	if err != nil {
		return err
	}
	r.Probe, r.KNN = &accuracy, &neighbors
	return nil
}

func (r *Report) space(m *model.Model, split dataset.Split, codes *infer.Codes, o Options) (err error) {
	if !o.Space || split.Len() <= manifoldOrder || m.Top().Prior == nil {
		return nil
	}
	r.Space, err = MeasureSpace(m, split, codes, o.Seed)
	return err
}

func (r *Report) angles(ctx context.Context, m *model.Model, train dataset.Split, o Options) (err error) {
	if o.Space {
		r.Angles, err = Angles(ctx, m, train, o.Seed)
	}
	return err
}

func (r *Report) gradients(ctx context.Context, m *model.Model, split dataset.Split, o Options) (err error) {
	if o.Gradients > 0 {
		r.Gradients, err = GradientVariance(ctx, m, split, min(GradientRows, split.Len()), o.Gradients, o.Seed)
	}
	return err
}

func finite(x float64) bool { return !math.IsNaN(x) && !math.IsInf(x, 0) }
