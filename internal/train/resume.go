package train

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"time"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/model"
	"vae/internal/op"
	"vae/internal/run"
)

// RestoreError says that a run cannot go on with what it holds. Nothing of that was
// changed.
type RestoreError struct{ Err error }

func (e *RestoreError) Error() string { return e.Err.Error() }
func (e *RestoreError) Unwrap() error { return e.Err }

// goOn takes training up where the checkpoint has left it: first all is looked at,
// then the files of the run are brought to that place.
func (t *trainer) goOn() error {
	var kept *run.Model
	if s := t.From.State; s != nil {
		err := t.restore(s)
		if err == nil && t.first() {
			kept, err = t.restoreKept(s)
		}
		if err != nil {
			return &RestoreError{err}
		}
	}
	if t.first() {
		if err := t.settle(); err != nil {
			return err
		}
	}
	t.From = nil // three times the model, of no use any more
	return t.settleKept(kept)
}

// settle brings the table of a run that goes on to where it does, and the state and the
// configuration to settings that have changed: the state first, which the others are
// made to follow whenever the run goes on.
func (t Task) settle() error {
	if t.From.Fault != nil {
		if err := t.Dir.UsePrevious(); err != nil {
			return err
		}
	}
	s, epochs := t.From.State, 0
	if s != nil {
		epochs = s.Info.Epoch
	}
	rows, err := t.Dir.KeepMetrics(epochs)
	if err != nil {
		return err
	}
	if rows < epochs {
		t.Observer.Warning(fmt.Sprintf("%s lacks %s of the past, and goes on without: to have them, interrupt the training now, bring the file back and go on again",
			run.MetricsFile, plural(epochs-rows, "epoch")))
	}
	if err := t.Dir.KeepLatents(epochs); err != nil {
		return err
	}
	if err := t.Dir.KeepSnapshots(epochs); err != nil {
		return err
	}
	if s != nil && !t.Config.Equal(t.From.Config) {
		s.Config = t.Config.Config
		if err := t.Dir.SaveState(s); err != nil {
			return err
		}
	}
	return t.Dir.SaveConfig(t.Config.Config)
}

// progress is what the state must hold of what is under way.
func (t *trainer) progress() run.Progress {
	if t.layer != nil {
		return t.layer.progress()
	}
	p := run.Progress{
		Images: t.images, LogvarBelow: t.objective.LogvarOutside.Low, LogvarAbove: t.objective.LogvarOutside.High, Baseline: t.baseline,
		Skipped: t.skipped.epoch, SkippedEver: t.skipped.ever, Unmeasured: t.skipped.unmeasured,
	}
	if t.images > 0 { // so that the state after an epoch holds no time
		p.Seconds = time.Since(t.started).Seconds()
	}
	return withSums(p, &t.totals)
}

func withSums(p run.Progress, t *evaluate.Totals) run.Progress {
	p.Terms = t.Sums()
	return p
}

func totalsOf(p run.Progress) evaluate.Totals {
	return evaluate.TotalsOf(p.Terms, p.Images-p.Unmeasured)
}

// restore takes training up where a state has left it.
func (t *trainer) restore(s *run.State) error {
	fail := func(err error) error {
		name := "the run"
		if t.first() {
			name = t.Dir.Path()
		}
		return fmt.Errorf("the state of %s is not one of this training: %w", name, err)
	}
	t.epoch, t.step, t.bestEpoch, t.bestLoss, t.phase = s.Info.Epoch, s.Info.Step, s.BestEpoch, s.BestLoss, s.Phase
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
		if weights, err = t.optimizer.restore(weights, t.step-s.Progress.SkippedEver); err != nil {
			return fail(err)
		}
		if weights, err = takeOut(t.average.tensors(), weights); err != nil {
			return fail(err)
		}
		t.restoreEpoch(s.Progress)
	}
	if err := t.Model.Load(weights); err != nil {
		return fail(err)
	}
	return nil
}

