package cli

import (
	"context"
	"errors"
	"fmt"
	"unicode/utf8"

	"vae/internal/config"
	"vae/internal/dataset"
	"vae/internal/model"
	"vae/internal/run"
)

// A job is a training that is ready to start.
type job struct {
	config config.Config
	data   *dataset.Splits
	model  *model.Model
	dir    *run.Dir
	goesOn bool            // the run is not a new one
	done   int             // epochs, before it went on
	from   *run.Checkpoint // to go on from; nil of a new run
}

// prepare makes a job of the options: a new run, or one that goes on.
func (o *trainOptions) prepare(ctx context.Context, notes notes) (*job, error) {
	if o.resume.given() {
		return o.reopen(ctx, notes)
	}
	c, err := o.settings.resolve(config.Default())
	if err != nil {
		return nil, err
	}
	if o.run != "" {
		if err := run.Free(o.run); err != nil {
			return nil, err
		}
	}
	j := &job{config: c}
	if err := j.load(ctx, o, notes); err != nil {
		return nil, err
	}
	if j.dir, err = makeRun(o.run, j.config); err != nil {
		return nil, err
	}
	if err := j.dir.SaveConfig(j.config); err != nil {
		return nil, errors.Join(err, j.dir.Discard())
	}
	return j, nil
}

// load reads the images and makes the model with its initial weights.
func (j *job) load(ctx context.Context, o *trainOptions, notes notes) error {
	if err := o.settings.idle(j.config); err != nil {
		return err
	}
	if c := &j.config; c.Model.Kind == config.PCA {
		c.Model.Hidden, c.Model.Activation, c.Model.Likelihood = nil, config.Linear, config.SquaredError
		c.Train.Epochs = 1
	}
	var err error
	if j.data, err = loadData(&j.config, o.maxPixels, notes); err != nil {
		return renamed(err)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	c := j.config
	if j.model, err = model.New(c.Model, j.data.Train.Set.Shape, c.Train.Seed); err != nil {
		return usageError{err}
	}
	if c.Model.OutputBias == "data" {
		return j.model.SetOutputBias(j.data.Train.PixelMeans())
	}
	return nil
}

// loadData opens the data set and writes what it decided into the configuration.
func loadData(c *config.Config, maxPixels int, notes notes) (*dataset.Splits, error) {
	data, err := dataset.Load(c.Data, c.Train.Seed, maxPixels)
	if err != nil {
		return nil, err
	}
	shape := data.Train.Set.Shape
	c.Data.ImageSize = fmt.Sprintf("%dx%d", shape.Width, shape.Height)
	c.Data.Channels = shape.Channels
	c.Data.Validation = data.Validation.Len()
	if err := settleClasses(&c.Model, data); err != nil {
		return nil, err
	}
	if most := min(shape.Pixels(), data.Train.Len()-1); c.Model.Kind == "pca" && c.Model.Latent > most {
		return nil, usagef("--latent %d: %s of %v have at most %d principal components", c.Model.Latent, count(data.Train.Len(), "training image"), shape, most)
	}
	if err := c.Validate(); err != nil { // the names of classes come from folders
		return nil, err
	}
	return data, settleBatch(&c.Train.Batch, data.Train.Len(), notes)
}

// settleClasses finds the classes of a conditional model in the data.
func settleClasses(m *config.Model, data *dataset.Splits) error {
	if !m.Conditional {
		return nil
	}
	for _, split := range []dataset.Split{data.Train, data.Validation, data.Test} {
		if split.Len() > 0 && !split.Labeled() {
			return usagef("--conditional needs a label for every image, and %s has images without one: put them into a folder for each label, or leave out --conditional", data.Name)
		}
	}
	m.Classes = data.Train.Set.Classes
	for _, class := range m.Classes {
		if !utf8.ValidString(class) {
			return usagef("--conditional: the label %q is not in UTF-8: rename its folder", class)
		}
	}
	return nil
}

// settleBatch makes a number of auto, and sees that n training images fill a batch.
func settleBatch(batch *int, n int, notes notes) error {
	most := min(n, config.AutoBatch)
	switch {
	case *batch == config.Auto && most < config.AutoBatch:
		notes.printf("batch %d: there are no more training images\n", most)
		fallthrough
	case *batch == config.Auto:
		*batch = most
	case *batch > n:
		return usagef("--batch %d is more than the %s: lower it, such as to --batch %d", *batch, count(n, "training image"), most)
	}
	return nil
}

func makeRun(path string, c config.Config) (*run.Dir, error) {
	if path != "" {
		return run.Create(path)
	}
	return run.Next(runsRoot, fmt.Sprintf("%s-z%d", c.Model.Kind, c.Model.Latent))
}
