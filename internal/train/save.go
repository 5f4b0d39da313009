package train

import (
	"maps"
	"math"

	"vae/internal/run"
)

// save writes what an epoch leaves behind. The model comes last but one: when
// metrics.csv has the row, the files of that epoch are complete.
func (t *trainer) save(row run.Row, keep bool) error {
	metrics := metricsOf(row)
	if keep {
		if err := t.saveModel(metrics); err != nil {
			return err
		}
	}
	if err := t.saveState(metrics); err != nil {
		return err
	}
	return t.Dir.AppendMetrics(row)
}

// metricsOf are the figures that a model file keeps.
func metricsOf(row run.Row) map[string]float64 {
	return finite(map[string]float64{
		"train_loss": row.TrainLoss, "train_reconstruction": row.TrainReconstruction, "train_kl": row.TrainKL,
		"val_loss": row.ValLoss, "val_reconstruction": row.ValReconstruction, "val_kl": row.ValKL,
	})
}

func (t *trainer) saveModel(metrics map[string]float64) error {
	if err := t.fitPrior(); err != nil {
		return err
	}
	return t.writeModel(metrics)
}

func (t *trainer) writeModel(metrics map[string]float64) error {
	t.saved = true
	return t.Dir.SaveModel(&run.Model{Config: t.Config, Info: t.info(metrics), Tensors: t.Model.Tensors()})
}

func (t *trainer) saveState(metrics map[string]float64) error {
	return t.Dir.SaveState(&run.State{
		Config: t.Config, Info: t.info(metrics), BestEpoch: t.bestEpoch, BestLoss: t.bestLoss,
		Tensors: append(t.Model.Tensors(), t.optimizer.tensors()...),
	})
}

func (t *trainer) info(metrics map[string]float64) run.Info {
	return run.Info{
		Program: t.Program, Dataset: t.Data.Name, DatasetSHA256: t.Data.SHA256, PixelMean: t.pixelMean,
		Seed: t.seed, Epoch: t.epoch, Step: t.step, Metrics: metrics,
	}
}

// interrupt saves in the middle of an epoch: the state, and the model too where
// no epoch has left one yet.
func (t *trainer) interrupt() error {
	if err := t.checkParameters(t.epoch + 1); err != nil {
		return err
	}
	so := t.totals.Mean()
	metrics := finite(map[string]float64{"train_loss": so.Loss, "train_reconstruction": so.Reconstruction, "train_kl": so.KL})
	if !t.saved {
		if err := t.saveModel(metrics); err != nil {
			return err
		}
	}
	if err := t.saveState(metrics); err != nil {
		return err
	}
	return ErrInterrupted
}

// finite drops figures that do not exist, such as a validation loss without
// validation images.
func finite(metrics map[string]float64) map[string]float64 {
	maps.DeleteFunc(metrics, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return metrics
}
