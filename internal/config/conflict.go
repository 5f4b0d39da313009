package config

import (
	"errors"
	"fmt"
)

// Conflict says which settings of a valid configuration, each right by itself, do not go together, and what to use
// instead. It speaks of settings by their flags.
func (c Config) Conflict() error {
	for _, conflict := range []error{
		c.kindConflict(), c.likelihoodConflict(), c.objectiveConflict(), c.estimatorConflict(), c.codeConflict(), c.pretrainConflict(),
		c.patienceConflict(),
	} {
		if conflict != nil {
			return conflict
		}
	}
	return nil
}

// kindConflict finds settings of a variational autoencoder on models that are none.
func (c Config) kindConflict() error {
	m, t := c.Model, c.Train
	if m.Kind == "vae" {
		return nil
	}
	for _, part := range []struct {
		set  bool
		flag string
	}{
		{t.Objective != "elbo", "--objective " + string(t.Objective)}, {t.Samples != 1, fmt.Sprintf("--samples %d", t.Samples)},
		{t.Estimator != "reparameterization", "--estimator " + string(t.Estimator)}, {t.Baseline != "none", "--baseline " + string(t.Baseline)},
		{t.KLWarmup != "none", "--kl-warmup " + t.KLWarmup},
		{t.FreeBits != 0, fmt.Sprintf("--free-bits %g", t.FreeBits)}, {m.Beta != 1, fmt.Sprintf("--beta %g", m.Beta)},
		{m.TopLatent != 0, fmt.Sprintf("--top-latent %d", m.TopLatent)}, {len(m.TopHidden) > 0, "--top-hidden"},
	} {
		if part.set {
			return fmt.Errorf("%s is for models that draw z from q(z|x): use --kind vae, or leave it out of --kind %s", part.flag, m.Kind)
		}
	}
	switch {
	case m.Kind != "pca":
		return nil
	case m.Conditional:
		return errors.New("--conditional is for networks, which can be told a label: use --kind vae or ae, or leave it out of --kind pca")
	case t.Corrupt != "none":
		return fmt.Errorf("--corrupt %s is for training in steps, and --kind pca is computed from the images at once: "+
			"use --kind ae --activation linear, or --corrupt none", t.Corrupt)
	}
	return nil
}

func (c Config) likelihoodConflict() error {
	m := c.Model
	switch {
	case c.Data.Binarize != "none" && m.Likelihood != "bernoulli":
		return fmt.Errorf("--binarize %s makes black and white pixels, which --likelihood %s does not describe: use --likelihood bernoulli, or --binarize none",
			c.Data.Binarize, m.Likelihood)
	case m.Sigma == Learned && m.Kind != "vae":
		return fmt.Errorf("--sigma learned is for --kind vae: for %s use --likelihood mse, or give --sigma a number", m.Kind)
	case m.Sigma == Learned && m.Likelihood != "gaussian":
		return fmt.Errorf("--sigma learned is of --likelihood gaussian, and %s has no sigma: use --likelihood gaussian, or give --sigma a number", m.Likelihood)
	}
	return nil
}

func (c Config) objectiveConflict() error {
	m, t := c.Model, c.Train
	switch {
	case t.Objective == "iwae" && (m.Beta != 1 || t.KLWarmup != "none" || t.FreeBits != 0):
		return errors.New("--objective iwae has no KL term that --beta, --kl-warmup or --free-bits could weigh: use --objective elbo with them")
	case m.TopLatent > 0 && t.FreeBits != 0:
		return errors.New("--free-bits needs the KL of each latent in closed form, which two stochastic layers have not: use --kl-warmup, or --top-latent 0")
	case m.TopLatent == 0 && len(m.TopHidden) > 0:
		return errors.New("--top-hidden lies below a second stochastic layer: give its size with --top-latent")
	case m.TopLatent > 0 && m.Conditional:
		return errors.New("--conditional is for models of one stochastic layer: leave it out, or use --top-latent 0")
	case len(m.Classes) > 0 && !m.Conditional:
		return errors.New("model.classes names the labels of a conditional model: add --conditional, or remove it from the configuration")
	}
	return nil
}

func (c Config) estimatorConflict() error {
	t := c.Train
	switch {
	case t.Estimator == "dreg" && t.Objective != "iwae":
		return errors.New("--estimator dreg is a gradient of the K-sample bound: use it with --objective iwae --samples 5 (or more)")
	case t.Estimator == "score" && t.Objective == "iwae":
		return errors.New("--estimator score is for --objective elbo; the gradients of --objective iwae are reparameterization and dreg")
	case t.Estimator == "score" && t.Baseline == "none":
		return errors.New("--estimator score does not learn without a baseline: use --baseline average, or --baseline leave-one-out with --samples 2 or more")
	case t.Estimator != "score" && t.Baseline != "none":
		return fmt.Errorf("--baseline %s is for --estimator score: use that, or --baseline none with %s", t.Baseline, t.Estimator)
	case t.Baseline == "leave-one-out" && t.Samples < 2:
		return errors.New("--baseline leave-one-out compares the draws of an image with each other: use --samples 2 or more")
	case t.Estimator != "reparameterization" && c.Model.TopLatent > 0:
		return fmt.Errorf("--estimator %s is for models of one stochastic layer: use reparameterization, or --top-latent 0", t.Estimator)
	}
	return nil
}

func (c Config) codeConflict() error {
	sparsity, _ := ParseSparsity(c.Train.Sparsity) // Validate has seen to it
	switch {
	case c.Model.CodeActivation != "linear" && c.Model.Kind != "ae":
		return fmt.Errorf("--code-activation %s is for --kind ae, whose code is a layer: use that, or --code-activation linear with %s",
			c.Model.CodeActivation, c.Model.Kind)
	case sparsity.Kind != "none" && c.Model.Kind != "ae":
		return fmt.Errorf("--sparsity %s is for --kind ae: use that, or --sparsity none with %s", c.Train.Sparsity, c.Model.Kind)
	case sparsity.Kind == "kl" && c.Model.CodeActivation != "sigmoid":
		return errors.New("--sparsity kl compares rates, which only a code between 0 and 1 has: add --code-activation sigmoid, or use --sparsity l1:WEIGHT")
	}
	return nil
}

const wrongLength = "%s lists %d, and the hidden layers and the code together are %d: give one for each, or one for all"

func (c Config) pretrainConflict() error {
	m, t := c.Model, c.Train
	layers := len(m.Hidden) + 1
	switch {
	case t.Pretrain == "none":
		return nil
	case m.Kind != "ae":
		return fmt.Errorf("--pretrain layerwise trains one autoencoder a layer: use --kind ae, or --pretrain none with %s", m.Kind)
	case m.Conditional:
		return errors.New("--pretrain layerwise is for models that do not know the label: leave out --conditional")
	case len(t.PretrainEpochs) != 1 && len(t.PretrainEpochs) != layers:
		return fmt.Errorf(wrongLength, "--pretrain-epochs", len(t.PretrainEpochs), layers)
	case len(t.PretrainCorrupt) != 1 && len(t.PretrainCorrupt) != layers:
		return fmt.Errorf(wrongLength, "--pretrain-corrupt", len(t.PretrainCorrupt), layers)
	}
	return nil
}

func (c Config) patienceConflict() error {
	if c.Train.Patience > 0 && c.Data.Validation == 0 {
		return fmt.Errorf("--patience %d needs validation images to judge by: leave out --validation 0, or use --patience 0", c.Train.Patience)
	}
	return nil
}
