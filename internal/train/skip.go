package train

import (
	"fmt"
	"math"

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

// norms are those of the gradients of steps that were left out, of one epoch and since the program began.
type norms struct {
	least, greatest   float64 // of those that are finite numbers
	finite, nonFinite int
}

// add takes note of a step; NaN is one whose loss is no finite number.
func (n *norms) add(norm float64) {
	switch {
	case math.IsNaN(norm) || math.IsInf(norm, 0):
		n.nonFinite++
		return
	case n.finite == 0:
		n.least, n.greatest = norm, norm
	}
	n.least, n.greatest = min(n.least, norm), max(n.greatest, norm)
	n.finite++
}

// String is "from 512 to 2304"; "" where none was a finite number.
func (n norms) String() string {
	switch {
	case n.finite == 0:
		return ""
	case n.finite == 1:
		return fmt.Sprintf("%.4g", n.least)
	}
	return fmt.Sprintf("from %.4g to %.4g", n.least, n.greatest)
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
	norm := math.NaN()
	if broken == nil && limit > 0 {
		norm = t.optimizer.Norm(t.objective)
	}
	if limit > 0 && !(norm <= limit) {
		t.leaveOut(norm)
	} else {
		t.optimizer.Step(t.objective, t.rate)
		t.average.follow(t.optimizer.steps)
	}
	t.endStep(n, broken == nil)
	return nil
}

// leaveOut leaves out a step whose gradient has such a norm.
func (t *trainer) leaveOut(norm float64) {
	if t.skipped.epoch == 0 {
		t.tooLong = norms{}
	}
	t.tooLong.add(norm)
	t.skipped.epoch++
	t.skipped.ever++
	t.before.restore(t.Model)
}

// checkSkipped refuses an epoch in which nothing was learned.
func (t *trainer) checkSkipped() error {
	if t.skipped.epoch < t.stepsPerEpoch() {
		return nil
	}
	limit, rate, n := config.Mention("train.skip_gradients", fmt.Sprintf("%g", t.Config.Train.SkipGradients)), config.Mention("train.learning_rate"), t.tooLong
	switch {
	case n.finite == 0:
		return fmt.Errorf("all steps of epoch %d were left out, as their losses or gradients are no finite numbers: lower %s", t.epoch, rate)
	case n.nonFinite > 0:
		return fmt.Errorf("all steps of epoch %d were left out, %d as their losses or gradients are no finite numbers, the others as %s is below the norms of their gradients, which are %v: raise it, or lower %s",
			t.epoch, n.nonFinite, limit, n, rate)
	}
	return fmt.Errorf("all steps of epoch %d were left out, as the norms of their gradients are %v, above %s: raise it, or lower %s", t.epoch, n, limit, rate)
}

// reportSkipped tells of the steps of the epoch that has ended.
func (t *trainer) reportSkipped(epoch int) {
	if epoch == 0 {
		return
	}
	steps := t.stepsPerEpoch()
	text := fmt.Sprintf("%d of the %s of epoch %d left out: the norm of their gradients was above %g, or no finite number",
		epoch, plural(steps, "step"), t.epoch, t.Config.Train.SkipGradients)
	if n := t.tooLong.String(); n != "" {
		text += "; it was " + n
	}
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
