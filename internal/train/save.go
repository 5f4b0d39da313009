package train

import (
	"context"
	"maps"
	"math"
	"time"

	"vae/internal/config"
	"vae/internal/evaluate"
	"vae/internal/kernel"
	"vae/internal/run"
)

// save writes what an epoch leaves behind but its state, which comes last: whatever
// stands in it has its row, and its model. What the others have beyond it is made again,
// the same, by a run that goes on from there.
func (t *trainer) save(row run.Row, keep bool) error {
	if keep {
		if err := t.saveModel(metricsOf(row)); err != nil {
			return err
		}
	}
	if !t.first() {
		return nil
	}
	if err := t.Dir.AppendMetrics(row); err != nil {
		return err
	}
	if err := t.saveKL(); err != nil {
		return err
	}
	return t.saveSnapshot()
}

// saveKL adds to latents.csv what the examination of the epoch has found, where there are latents with
// a closed form of their KL and not too many of them.
func (t *trainer) saveKL() error {
	kl := t.doctor.divergences()
	if len(kl) == 0 || len(kl) > run.MaxLatents {
		return nil
	}
	return t.Dir.AppendLatents(len(t.Model.Levels()) > 1, run.LatentRow{Epoch: t.epoch, KL: kl})
}

// saveSnapshot saves images of the model as it is, where the settings ask for them.
func (t *trainer) saveSnapshot() error {
	n := t.Config.Train.Snapshots
	if n == 0 || !t.first() {
		return nil
	}
	if t.snapshots == nil {
		var err error
		if t.snapshots, err = evaluate.NewSnapshots(t.Model, n, t.seed, t.unseen); err != nil {
			return err
		}
	}
	return t.Dir.SaveSnapshot(t.epoch, t.snapshots.PNG)
}

// metricsOf are the figures that a model file keeps.
func metricsOf(row run.Row) map[string]float64 {
	metrics := partsOf("train", row.Train)
	maps.Copy(metrics, partsOf("val", row.Validation))
	return metrics
}

// partsOf are the figures of a split that exist.
func partsOf(split string, t run.Terms) map[string]float64 {
	return finite(map[string]float64{split + "_loss": t.Loss, split + "_reconstruction": t.Reconstruction, split + "_kl": t.KL})
}

func (t *trainer) saveModel(metrics map[string]float64) error {
	if !t.first() {
		t.saved = true
		return nil
	}
	if err := t.fitPrior(); err != nil {
		return err
	}
	return t.writeModel(metrics)
}

// keepLast saves the last weights where nothing was left to train and the model was
// taken away.
func (t *trainer) keepLast() error {
	if t.saved {
		return nil
	}
	t.result.Kept = t.epoch
	return t.averaged(func() error { return t.saveModel(nil) })
}

func (t *trainer) writeModel(metrics map[string]float64) error {
	m, err := t.model(t.Config.Config, t.info(metrics))
	if err != nil {
		return err
	}
	t.saved = true
	return t.Dir.SaveModel(m)
}

// model is the model as it is, with what it scores training images by and where their codes lie.
func (t *trainer) model(c config.Config, info run.Info) (*run.Model, error) {
	if t.scorer == nil {
		var err error
		if t.scorer, err = evaluate.NewTrainingScorer(t.Model, 0, t.Config.Train.Batch, t.seed); err != nil {
			return nil, err
		}
	}
	scores, latents, err := t.scorer.Look(context.Background(), t.Data.Train)
	return &run.Model{Config: c, Info: info, Scores: scores, Latents: latents, Tensors: t.Model.Tensors()}, err
}

func (t *trainer) saveState(metrics map[string]float64) error {
	t.checkpointed = time.Now()
	if !t.first() {
		return nil
	}
	tensors := t.Model.Tensors()
	if t.layer != nil {
		tensors = append(tensors, t.layer.optimizer.tensors()...)
	} else {
		tensors = append(append(tensors, t.optimizer.tensors()...), t.average.tensors()...)
	}
	return t.Dir.SaveState(&run.State{
		Config: t.Config.Config, Info: t.info(metrics), BestEpoch: t.bestEpoch, BestLoss: t.bestLoss, Phase: t.waiting(), Kernels: kernel.Bits(), Progress: t.progress(),
		Tensors: tensors,
	})
}

// saveOrigin saves the weights that a run begins with where nothing gives them again, and then
// the configuration: without the weights there is no run to go on with.
func (t *trainer) saveOrigin() error {
	if !t.first() {
		return nil
	}
	if err := t.saveState(nil); err != nil {
		return err
	}
	return t.Dir.SaveConfig(t.Config.Config)
}

func (t *trainer) info(metrics map[string]float64) run.Info {
	return run.Info{
		Program: t.Program, Dataset: t.Data.Name, DatasetSHA256: t.Data.SHA256, PixelMean: t.pixelMean,
		Seed: t.seed, Epoch: t.epoch, Step: t.step, Metrics: metrics, Unseen: t.unseen,
	}
}

// pause saves after a step where training ends there or the last checkpoint is long
// ago: the state, and on an interruption the model too where no epoch has left one.
func (t *trainer) pause(ctx context.Context) error {
	return t.rest(t.stopped(ctx))
}

// rest is pause of a training that is to end, or not yet.
func (t *trainer) rest(interrupted bool) error {
	if due := t.CheckpointEvery > 0 && time.Since(t.checkpointed) >= t.CheckpointEvery; !interrupted && !due {
		return nil
	}
	if interrupted { // of which all know, so that nobody leaves before it is saved
		if err := t.meanwhile(func() error { return t.saveWithin(!t.saved) }); err != nil {
			return err
		}
		return ErrInterrupted
	}
	return t.saveWithin(false)
}

// saveWithin saves the state within an epoch, and the model too if so wanted.
func (t *trainer) saveWithin(model bool) error {
	began := time.Now()
	if err := t.checkParameters(t.epoch + 1); err != nil {
		return err
	}
	metrics := partsOf("train", t.totals.Mean())
	if model {
		if err := t.averaged(func() error { return t.saveModel(metrics) }); err != nil {
			return err
		}
	}
	if err := t.saveState(metrics); err != nil {
		return err
	}
	t.started = t.started.Add(time.Since(began)) // that was no training
	return nil
}

// finite drops figures that do not exist, such as a validation loss without
// validation images.
func finite(metrics map[string]float64) map[string]float64 {
	maps.DeleteFunc(metrics, func(_ string, v float64) bool { return math.IsNaN(v) || math.IsInf(v, 0) })
	return metrics
}