// checkPlace refuses places that a training with these settings does not come to.
func (t *trainer) checkPlace(p run.Progress) error {
	rows, n, layers := t.objective.Batch(), t.stepsPerEpoch(), len(t.Config.Model.Hidden)+1
	steps := (p.Images + rows - 1) / rows
	images := p.Images <= len(t.order) && (p.Images%rows == 0 || p.Images == len(t.order))
	switch {
	case p.Layer > 0 && (t.Config.Train.Pretrain != config.Layerwise || p.Layer > layers || t.step != 0 || p.LayerStep != p.LayerEpoch*n+steps):
	case p.Layer == 0 && t.step != t.epoch*n+steps:
	case p.Skipped > p.SkippedEver || p.Skipped > steps || p.SkippedEver > t.step || p.Unmeasured > p.Images:
	case max(t.bestEpoch, t.phase.Epoch) > t.epoch || t.epoch > t.Config.Train.Epochs || !images:
	default:
		return nil
	}
	return fmt.Errorf("step %d of epoch %d with %d images done, or of layer %d, does not occur in it", t.step, t.epoch, p.Images, p.Layer)
}

// restoreEpoch is restore, of the epoch under way.
func (t *trainer) restoreEpoch(p run.Progress) {
	t.totals, t.images, t.baseline, t.skipped = totalsOf(p), p.Images, p.Baseline, skippedOf(p)
	t.spent = time.Duration(p.Seconds * float64(time.Second))
	t.objective.LogvarOutside = op.Outside{Low: p.LogvarBelow, High: p.LogvarAbove}
	if t.step > 0 {
		n := t.stepsPerEpoch()
		t.rate = Rate(t.Config.Train, t.Config.Schedule, (t.step-1)/n, (t.step-1)%n, n)
	}
}

// restoreKept finds the model that was kept; nil where there is none that counts.
func (t *trainer) restoreKept(s *run.State) (*run.Model, error) {
	t.doctor.best = math.NaN()
	if t.bestEpoch == 0 {
		return nil, nil
	}
	file := filepath.Join(t.Dir.Path(), run.ModelFile)
	kept, err := run.Load(file)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return t.replaceKept(s, err)
	case errors.Is(err, fs.ErrPermission):
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("the best weights so far, of epoch %d, are lost, remove the file to go on without them: %w", t.bestEpoch, err)
	}
	if err := t.checkKept(kept); err != nil {
		return nil, fmt.Errorf("%s: is not the model of this training: %w; bring that back, or remove the file to go on without it", file, err)
	}
	return kept, nil
}

// replaceKept makes the model that somebody has taken away, if the state has its
// weights.
func (t *trainer) replaceKept(s *run.State, missing error) (*run.Model, error) {
	if t.images == 0 && (t.bestEpoch == t.epoch || t.Config.Train.Keep == config.Last) {
		return t.averagedModel(s.Config, s.Info)
	}
	t.Observer.Warning(fmt.Sprintf("%v: the best weights so far, of epoch %d, are lost, and the best of the epochs to come are kept", missing, t.bestEpoch))
	t.bestEpoch, t.bestLoss = 0, math.Inf(1)
	return nil, nil
}

// aheadAtMost is how many epochs a model can be beyond the state: one is saved before
// the state of its epoch, and the state before the last may have to do.
const aheadAtMost = 2

// checkKept refuses a model of another training, or of another time of this one.
func (t *trainer) checkKept(m *run.Model) error {
	epoch := t.bestEpoch
	if t.Config.Train.Keep == config.Last {
		epoch = t.epoch
	}
	info := m.Info
	switch {
	case info.Seed != t.seed || info.DatasetSHA256 != t.Data.SHA256:
		return fmt.Errorf("it has another seed or other images")
	case info.Epoch != epoch && (info.Epoch <= t.epoch || info.Epoch > t.epoch+aheadAtMost):
		return fmt.Errorf("it is of epoch %d, and that of epoch %d was kept", info.Epoch, epoch)
	}
	if _, err := model.Restore(m); err != nil {
		return err
	}
	if was, now, changed := config.Replaced(m.Config, t.Config.Config); changed {
		return fmt.Errorf("its %s is %s, that of the run %s", was.Path, was.Value, now.Value)
	}
	return nil
}

// settleKept makes the configuration of the model that was kept that of the run, which
// may go on for longer now.
func (t *trainer) settleKept(kept *run.Model) error {
	if kept == nil {
		return nil
	}
	t.saved, t.ahead, t.result.Kept = true, kept.Info.Epoch, kept.Info.Epoch
	_, missing := os.Stat(filepath.Join(t.Dir.Path(), run.ModelFile))
	if !t.Config.Equal(kept.Config) || missing != nil {
		kept.Config = t.Config.Config
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
			t.doctor.best = row.Train.Loss
		}
	}
	return nil
}
