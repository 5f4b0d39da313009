package train

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/kernel"
	"vae/internal/model"
)

// NonFiniteError says that training has diverged. The best model so far is kept.
type NonFiniteError struct {
	Epoch, Step int
	Part        string // of the loss
	Cause       string // the likely one
}

func (e *NonFiniteError) Error() string {
	return fmt.Sprintf("the %s is no finite number in epoch %d at step %d: %s", e.Part, e.Epoch, e.Step, e.Cause)
}

// checkFinite looks at the parts of the loss of the n images of the step that was just computed.
func (t *trainer) checkFinite(n int) error {
	for _, part := range []struct {
		name  string
		terms []float32
	}{{"reconstruction term", t.objective.Reconstruction()[:n*t.objective.Samples()]}, {"KL term", t.objective.KL()[:n]}} {
		if !kernel.Finite(part.terms) {
			return &NonFiniteError{t.epoch + 1, t.step + 1, part.name, t.likelyCause()}
		}
	}
	return nil
}

// checkParameters guards what is about to be saved after the last step.
func (t *trainer) checkParameters(epoch int) error {
	if part := nonFinite(t.Model, t.optimizer); part != "" {
		return &NonFiniteError{epoch, t.step, part, t.likelyCause()}
	}
	return nil
}

// nonFinite names the first parameter, what is remembered of it or saved beside it, that holds
// something else than finite numbers; "" where all is well.
func nonFinite(m *model.Model, o *Optimizer) string {
	for i, p := range m.Params() {
		switch {
		case !kernel.Finite(p.Value):
			return "parameter " + p.Name
		case !o.finite(i):
			return "optimizer's state of " + p.Name
		}
	}
	for _, p := range m.Fixed() {
		if !kernel.Finite(p.Value) {
			return "saved tensor " + p.Name
		}
	}
	return ""
}

func (t *trainer) likelyCause() string {
	lr, sigma := t.Config.Train.LearningRate, t.Model.Likelihood().Facts().Sigma
	switch {
	case t.decayOfAStep() >= 1:
		return fmt.Sprintf("weight decay %g takes %.3g of each weight from it in a step at the learning rate %g, try %s",
			t.Config.Train.WeightDecay, t.decayOfAStep(), lr, config.Mention("train.weight_decay", "0.01"))
	case lr > 3e-3:
		return fmt.Sprintf("the learning rate %g is probably too high, try %s", lr, config.Mention("train.learning_rate", "0.001"))
	case sigma > 0 && sigma < 1e-2:
		return fmt.Sprintf("sigma %.4g makes the likelihood very steep, try a larger one or a lower %s", sigma, config.Mention("train.learning_rate"))
	case t.Config.Model.Beta > 100:
		return fmt.Sprintf("beta %g makes the KL term dominate, try a smaller one", t.Config.Model.Beta)
	}
	return fmt.Sprintf("training has diverged, try a lower %s (it is %g)", config.Mention("train.learning_rate"), lr)
}
