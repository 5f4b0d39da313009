package train

import (
	"fmt"

	"vae/internal/config"
	"vae/internal/model"
	"vae/internal/run"
)

// manySkipped is the part of an epoch's steps above which leaving them out is no exception.
const manySkipped = 0.1

// skipping counts steps that were left out.
type skipping struct {
	ever, epoch int // since the training began, and in this epoch
	unmeasured  int // images of this epoch whose loss is no finite number, and in no mean
}

// moments are those of normalizations before a step, which moves them before it is known whether it is to be left out.
type moments [][]float32

// keep takes what a model keeps besides its weights.
func (m *moments) keep(of *model.Model) {
	fixed := of.Fixed()
	if *m == nil {
		*m = make(moments, len(fixed))
	}
	for i, p := range fixed {
		(*m)[i] = append((*m)[i][:0], p.Value...)
	}
}

// restore brings it back.
func (m moments) restore(to *model.Model) {
	for i, p := range to.Fixed() {
		copy(p.Value, m[i])
	}
}

// learn moves the model by the gradients of the objective's last run, of n images, unless the step is one to leave out
// (Child 2021): a loss that is no finite number, or a gradient whose norm is none or above the limit.
func (t *trainer) learn(n int) error {
	limit, broken := t.Config.Train.SkipGradients, t.checkFinite(n)
	if broken != nil && limit == 0 {
		return broken
	}
	t.rate = t.learningRate()
	if broken != nil || limit > 0 && !(t.optimizer.Norm(t.objective) <= limit) {
		t.skipped.epoch++
		t.skipped.ever++
		t.before.restore(t.Model)
	} else {
		t.optimizer.Step(t.objective, t.rate)
		t.average.follow(t.optimizer.steps)
	}
	t.endStep(n, broken == nil)
	return nil
}

// checkSkipped refuses an epoch in which nothing was learned.
func (t *trainer) checkSkipped() error {
	if t.skipped.epoch < t.stepsPerEpoch() {
		return nil
	}
	return fmt.Errorf("all steps of epoch %d were left out, as their gradients are no finite numbers or have norms above %s: raise it, or lower %s",
		t.epoch, config.Mention("train.skip_gradients", fmt.Sprintf("%g", t.Config.Train.SkipGradients)), config.Mention("train.learning_rate"))
}

// reportSkipped tells of the steps of the epoch that has ended.
func (t *trainer) reportSkipped(epoch int) {
	if epoch == 0 {
		return
	}
	steps := t.stepsPerEpoch()
	text := fmt.Sprintf("%d of the %s of epoch %d left out: the norm of their gradients was above %g, or no finite number",
		epoch, plural(steps, "step"), t.epoch, t.Config.Train.SkipGradients)
	if float64(epoch) > manySkipped*float64(steps) {
		t.Observer.Warning(text + "; raise " + config.Mention("train.skip_gradients") + ", or lower " + config.Mention("train.learning_rate"))
		return
	}
	t.Observer.Note(text)
}

// skippedOf are those that a state tells of.
func skippedOf(p run.Progress) skipping {
	return skipping{ever: p.SkippedEver, epoch: p.Skipped, unmeasured: p.Unmeasured}
}
