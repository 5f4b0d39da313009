package train

import (
	"vae/internal/config"
	"vae/internal/run"
)

// Validation measures every epoch at the full weight of the KL term, so that the losses of
// all epochs compare, and the best of them is the one that is kept. But a network that
// was trained with less than the full weight is not yet on its way to that loss, which
// rises while the weight does. Patience counts in a phase of full weight alone, from the
// best epoch of that phase: after a linear warm-up in all that follows, with cycles in the
// last part of each.

// full reports whether the last step had the full weight of the KL term.
func (t *trainer) full() bool { return t.fullAt(t.step) }

// fullAt reports whether the last of so many steps has it.
func (t *trainer) fullAt(steps int) bool {
	return t.Config.KLWarmup.At(float64(steps-1)/float64(t.stepsPerEpoch())) >= 1
}

// judge notes the validation loss of the epoch that has ended, for patience.
func (t *trainer) judge(loss float64) {
	switch {
	case t.Config.KLWarmup.Kind == config.NoGrowth: // the best epoch tells
	case !t.full():
		t.phase = run.Phase{}
	case t.phase.Epoch == 0 || loss < t.phase.Loss:
		t.phase = run.Phase{Epoch: t.epoch, Loss: loss}
	}
}

// exhausted reports whether validation has not become better for too long.
func (t *trainer) exhausted() bool {
	since := t.bestEpoch
	if t.Config.KLWarmup.Kind != config.NoGrowth {
		since = t.phase.Epoch
	}
	patience := t.Config.Train.Patience
	return patience > 0 && t.validation != nil && since > 0 && t.epoch-since >= patience
}

// waiting is what the state must hold for patience; nothing without it.
func (t *trainer) waiting() run.Phase {
	if t.Config.Train.Patience == 0 {
		return run.Phase{}
	}
	return t.phase
}
