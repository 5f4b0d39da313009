// Package train fits a model to data: the optimizer, the loop, validation and
// what is saved along the way.
package train

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/evaluate"
	"vae/internal/model"
	"vae/internal/rng"
	"vae/internal/run"
	"vae/internal/world"
)

// Task is one training run.
type Task struct {
	Config   config.Resolved // stored with the model
	Model    *model.Model    // initialized, or with the weights to begin from; trained in place
	Data     *dataset.Splits
	Dir      *run.Dir
	Program  string // name and version, stored with the model
	Observer Observer

	From            *run.Checkpoint // to go on from; nil to begin
	CheckpointEvery time.Duration   // in which a state is saved within an epoch too; 0 for never

	World world.World // the processes that train together, of which the first alone has Dir; nil of one alone
}

// Observer is told how training goes. Its methods are called from the training
// goroutine and should return soon.
type Observer interface {
	Step(Progress)
	Epoch(row run.Row, best bool)
	Warning(text string)
	Note(text string) // what was done, such as the pretraining of a layer
}

// Progress is where an epoch stands.
type Progress struct {
	Epoch, Epochs   int // counted from 1
	Images, Of      int // in this epoch
	ImagesPerSecond float64
	Terms           evaluate.Terms // means over the epoch so far
}

// Result says how training ended. Kept is the epoch of the saved model. The others are
// what was done since the training began or went on, an epoch that it went on within
// counting as a whole.
type Result struct {
	Epochs, Kept int
	Images       int           // images trained on, in all epochs together
	Training     time.Duration // without validation and saving
}

// ErrInterrupted says that the context was canceled; everything was saved.
var ErrInterrupted = errors.New("interrupted")

// Run trains for the configured number of epochs, after the layers one by one where
// that is asked for. After each epoch it measures the validation images, saves the
// state and, where it is the best so far (or there is no validation, or the last is to
// be kept), the model, and tells the observer of what seems to go wrong. The same task
// gives the same files, whatever the number of threads and however often it was
// interrupted or killed and went on from the state that it had left.
func Run(ctx context.Context, task Task) (Result, error) {
	if err := task.agree(); err != nil {
		return Result{}, err
	}
	warnOfImages(task.Data, task.Observer)
	switch kind := task.Config.Model.Kind; kind {
	case config.PCA:
		return fitPCA(ctx, task)
	case config.VAE, config.AE:
		return descend(ctx, task)
	default:
		return Result{}, fmt.Errorf("no training for the kind of model %q", kind)
	}
}

// descend trains by gradients.
func descend(ctx context.Context, task Task) (Result, error) {
	t, err := newTrainer(task)
	if err == nil && task.From != nil {
		if err = t.goOn(); err == nil {
			err = t.follow()
		}
	}
	if err == nil && task.From == nil && task.Config.Train.From != "" {
		err = t.saveOrigin()
	}
	if err != nil {
		return Result{}, err
	}
	t.warnOfSettings()
	if t.step == 0 && t.layer == nil {
		if err := t.saveSnapshot(); err != nil {
			return t.result, err
		}
	}
	if err := t.pretrain(ctx); err != nil {
		return t.result, err
	}
	if t.step == 0 {
		t.average.begin()
	}
	for !t.over() {
		rng.Permutation(t.order, rng.Stream(t.seed, "shuffle", uint64(t.epoch+1)))
		t.resumeClock()
		for first := t.images; first < len(t.order); first += t.objective.Batch() {
			rows := t.order[first:min(first+t.objective.Batch(), len(t.order))]
			t.loadBatch(rows)
			t.readAhead(first + len(rows))
			t.ask(ctx)
			if t.Config.Train.SkipGradients > 0 {
				t.before.keep(t.Model)
			}
			began := time.Now()
			if err := t.objective.Run(); err != nil {
				return t.result, err
			}
			t.cost.step(time.Since(began))
			if err := t.learn(len(rows)); err != nil {
				return t.result, err
			}
			if err := t.pause(ctx); err != nil {
				return t.result, err
			}
		}
		if err := t.endEpoch(ctx); err != nil {
			return t.result, err
		}
	}
	return t.result, t.keepLast()
}

