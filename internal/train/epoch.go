package train

import (
	"context"
	"errors"
	"math"
	"time"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/op"
	"vae/internal/run"
)

// endEpoch validates, saves and reports. An interruption while it validates leaves the epoch at its last step.
func (t *trainer) endEpoch(ctx context.Context) error {
	seconds := time.Since(t.started)
	t.epoch++
	if err := t.checkSkipped(); err != nil {
		return err
	}
	if err := t.checkParameters(t.epoch); err != nil {
		return err
	}
	if err := t.checkEqual(); err != nil {
		return err
	}
	validated, err := t.validate(ctx)
	if errors.Is(err, context.Canceled) {
		t.epoch--
		return t.rest(true)
	}
	if err != nil {
		return err
	}
	t.result.Epochs, t.result.Images, t.result.Training = t.result.Epochs+1, t.result.Images+t.images, t.result.Training+seconds
	outside, skipped := t.objective.LogvarOutside, t.skipped.epoch
	var row run.Row
	err = t.meanwhile(func() error {
		err := t.averaged(func() (err error) {
			row, err = t.keepEpoch(seconds, validated)
			return err
		})
		if err == nil {
			err = t.saveState(metricsOf(row))
		}
		return err
	})
	if err != nil {
		return err
	}
	t.Observer.Epoch(row, t.bestEpoch == t.epoch)
	t.warnOfLogvar(outside)
	t.reportSkipped(skipped)
	t.doctor.judge(row.Train.Loss, row.Validation.Loss)
	return nil
}

// validate measures the model that an epoch has made on the validation images, if there are some.
func (t *trainer) validate(ctx context.Context) (validated evaluate.Terms, err error) {
	if t.validation == nil {
		return evaluate.NoTerms(), nil
	}
	err = t.averaged(func() error {
		validated, err = t.validation.Measure(ctx, t.Data.Validation, t.seed, "validation noise")
		return err
	})
	if err == nil && (math.IsNaN(validated.Loss) || math.IsInf(validated.Loss, 0)) {
		err = &NonFiniteError{t.epoch, t.step, "validation loss", t.likelyCause()}
	}
	return validated, err
}

// keepEpoch saves what an epoch leaves but its state.
func (t *trainer) keepEpoch(seconds time.Duration, validated evaluate.Terms) (run.Row, error) {
	trained := t.totals.Mean()
	best := t.validation == nil || validated.Loss < t.bestLoss
	if best {
		t.bestEpoch, t.bestLoss = t.epoch, validated.Loss
		if t.validation == nil {
			t.bestLoss = trained.Loss
		}
	}
	t.judge(validated.Loss)
	keep := best || t.Config.Train.Keep == config.Last
	if keep {
		t.result.Kept = t.epoch
	}
	row := t.row(seconds, t.images, trained, validated)
	t.totals, t.images, t.objective.LogvarOutside, t.skipped = evaluate.Totals{}, 0, op.Outside{}, skipping{ever: t.skipped.ever}
	if err := t.doctor.examine(); err != nil {
		return run.Row{}, err
	}
	return row, t.save(row, keep)
}

// row is what metrics.csv holds of the epoch that has ended.
func (t *trainer) row(seconds time.Duration, images int, trained, validated evaluate.Terms) run.Row {
	if t.Config.Model.Kind != config.AE {
		trained.Activation = math.NaN()
	}
	return run.Row{
		Epoch: t.epoch, Step: t.step, Seconds: seconds.Seconds(), ImagesPerSecond: float64(images) / seconds.Seconds(),
		Train: trained, Validation: validated, LearningRate: t.rate,
	}
}
