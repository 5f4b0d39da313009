package evaluate

import (
	"context"
	"math"
	"slices"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
	"vae/internal/stats"
)

// The names of what an image is scored by. The reconstruction term has another name for each
// likelihood.
const (
	ScoreLoss  = "loss"  // reconstruction + beta KL, one draw of z
	ScoreKL    = "kl"    // without beta
	ScoreBound = "bound" // -L_k, the importance-weighted bound of k draws
	ScoreMSE   = "mse"   // mean squared error a pixel, at the mean of q(z|x)
)

// ScoreNames are what a model scores an image by, with the bound or without. All are greater for
// a more unusual image, and in nats but for mse and the reconstruction term squared_error.
func ScoreNames(m *model.Model, bound bool) []string {
	facts := m.Likelihood().Facts()
	term := "squared_error"
	switch {
	case facts.Probabilities: // no likelihood where pixels are grey
		term = "bce"
	case facts.Nats:
		term = "reconstruction"
	}
	switch {
	case !m.Variational() && facts.Nats:
		return []string{term, ScoreMSE}
	case !m.Variational(): // D times mse
		return []string{ScoreMSE}
	case bound:
		return []string{ScoreLoss, term, ScoreKL, ScoreBound, ScoreMSE}
	}
	return []string{ScoreLoss, term, ScoreKL, ScoreMSE}
}

// Score is what a model makes of one image.
type Score struct {
	Values          []float64 // of each of ScoreNames
	Original, Image []float32 // [D] pixels, and the mean of p(x|z) at the mean of q(z|x); until the next call
}

// ScoreOptions say how images are scored.
type ScoreOptions struct {
	Samples int    // draws of z for the bound; 0 to leave it out
	Seed    uint64 // of all draws
	Purpose string // what the draws of the loss are for; "" for those of Measure
	Rows    int    // images at a time, which change no figure; infer.Rows where they are 0 or more
}

// Scorer scores images one by one. The draws of an image belong to the seed and its number: it
// has the same figures whatever stands beside it, and a set that is numbered from 0 has in the
// mean those that [Measure] gives it.
type Scorer struct {
	model   *model.Model
	options ScoreOptions
	loss    *Loss
	decoder *infer.Decoder
	bound   *importance // nil without
}

// NewScorer prepares to score. It reads the model's parameters as they are at each call. Errors:
// a bound of a model that is not variational.
func NewScorer(m *model.Model, o ScoreOptions) (*Scorer, error) {
	o.Rows = scoredRows(m, o.Rows)
	loss, err := NewLoss(m, o.Rows, 1, false)
	if err != nil {
		return nil, err
	}
	decoder, err := infer.NewDecoderOf(m, o.Rows)
	if err != nil {
		return nil, err
	}
	s := &Scorer{model: m, options: o, loss: loss, decoder: decoder}
	if o.Purpose == "" {
		s.options.Purpose = testPurpose
	}
	if o.Samples > 0 {
		s.bound, err = newImportance(m, o.Samples, o.Seed)
	}
	return s, err
}

// scoredRows is how many images go through the graphs at a time where so many are asked for.
func scoredRows(m *model.Model, rows int) int {
	most := infer.Rows(m)
	if rows == 0 {
		return most
	}
	return min(rows, most)
}

// ScorerSize is how many bytes NewScorer takes for its graphs without a bound, and Look for the codes, of a model that need not have memory of its own.
func ScorerSize(m *model.Model, rows int) (int, error) {
	rows = scoredRows(m, rows)
	loss, err := m.ObjectiveSize(model.ObjectiveOptions{Rows: rows})
	if err != nil {
		return 0, err
	}
	decoder, err := m.DecoderSize(rows)
	return loss + decoder + latentsSize(m), err
}

// Score scores the images of a split, at most the rows of the options, which are numbered from number
// on. Errors: images that the model cannot take, a context that is done.
func (s *Scorer) Score(ctx context.Context, split dataset.Split, number int) ([]Score, error) {
	return s.ScoreNumbered(ctx, split, dataset.Between(number, number+split.Len()))
}

// ScoreNumbered is Score of images that have these numbers.
func (s *Scorer) ScoreNumbered(ctx context.Context, split dataset.Split, numbers []int) ([]Score, error) {
	if err := infer.Fits(s.model, split); err != nil {
		return nil, err
	}
	o, n := s.loss.objective, split.Len()
	rows := dataset.Between(0, n)
	Feed(o, split, rows, Draws{
		Pixels: infer.Binarization(numbers, s.options.Seed, s.options.Purpose),
		Noise:  rowNoise(numbers, s.options.Seed, s.options.Purpose, o.Rows()),
	})
	if err := o.Run(); err != nil {
		return nil, err
	}
	images, err := s.reconstruct(split, rows)
	if err != nil {
		return nil, err
	}
	bounds, err := s.bounds(ctx, split, numbers)
	if err != nil {
		return nil, err
	}
	scores, d := make([]Score, n), s.model.Shape().Pixels()
	for i := range scores {
		scores[i].Original, scores[i].Image = o.X[i*d:(i+1)*d], images[i]
		scores[i].Values = s.values(i, scores[i], bounds)
	}
	return scores, nil
}

