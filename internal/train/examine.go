package train

import (
	"math/rand/v2"
	"slices"

	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/prior"
	"vae/internal/rng"
)

const (
	examined     = 1000 // images at most that the network is examined with
	examinedRows = 100  // at once
)

// examination is what the network makes of some images: the first of the
// validation set, or of the training set where that is larger.
type examination struct {
	seed      uint64
	images    dataset.Split
	model     *model.Model
	objective *model.Objective // one draw an image, no gradients

	kl    []float64 // mean KL of each latent of the uppermost level; nil without a closed form
	relus []relu    // the layers of rectified linear units
}

// relu is a layer of rectified linear units.
type relu struct {
	layer string
	units int
	dead  []int // those that were 0 for every image
}

// see takes units that are not 0 somewhere, in maps or rows of numbers that lie unit by
// unit, off the list. Most are when the first image has been seen.
func (r *relu) see(values []float32) {
	r.dead = slices.DeleteFunc(r.dead, func(unit int) bool {
		for i := unit; i < len(values); i += r.units {
			if values[i] > 0 {
				return true
			}
		}
		return false
	})
}

func newExamination(task Task) (*examination, error) {
	images := task.Data.Train
	if v := task.Data.Validation; v.Len() >= min(examined, images.Len()) {
		images = v
	}
	images.Index = images.Index[:min(examined, images.Len())]
	e := &examination{seed: task.Config.Train.Seed, images: images, model: task.Model}
	var err error
	e.objective, err = task.Model.NewObjective(model.ObjectiveOptions{Rows: min(examinedRows, task.Config.Train.Batch), Inspect: true})
	return e, err
}

// run looks at all the images with the parameters as they are.
func (e *examination) run() error {
	e.kl, e.relus = nil, nil
	for first := 0; first < e.images.Len(); first += e.objective.Rows() {
		n := min(e.objective.Rows(), e.images.Len()-first)
		e.load(first, n)
		if err := e.objective.Run(); err != nil {
			return err
		}
		e.addKL(n)
		e.addUnits(n)
	}
	return nil
}

func (e *examination) load(first, n int) {
	stream := func(purpose string, i int) *rand.Rand {
		return rng.Stream(e.seed, "examination: "+purpose, uint64(first+i))
	}
	evaluate.Feed(e.objective, e.images, dataset.Between(first, first+n), evaluate.Draws{
		Pixels: func(i int) *rand.Rand { return stream("dynamic binarization", i) },
		Noise:  func(level int, dst []float32) { rng.Normal(dst, stream(ofLevel("noise", level), 0)) },
	})
}

// addKL adds up, for n images, the KL of each latent of the uppermost level from its prior,
// where there is a closed form.
func (e *examination) addKL(n int) {
	p, closed := e.model.Top().Prior.(prior.ClosedKL)
	if !closed {
		return
	}
	mu, logvar := e.objective.Posterior(len(e.model.Levels()) - 1)
	l := len(mu) / e.objective.Rows()
	if e.kl == nil {
		e.kl = make([]float64, l)
	}
	for i, m := range mu[:n*l] {
		e.kl[i%l] += p.LatentKL(i%l, float64(m), float64(logvar[i])) / float64(e.images.Len())
	}
}

// addUnits notes which units of the rectified linear layers were not 0 for n images.
func (e *examination) addUnits(n int) {
	place := 0
	for _, out := range e.objective.Outputs() {
		if out.Activation != kernel.ReLU {
			continue
		}
		if place == len(e.relus) {
			e.relus = append(e.relus, relu{out.Layer, out.Units, dataset.Between(0, out.Units)})
		}
		image := len(out.Values) / e.objective.Rows()
		for i := range n {
			e.relus[place].see(out.Values[i*image:][:image])
		}
		place++
	}
}
