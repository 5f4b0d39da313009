package train

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path/filepath"
	"time"

	"vae/internal/evaluate"
	"vae/internal/op"
	"vae/internal/run"
)

// RestoreError says that a run cannot go on with what it holds.
type RestoreError struct{ Err error }

func (e *RestoreError) Error() string { return e.Err.Error() }
func (e *RestoreError) Unwrap() error { return e.Err }

// progress is what the state must hold of what is under way.
func (t *trainer) progress() run.Progress {
	if t.layer != nil {
		return t.layer.progress()
	}
	p := run.Progress{
		Images: t.images, LogvarBelow: t.objective.Bounds.Low, LogvarAbove: t.objective.Bounds.High, Baseline: t.average,
	}
	if t.images > 0 { // so that the state after an epoch holds no time
		p.Seconds = time.Since(t.started).Seconds()
	}
	return withSums(p, &t.totals)
}

func withSums(p run.Progress, t *evaluate.Totals) run.Progress {
	s := t.Sums()
	p.Loss, p.Reconstruction, p.KL, p.Activation = s.Loss, s.Reconstruction, s.KL, s.Activation
	return p
}

func totalsOf(p run.Progress) evaluate.Totals {
	return evaluate.TotalsOf(evaluate.Terms{Loss: p.Loss, Reconstruction: p.Reconstruction, KL: p.KL, Activation: p.Activation}, p.Images)
}

// restore takes training up where a state has left it.
func (t *trainer) restore(s *run.State) error {
	fail := func(err error) error {
		return fmt.Errorf("the state of %s is not one of this training: %w", t.Dir.Path(), err)
	}
	t.epoch, t.step, t.bestEpoch, t.bestLoss = s.Info.Epoch, s.Info.Step, s.BestEpoch, s.BestLoss
	if err := t.checkPlace(s.Progress); err != nil {
		return fail(err)
	}
	weights := s.Tensors
	if s.Progress.Layer > 0 {
		l, err := t.newPretraining(s.Progress.Layer - 1)
		if err == nil {
			weights, err = l.restore(s)
		}
		if err != nil {
			return fail(err)
		}
		t.layer = l
	} else {
		var err error
		if weights, err = t.optimizer.restore(weights, t.step); err != nil {
			return fail(err)
		}
		t.restoreEpoch(s.Progress)
	}
	if err := t.Model.Load(weights); err != nil {
		return fail(err)
	}
	return t.restoreKept()
}

// checkPlace refuses places that a training with these settings does not come to.
func (t *trainer) checkPlace(p run.Progress) error {
	rows, n, layers := t.objective.Rows(), t.stepsPerEpoch(), len(t.Config.Model.Hidden)+1
	steps := (p.Images + rows - 1) / rows
	images := p.Images <= len(t.order) && (p.Images%rows == 0 || p.Images == len(t.order))
	switch {
	case p.Layer > 0 && (t.Config.Train.Pretrain != "layerwise" || p.Layer > layers || t.step != 0 || p.LayerStep != p.LayerEpoch*n+steps):
	case p.Layer == 0 && t.step != t.epoch*n+steps:
	case t.bestEpoch > t.epoch || !images:
	default:
		return nil
	}
	return fmt.Errorf("step %d of epoch %d with %d images done, or of layer %d, does not occur in it", t.step, t.epoch, p.Images, p.Layer)
}

// restoreEpoch is restore, of the epoch under way.
func (t *trainer) restoreEpoch(p run.Progress) {
	t.totals, t.images, t.average = totalsOf(p), p.Images, p.Baseline
	t.spent = time.Duration(p.Seconds * float64(time.Second))
	t.objective.Bounds = op.Bounds{Low: p.LogvarBelow, High: p.LogvarAbove}
	if t.step > 0 {
		n := t.stepsPerEpoch()
		t.rate = Rate(t.Config.Train, t.schedule, (t.step-1)/n, (t.step-1)%n, n)
	}
}

// restoreKept finds out about the model that was kept, and makes its configuration
// that of the run, which may go on for longer now.
func (t *trainer) restoreKept() error {
	t.doctor.best = math.NaN()
	if t.bestEpoch == 0 {
		return nil // there is none that counts
	}
	kept, err := run.Load(filepath.Join(t.Dir.Path(), run.ModelFile))
	if errors.Is(err, fs.ErrNotExist) {
		t.Observer.Warning(fmt.Sprintf("%v: the best weights so far, of epoch %d, are lost, and the best of the epochs to come are kept", err, t.bestEpoch))
		t.bestEpoch, t.bestLoss = 0, math.Inf(1)
		return nil
	}
	if err != nil {
		return fmt.Errorf("the best weights so far, of epoch %d, are lost, remove the file to go on without them: %w", t.bestEpoch, err)
	}
	t.saved, t.ahead, t.result.Kept = true, kept.Info.Epoch, kept.Info.Epoch
	if string(kept.Config.YAML()) != string(t.Config.YAML()) {
		kept.Config = t.Config
		if err := t.Dir.SaveModel(kept); err != nil {
			return err
		}
	}
	rows, err := run.ReadMetrics(t.Dir.Path())
	if err != nil {
		return nil // the run goes on without its past
	}
	for _, row := range rows {
		if row.Epoch == t.bestEpoch {
			t.doctor.best = row.TrainLoss
		}
	}
	return nil
}