// reconstruct decodes the means of the codes of the objective's last run.
func (s *Scorer) reconstruct(split dataset.Split, rows []int) ([][]float32, error) {
	mu, _ := s.loss.objective.Posterior(0)
	var means [][]float32
	for mean := range slices.Chunk(mu[:len(rows)*s.model.Latent()], s.model.Latent()) {
		means = append(means, mean)
	}
	var labels []int
	if len(s.model.Classes()) > 0 {
		labels = split.Labels()
	}
	return s.decoder.Decode(means, labels)
}

// bounds are -L_k of each image, nil without.
func (s *Scorer) bounds(ctx context.Context, split dataset.Split, numbers []int) ([]float64, error) {
	if s.bound == nil {
		return nil, ctx.Err()
	}
	bounds, rows := make([]float64, split.Len()), s.bound.objective.Rows()
	for first := 0; first < len(bounds); first += rows {
		end := min(first+rows, len(bounds))
		if err := s.bound.images(ctx, bounds[first:end], split, first, numbers[first:end]); err != nil {
			return nil, err
		}
	}
	return bounds, nil
}

// values are the scores of image i, in the order of ScoreNames.
func (s *Scorer) values(i int, score Score, bounds []float64) []float64 {
	terms := imageTerms(s.loss.objective, i, s.model.Config().Beta)
	mse := kernel.SquaredDistance(score.Original, score.Image) / float64(len(score.Image))
	switch {
	case !s.model.Variational() && s.model.Likelihood().Facts().Nats:
		return []float64{terms.Reconstruction, mse}
	case !s.model.Variational():
		return []float64{mse}
	case bounds != nil:
		return []float64{terms.Loss, terms.Reconstruction, terms.KL, bounds[i], mse}
	}
	return []float64{terms.Loss, terms.Reconstruction, terms.KL, mse}
}

// sketched is how many training images at most are scored to know how usual an image is.
const sketched = 1000

// sketchPercents are the quantiles that are kept of their scores, denser in the tails.
var sketchPercents = []float64{
	0, 0.1, 0.2, 0.5, 1, 2, 3, 4, 5, 7.5, 10, 15, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65, 70, 75, 80, 85, 90,
	92.5, 95, 96, 97, 98, 98.5, 99, 99.25, 99.5, 99.6, 99.7, 99.8, 99.85, 99.9, 99.95, 100,
}

// NewTrainingScorer prepares to score training images, rows at a time (0: infer.Rows), with the seed of their training.
func NewTrainingScorer(m *model.Model, samples, rows int, seed uint64) (*Scorer, error) {
	return NewScorer(m, ScoreOptions{Samples: samples, Seed: seed, Purpose: "training scores", Rows: rows})
}

// Sketch scores a sample of the training images, which belongs to the seed: at most 1,000, as
// they are, grey where they are grey. Nil without images, and where a score is no finite number.
func (s *Scorer) Sketch(ctx context.Context, train dataset.Split) (*run.Scores, error) {
	return s.sketch(ctx, train, nil)
}

// sketch is Sketch, in which seen, unless it is nil, gathers the codes of the images.
func (s *Scorer) sketch(ctx context.Context, train dataset.Split, seen *collected) (*run.Scores, error) {
	train.Dynamic = false
	if train.Len() > sketched {
		train = train.Sample(sketched, rng.Stream(s.options.Seed, "sample of the training scores"))
	}
	names := ScoreNames(s.model, s.bound != nil)
	values := make([][]float64, len(names))
	for first := 0; first < train.Len(); first += s.options.Rows {
		batch := train
		batch.Index = train.Index[first:min(first+s.options.Rows, train.Len())]
		scores, err := s.Score(ctx, batch, first)
		if err != nil {
			return nil, err
		}
		if seen != nil {
			seen.add(s.loss.objective, len(scores))
		}
		for _, score := range scores {
			for i, v := range score.Values {
				values[i] = append(values[i], v)
			}
		}
	}
	return quantilesOf(names, values), nil
}

// quantilesOf are the quantiles of the values of each name.
func quantilesOf(names []string, values [][]float64) *run.Scores {
	all := &run.Scores{Images: len(values[0]), Percent: sketchPercents, Quantiles: map[string][]float64{}}
	if all.Images == 0 {
		return nil
	}
	for i, name := range names {
		if slices.ContainsFunc(values[i], func(v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) }) {
			return nil
		}
		all.Quantiles[name] = stats.QuantilesAt(sketchPercents, values[i]).Value
	}
	return all
}
