package train

import (
	"context"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
)

// pretrain trains an autoencoder layer by layer, where that is asked for, from the
// bottom (Vincent et al. 2010): each layer of the encoder, with the decoder's that
// mirrors it, as an autoencoder of what the layers below, which stay as they are,
// make of the clean images. Its input is corrupted, its target is not.
//
// The learning rate is constant. Where a sparsity asks for a penalty on the code, it
// comes with the training of all layers. Errors: those of Run.
func (t *trainer) pretrain(ctx context.Context) error {
	if t.Config.Train.Pretrain != config.Layerwise || t.step > 0 {
		return nil
	}
	first := 0
	if t.layer != nil { // that training goes on with
		first = t.layer.number - 1
	}
	for i := first; i <= len(t.Config.Model.Hidden); i++ {
		if t.layer == nil || t.layer.number <= i {
			p, err := t.newPretraining(i)
			if err != nil {
				return err
			}
			t.layer = p
		}
		if err := t.layer.run(ctx); err != nil {
			return err
		}
	}
	t.layer = nil
	return nil
}

// pretraining is that of one layer.
type pretraining struct {
	t           *trainer
	number      int            // of the layer, counted from 1
	layer       string         // its name, also that of its random streams
	part        *model.Model   // the layer and its mirror image, sharing the model's parameters
	below       *model.Encoder // the layers below; nil for the first
	epochs      int
	corruption  config.Corruption
	objective   *model.Objective
	optimizer   *Optimizer
	epoch, step int             // done
	images      int             // done in the epoch under way
	terms       evaluate.Totals // of that epoch
	last        evaluate.Totals // of the last epoch that was done
}

func (t *trainer) newPretraining(i int) (*pretraining, error) {
	rows, layer := t.Config.Train.Batch, t.Config.Layers[i]
	p := &pretraining{t: t, number: i + 1, epochs: layer.Epochs, corruption: layer.Corruption}
	var err error
	if p.part, err = t.Model.Part(i, i+1); err != nil {
		return nil, err
	}
	p.layer = strings.TrimSuffix(p.part.Params()[0].Name, ".weight")
	if p.optimizer, err = NewOptimizer(p.part, t.Config); err != nil {
		return nil, err
	}
	p.objective, err = p.part.NewObjective(model.ObjectiveOptions{
		Rows: rows, Gradients: true, Corrupted: p.corruption.Kind != config.NoNoise, Slices: t.Config.Train.Slices, World: t.World,
	})
	if err != nil {
		return nil, err
	}
	if i > 0 {
		below, err := t.Model.Part(0, i)
		if err != nil {
			return nil, err
		}
		if p.below, err = below.NewEncoder(p.objective.Rows()); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// run trains the layer.
func (p *pretraining) run(ctx context.Context) error {
	if p.epoch == p.epochs { // before training went on
		return nil
	}
	started, order := time.Now(), p.t.Data.Train.Numbers()
	for p.epoch < p.epochs {
		rng.Permutation(order, p.stream("shuffle", uint64(p.epoch+1)))
		for first := p.images; first < len(order); first += p.objective.Batch() {
			p.t.ask(ctx)
			if err := p.learn(order[first:min(first+p.objective.Batch(), len(order))]); err != nil {
				return err
			}
			if err := p.t.pause(ctx); err != nil {
				return err
			}
		}
		if part := nonFinite(p.part, p.optimizer); part != "" {
			return p.diverged(part)
		}
		p.epoch++
		p.last, p.terms, p.images = p.terms, evaluate.Totals{}, 0
		if err := p.t.saveState(nil); err != nil {
			return err
		}
	}
	p.t.Observer.Note(p.text(time.Since(started)))
	return nil
}

// learn is one step.
func (p *pretraining) learn(rows []int) error {
	p.step++
	p.images += len(rows)
	if err := p.load(rows); err != nil {
		return err
	}
	if err := p.objective.Run(); err != nil {
		return err
	}
	if !kernel.Finite(p.objective.Reconstruction()) {
		return p.diverged("reconstruction term of layer " + p.layer)
	}
	p.terms.Add(p.objective, len(rows), 0)
	p.optimizer.Step(p.objective, p.t.Config.Train.LearningRate)
	return nil
}

// load feeds the graph with this process's part of a batch.
func (p *pretraining) load(rows []int) error {
	o, pixels, places := p.objective, p.objective.X, places(p.objective, len(rows))
	if p.below != nil {
		pixels = p.below.X
	}
	changes := dataset.Augmentation{Recipe: p.t.Config.Augment, Stream: p.streams("augmentation", places)}
	p.t.Data.Train.FillChanged(pixels[:len(places)*p.t.Model.Shape().Pixels()], at(rows, places), changes, p.streams("dynamic binarization", places))
	if p.below != nil {
		hidden, _, err := p.below.Run()
		if err != nil {
			return err
		}
		copy(o.X, hidden)
	}
	if p.corruption.Kind != config.NoNoise {
		d := p.part.Shape().Pixels()
		corrupt(o.Input[:len(places)*d], o.X[:len(places)*d], d, p.corruption, p.streams("corruption", places))
	}
	o.Weigh(len(rows))
	return nil
}

// streams are those of the images at some places of the step under way.
func (p *pretraining) streams(purpose string, places []int) func(i int) *rand.Rand {
	return func(i int) *rand.Rand { return p.stream(purpose, uint64(p.step), uint64(places[i])) }
}

func (p *pretraining) stream(purpose string, index ...uint64) *rand.Rand {
	return rng.Stream(p.t.seed, "pretraining of "+p.layer+": "+purpose, index...)
}

func (p *pretraining) diverged(part string) error {
	return &NonFiniteError{p.epoch + 1, p.step, part + " in pretraining", p.t.likelyCause()}
}

// progress is what the state must hold of it.
func (p *pretraining) progress() run.Progress {
	return withSums(run.Progress{Layer: p.number, LayerEpoch: p.epoch, LayerStep: p.step, Images: p.images}, &p.terms)
}

// restore takes the layer's training up where a state has left it, and returns what
// the state holds besides.
func (p *pretraining) restore(s *run.State) (weights []run.Tensor, err error) {
	if s.Progress.LayerEpoch > p.epochs {
		return nil, fmt.Errorf("epoch %d of the %d of layer %d", s.Progress.LayerEpoch, p.epochs, p.number)
	}
	p.epoch, p.step, p.images, p.terms = s.Progress.LayerEpoch, s.Progress.LayerStep, s.Progress.Images, totalsOf(s.Progress)
	return p.optimizer.restore(s.Tensors, p.step)
}

// text says what was trained and what came of it, in the last epoch.
func (p *pretraining) text(took time.Duration) string {
	text := fmt.Sprintf("pretraining layer %d of %d: %d-%d", p.number, len(p.t.Config.Model.Hidden)+1, p.part.Shape().Pixels(), p.part.Latent())
	if p.corruption.Kind != config.NoNoise {
		text += ", " + p.corruption.String()
	}
	term := p.part.Likelihood().Facts().Loss
	return fmt.Sprintf("%s, %s: %s %s, %.1f s", text, plural(p.epochs, "epoch"), term, console.Fixed(p.last.Mean().Loss, 2), took.Seconds())
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
