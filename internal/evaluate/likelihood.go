package evaluate

import (
	"context"
	"encoding/json"
	"fmt"
	"math"

	"vae/internal/dataset"
	"vae/internal/infer"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/world"
)

// Estimate is a mean over images and its standard error, which tells how far
// other images of the same kind would give another mean.
type Estimate struct {
	Mean          float64 `json:"mean"`
	StandardError Number  `json:"standard_error"` // NaN of one image
}

// Number is a float64 that JSON writes as null where it is not finite.
type Number float64

// MarshalJSON implements json.Marshaler.
func (n Number) MarshalJSON() ([]byte, error) {
	if v := float64(n); !math.IsNaN(v) && !math.IsInf(v, 0) {
		return json.Marshal(v)
	}
	return []byte("null"), nil
}

// estimate of the mean of values, and NaN as the error of one value.
func estimate(values []float64) Estimate {
	var sum, squares float64
	for _, v := range values {
		sum += v
	}
	n := float64(len(values))
	mean := sum / n
	for _, v := range values {
		squares += (v - mean) * (v - mean)
	}
	return Estimate{mean, Number(math.Sqrt(squares / (n - 1) / n))}
}

const (
	// drawsAtOnce is how many draws of z go through the decoder together.
	drawsAtOnce = 500
	// drawsOfStream is how many draws of an image come from one stream: a part of
	// what the same seed means, so that how many go together does not matter.
	drawsOfStream = 100
	// drawsBytes is about what the graph of those draws may take.
	drawsBytes = 1 << 30
)

// NLL estimates the negative log-likelihood in nats of each image of a split by
// the importance-weighted bound of k draws from q(z|x),
//
//	-L_k(x) = -log 1/k sum_i p(x,z_i) / q(z_i|x)
//
// which is never below the true value in the mean and comes to it as k grows
// (Burda et al. 2015). An mse likelihood is the normal distribution with variance
// 1/2 of a pixel, and its constant, which the loss leaves out, is added. Memory does
// not grow with k. The draws of image i belong to the seed and i alone. The processes of w, nil for one alone,
// share the images, and all get all figures. progress,
// where it is not nil, is told how many images are done. Errors: a model that is
// not variational, images that it cannot take, k below 1, a context that is done.
func NLL(ctx context.Context, m *model.Model, split dataset.Split, k int, seed uint64, w world.World, progress func(images int)) ([]float64, error) {
	e, err := newImportance(m, k, seed)
	if err != nil {
		return nil, err
	}
	if err := infer.Fits(m, split); err != nil {
		return nil, err
	}
	nll, rows := make([]float64, 0, split.Len()), e.objective.Rows()
	err = rounds(ctx, w, (split.Len()+rows-1)/rows, rows, func(piece int) ([]float64, error) {
		some := make([]float64, min(rows, split.Len()-piece*rows))
		return some, e.images(ctx, some, split, piece*rows, dataset.Between(piece*rows, piece*rows+len(some)))
	}, func(_ int, some []float64) {
		nll = append(nll, some...)
		if progress != nil {
			progress(len(nll))
		}
	})
	if err != nil {
		return nil, err
	}
	return nll, nil
}

// importance estimates by k draws.
type importance struct {
	objective *model.Objective
	seed      uint64
	k         int
	constant  float64 // of -log p(x|z), nats
}

func newImportance(m *model.Model, k int, seed uint64) (*importance, error) {
	if !m.Variational() {
		return nil, fmt.Errorf("a model of kind %q gives an image no likelihood", m.Config().Kind)
	}
	if k < 1 {
		return nil, fmt.Errorf("a likelihood by %d draws: at least 1 is needed", k)
	}
	o, err := m.NewObjective(drawsTogether(m, k))
	if err != nil {
		return nil, err
	}
	return &importance{o, seed, k, float64(m.Shape().Pixels()) * m.Likelihood().Facts().PixelConstant}, nil
}

// drawsTogether is the graph for k draws: of as many images as make drawsAtOnce, and where
// that takes too much, of fewer, and of fewer draws, whole streams of them.
func drawsTogether(m *model.Model, k int) model.ObjectiveOptions {
	o := model.ObjectiveOptions{Samples: min(k, drawsAtOnce), ImportanceWeighted: true}
	o.Rows = max(1, drawsAtOnce/o.Samples)
	for o.Rows > 1 || o.Samples > drawsOfStream {
		if bytes, err := m.ObjectiveSize(o); err != nil || bytes <= drawsBytes {
			break
		}
		if o.Rows > 1 {
			o.Rows /= 2
		} else {
			o.Samples = max(drawsOfStream, o.Samples/2/drawsOfStream*drawsOfStream)
		}
	}
	return o
}

const nllPurpose = "importance sampling"

// images estimates the images from first on of a split, with all their draws, which belong to
// these numbers.
func (e *importance) images(ctx context.Context, nll []float64, split dataset.Split, first int, numbers []int) error {
	sums := make([]kernel.LogSum, len(nll))
	Feed(e.objective, split, dataset.Between(first, first+len(nll)), Draws{Pixels: infer.Binarization(numbers, e.seed, nllPurpose)})
	draws := e.objective.Samples()
	for from := 0; from < e.k; from += draws {
		if err := ctx.Err(); err != nil {
			return err
		}
		e.noise(numbers, from)
		if err := e.objective.Run(); err != nil {
			return err
		}
		for i := range sums {
			for _, w := range e.objective.LogWeights()[i*draws:][:min(draws, e.k-from)] {
				sums[i].Add(float64(w))
			}
		}
	}
	for i := range nll {
		nll[i] = e.constant - (sums[i].Value() - math.Log(float64(e.k)))
	}
	return nil
}

// noise draws what belongs to the draws from, from+1, ... of each image.
func (e *importance) noise(numbers []int, from int) {
	o, draws := e.objective, e.objective.Samples()
	streams := (draws + drawsOfStream - 1) / drawsOfStream
	for level, dst := range o.Noise {
		width, purpose := len(dst)/(o.Rows()*draws), ofLevel(nllPurpose, level)
		kernel.Parallel(len(numbers)*streams, func(part int) {
			row, s := part/streams, part%streams
			begin, end := s*drawsOfStream, min((s+1)*drawsOfStream, draws)
			rng.Normal(dst[(row*draws+begin)*width:(row*draws+end)*width],
				rng.Stream(e.seed, purpose, uint64(numbers[row]), uint64(from/drawsOfStream+s)))
		})
	}
}

// BitsPerDimension converts nats an image of D pixels.
func BitsPerDimension(nats float64, pixels int) float64 {
	return nats / (float64(pixels) * math.Ln2)
}
