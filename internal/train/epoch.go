package train

import (
	"math"
	"time"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/op"
	"vae/internal/run"
)

// endEpoch validates, saves and reports.
func (t *trainer) endEpoch() error {
	seconds := time.Since(t.started)
	t.epoch++
	t.result.Epochs, t.result.Images, t.result.Training = t.result.Epochs+1, t.result.Images+t.images, t.result.Training+seconds
	if err := t.checkSkipped(); err != nil {
		return err
	}
	if err := t.checkParameters(t.epoch); err != nil {
		return err
	}
	outside, skipped := t.objective.LogvarOutside, t.skipped.epoch
	var row run.Row
	err := t.averaged(func() (err error) {
		row, err = t.keepEpoch(seconds)
		return err
	})
	if err == nil {
		err = t.saveState(metricsOf(row))
	}
	if err != nil {
		return err
	}
	t.Observer.Epoch(row, t.bestEpoch == t.epoch)
	t.warnOfLogvar(outside)
	t.reportSkipped(skipped)
	t.doctor.judge(row.Train.Loss, row.Validation.Loss)
	return nil
}

// keepEpoch measures the model that an epoch has made, and saves what it leaves but its state.
func (t *trainer) keepEpoch(seconds time.Duration) (run.Row, error) {
	trained, validated := t.totals.Mean(), evaluate.NoTerms()
	if t.validation != nil {
		var err error
		if validated, err = t.validation.Measure(t.Data.Validation, t.seed, "validation noise"); err != nil {
			return run.Row{}, err
		}
		if math.IsNaN(validated.Loss) || math.IsInf(validated.Loss, 0) {
			return run.Row{}, &NonFiniteError{t.epoch, t.step, "validation loss", t.likelyCause()}
		}
	}
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
