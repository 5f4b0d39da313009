package model

import (
	"errors"
	"fmt"

	"vae/internal/config"
	"vae/internal/prior"
	"vae/internal/world"
)

// ObjectiveOptions say which loss to compute, and for how many images at once.
type ObjectiveOptions struct {
	Rows    int // B, images in a batch
	Samples int // K, draws of z an image; 0 means 1
	// ImportanceWeighted chooses the bound of Burda et al. 2015 over the evidence
	// lower bound. With one sample they differ in their noise alone.
	ImportanceWeighted bool
	Gradients          bool // compute the gradients of the loss too
	// Training lets layers act as they do in training: batch normalization by the moments of
	// the batch, by which each Run moves those that are saved with the model.
	Training bool
	Inspect  bool // let what the layers put out be read: Objective.Outputs
	// Estimator of the gradient with respect to the parameters of q(z|x), "" for
	// reparameterization.
	Estimator   config.Estimator
	LeaveOneOut bool            // baseline of the score function, instead of Objective.Baseline
	Corrupted   bool            // the encoder's input is not the target: Objective.Input
	FreeBits    float64         // nats of KL a latent that cost nothing
	Sparsity    config.Sparsity // penalty on the code of an autoencoder
	// Slices is how many parts of the rows sums over these are made of, a power of two; 0 means 1.
	// Where World is not nil its processes share them, whole slices each, and with them the batch.
	Slices int
	World  world.World
}

// slices are those of this process.
func (o ObjectiveOptions) slices() world.Slices {
	s := world.Slices{Own: max(o.Slices, 1), World: o.World}
	if s.Shared() {
		s.Own /= o.World.Size()
	}
	return s
}

// checkSlices refuses parts that are not equal.
func (o ObjectiveOptions) checkSlices() error {
	n, processes := max(o.Slices, 1), 1
	if o.World != nil {
		processes = o.World.Size()
	}
	switch {
	case n&(n-1) != 0 || o.Rows%n != 0:
		return fmt.Errorf("%d slices of %d rows: a power of two that divides them is needed", n, o.Rows)
	case n%processes != 0:
		return fmt.Errorf("%d slices for %d processes, of which each takes as many", n, processes)
	}
	return nil
}

// check refuses options that the model or the others have no use for.
func (m *Model) check(o ObjectiveOptions) error {
	sparse := o.Sparsity.Kind != "" && o.Sparsity.Kind != config.NoPenalty
	weighs := o.ImportanceWeighted || o.FreeBits != 0 || o.LeaveOneOut || o.Estimator != "" && o.Estimator != config.Reparameterization
	switch {
	case !m.Variational() && o.Samples > 1:
		return fmt.Errorf("%d samples of the code of kind %q, which is a point", o.Samples, m.config.Kind)
	case !m.Variational() && weighs:
		return fmt.Errorf("an objective of draws for the code of kind %q, which is a point", m.config.Kind)
	case m.Variational() && sparse:
		return errors.New("sparsity of a code that is no point")
	case o.FreeBits != 0 && (o.ImportanceWeighted || len(m.levels) > 1 || !m.closed()):
		return errors.New("free bits of a divergence that has no closed form in the loss")
	}
	if err := o.checkSlices(); err != nil {
		return err
	}
	return o.checkEstimator(len(m.levels))
}

// closed reports whether the divergence from the prior of the uppermost level has a closed
// form.
func (m *Model) closed() bool {
	_, closed := m.Top().Prior.(prior.ClosedKL)
	return closed
}

func (o ObjectiveOptions) checkEstimator(levels int) error {
	switch o.Estimator {
	case "", config.Reparameterization:
		if o.LeaveOneOut {
			return errors.New("a baseline of draws without the score function")
		}
		return nil
	case config.DReG:
		if !o.ImportanceWeighted || levels > 1 {
			return errors.New("the doubly reparameterized gradient is one of the importance-weighted bound, with one level of latents")
		}
		return nil
	case config.Score:
		if o.ImportanceWeighted || levels > 1 {
			return errors.New("the score function is for the evidence lower bound, with one level of latents")
		}
		return nil
	}
	return fmt.Errorf("unknown estimator %q", o.Estimator)
}