// trainer is the state of a run between two steps.
type trainer struct {
	Task
	seed       uint64
	objective  *model.Objective
	optimizer  *Optimizer
	average    *average
	skipped    skipping
	tooLong    norms
	before     moments        // the step under way, where it may be left out
	validation *evaluate.Loss // nil without validation images
	scorer     *evaluate.Scorer
	snapshots  *evaluate.Snapshots // nil before the first
	doctor     *doctor
	order      []int // this epoch's permutation of the training images

	rate     float64 // of the last step
	baseline float64 // the average reconstruction term, of the score function

	epoch     int // finished epochs
	step      int // finished steps
	bestEpoch int
	bestLoss  float64
	phase     run.Phase // of full KL weight, for patience
	saved     bool      // a model has been saved
	ahead     int       // epoch of the saved model, which may be beyond the state
	pixelMean float64
	unseen    []string // classes without a training image

	totals  evaluate.Totals // of this epoch
	images  int
	spent   time.Duration // on it, before training went on
	started time.Time     // as if nothing had come between
	result  Result

	layer        *pretraining // under way
	checkpointed time.Time
	stop         []float32 // how many processes are to stop, after a step
	cost         *cost     // nil of one process
}

func newTrainer(task Task) (*trainer, error) {
	t := &trainer{
		Task: task, seed: task.Config.Train.Seed, bestLoss: math.Inf(1),
		order: task.Data.Train.Numbers(), pixelMean: task.Data.Train.Set.Mean(), checkpointed: time.Now(),
		stop: make([]float32, 1),
	}
	if task.Config.Model.Conditional {
		t.unseen = task.Data.Train.Unseen()
	}
	options := optionsOf(task.Config)
	options.World = task.World
	var err error
	if t.objective, err = task.Model.NewObjective(options); err != nil {
		return nil, err
	}
	if task.Data.Validation.Len() > 0 {
		if t.validation, err = NewLoss(task.Model, task.Config); err != nil {
			return nil, err
		}
		t.validation.World = task.World
	}
	if t.optimizer, err = NewOptimizer(task.Model, task.Config); err != nil {
		return nil, err
	}
	t.average = newAverage(task.Model, task.Config.Train.EMA)
	if t.doctor, err = newDoctor(t); err != nil {
		return nil, err
	}
	t.cost, err = newCost(t)
	return t, err
}

// NewLoss prepares to measure what a model is trained on as configured, without what is
// for training alone.
func NewLoss(m *model.Model, c config.Resolved) (*evaluate.Loss, error) {
	return evaluate.NewLoss(m, c.Train.Batch, c.Train.Samples, c.Train.Objective == config.IWAE)
}

func (t *trainer) stepsPerEpoch() int {
	return (len(t.order) + t.objective.Batch() - 1) / t.objective.Batch()
}

// learningRate is that of the step under way.
func (t *trainer) learningRate() float64 {
	n := t.stepsPerEpoch()
	return Rate(t.Config.Train, t.Config.Schedule, t.step/n, t.step%n, n)
}

// over says that all epochs are done, or that patience is.
func (t *trainer) over() bool {
	if t.epoch < t.ahead { // the saved model is to be that of the epochs done
		return false
	}
	return t.epoch >= t.Config.Train.Epochs || t.exhausted()
}

// resumeClock goes on with the clock of the epoch.
func (t *trainer) resumeClock() {
	t.started = time.Now().Add(-t.spent)
	t.spent = 0
}

// endStep counts a step with so many images, whose loss was measured if it is a finite number.
func (t *trainer) endStep(images int, measured bool) {
	t.step++
	t.images += images
	if measured {
		t.totals.Add(t.objective, images, t.Config.Model.Beta)
		t.followBaseline(images)
	} else {
		t.skipped.unmeasured += images
	}
	t.Observer.Step(Progress{
		Epoch: t.epoch + 1, Epochs: t.Config.Train.Epochs, Images: t.images, Of: len(t.order),
		ImagesPerSecond: float64(t.images) / time.Since(t.started).Seconds(), Terms: t.totals.Mean(),
	})
}
