package cli

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/dataset"
	"vae/internal/memory"
	"vae/internal/model"
	"vae/internal/run"
	"vae/internal/train"
	"vae/internal/world"
)

// A job is a training that is ready to start.
type job struct {
	config config.Resolved
	data   *dataset.Splits
	model  *model.Model
	dir    *run.Dir
	goesOn bool            // the run is not a new one
	done   int             // epochs, before it went on
	origin *origin         // the model that it begins from; nil for none
	from   *run.Checkpoint // to go on from; nil of a new run
	notes  []string        // on what the data have decided
	need   *train.Need     // of memory
	world  world.World     // the processes that share it
}

// prepare makes a job of the options: a new run, or one that goes on.
func (o *trainOptions) prepare(ctx context.Context, notes console.Notes) (*job, error) {
	if o.resume.given() {
		return o.reopen(ctx, notes)
	}
	base, origin, err := o.origin.load(config.Default(), &o.processes)
	if err != nil {
		return nil, err
	}
	c, err := o.settings.resolve(ctx, base)
	if err != nil {
		return nil, err
	}
	c = origin.settled(c)
	if err := origin.check(c); err != nil {
		return nil, err
	}
	if o.run != "" && o.processes.first() {
		if err := o.free(c.Data.Source); err != nil {
			return nil, err
		}
	}
	j := &job{origin: origin, world: o.processes.World}
	if err := j.loadTogether(ctx, o, c); err != nil {
		return nil, err
	}
	if !o.processes.first() {
		j.dir = run.Elsewhere(o.run)
		return j, nil
	}
	if j.dir, err = makeRun(o.run, j.config.Model); err != nil {
		return nil, err
	}
	if origin != nil { // whose weights are saved before
		return j, nil
	}
	if err := j.dir.SaveConfig(j.config.Config); err != nil {
		return nil, errors.Join(err, j.dir.Discard())
	}
	return j, nil
}

// free says why the run directory cannot be made: it holds something, were it the
// settings to begin with. The folder of the images is not made one: commands pass over runs.
func (o *trainOptions) free(source string) error {
	if sameFile(o.run, source) {
		return usagef("--run %s is the folder of the images, which as a run would be passed over; name another folder", o.run)
	}
	if file := filepath.Join(o.run, run.ConfigFile); o.settings.file != "" && sameFile(o.settings.file, file) {
		return usagef("--run %s: its %s would be overwritten, from which the settings are read; name another folder", o.run, run.ConfigFile)
	}
	return run.Free(o.run)
}

// loadTogether is load, in which no process waits for others that have more to do.
func (j *job) loadTogether(ctx context.Context, o *trainOptions, c config.Config) error {
	return world.Meanwhile(ctx, o.processes.World, func(ctx context.Context) error { return j.load(ctx, o, c) })
}

// load reads the images, settles the configuration by them and makes the model with its
// initial weights.
func (j *job) load(ctx context.Context, o *trainOptions, c config.Config) error {
	if err := o.settings.idle(c); err != nil {
		return err
	}
	var err error
	if j.data, err = o.images(ctx, c); err != nil {
		return renamed(j.without(err, c))
	}
	if err := j.checkImages(c); err != nil {
		return err
	}
	c, note := o.colored(c, j.data)
	if err := o.settings.sized(j.settle(c, o.yields)); err != nil {
		return j.inherited(err)
	}
	if err := o.settings.latents(j.config.Model); err != nil {
		return err
	}
	if note != "" {
		j.notes = append(j.notes, note)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if j.model, err = model.New(j.config.Model, j.config.Shape, j.config.Train.Seed); err != nil {
		return console.Usage(err)
	}
	if j.origin != nil {
		return j.begin()
	}
	if j.config.Model.OutputBias == config.BiasOfData {
		return j.model.SetOutputBias(j.data.Train.PixelMeans())
	}
	return nil
}

// inherited is the error about images without a label as that of the model that the run begins from, of which nothing can be left out.
func (j *job) inherited(err error) error {
	var conflict *config.Conflict
	if j.origin == nil || !errors.As(err, &conflict) || conflict.Setting != "model.conditional" {
		return err
	}
	return usagef("--from %s: is a conditional model and %s: put them into a folder for each label", j.origin.file, conflict.Reason)
}

// begin gives the model the weights that it begins with.
func (j *job) begin() error {
	o := j.origin
	if err := o.check(j.config.Config); err != nil { // what the data have brought
		return err
	}
	if err := j.model.Load(o.saved.Tensors); err != nil {
		return fmt.Errorf("--from %s: %w", o.file, err)
	}
	j.notes = append(j.notes, fmt.Sprintf("from %s: the weights of its epoch %d", o.file, o.saved.Info.Epoch))
	return nil
}

// images reads the images. A preset's number for validation gives way where it would leave
// fewer for training than it takes, or where the data bring some of their own.
func (o *trainOptions) images(ctx context.Context, c config.Config) (*dataset.Splits, error) {
	c.Data = withCache(c.Data, o.runs())
	keeping := dataset.Keeping{Context: ctx, Beside: cacheFolder(o.runs()), Say: o.say}
	data, err := dataset.Load(c.Data, c.Train.Seed, o.maxPixels, keeping)
	if !o.yields("data.validation") {
		return data, err
	}
	switch {
	case ofValidation(err):
	case err == nil && data.Train.Len() < data.Validation.Len() && data.Train.Len() != c.Data.Limit:
	default:
		return data, err
	}
	c.Data.Validation = config.Auto
	return dataset.Load(c.Data, c.Train.Seed, o.maxPixels, keeping)
}

// runs is the folder that the run lies in.
func (o *trainOptions) runs() string {
	if o.run == "" {
		return runsRoot
	}
	return filepath.Dir(filepath.Clean(o.run))
}

// withCache are the settings with a cache that is left to the program in a folder.
func withCache(d config.Data, folder string) config.Data {
	if d.Cache == config.AutoCache {
		d.Cache = cacheFolder(folder)
	}
	return d
}

// cacheFolder is a folder as the place for caches.
func cacheFolder(folder string) string { return folder + string(filepath.Separator) }

// ofValidation tells whether the images are too few for validation, or bring their own.
func ofValidation(err error) bool {
	var field *config.FieldError
	return errors.As(err, &field) && field.Field == "data.validation"
}

// yields tells whether a setting gives way to the data: one of a preset, which a run that
// goes on has brought to an end with.
func (o *trainOptions) yields(path string) bool {
	return !o.resume.given() && o.settings.ofPreset(path)
}

// colored is the configuration with the likelihood of colors where the images have some, and neither a preset nor a model that the run
// goes on with or begins from has brought one, nor has anybody asked for one.
func (o *trainOptions) colored(c config.Config, data *dataset.Splits) (config.Config, string) {
	if o.resume.given() || o.origin.given() || o.settings.preset != "" || o.settings.typed["model.likelihood"] {
		return c, ""
	}
	colored, note := c.Colored(data.Facts())
	if o.settings.typed["model.output_bias"] {
		colored.Model.OutputBias = c.Model.OutputBias
	}
	return colored, note
}

// settle resolves the configuration by the data, to which a preset gives way, and by the
// memory, to which a batch does that is left to the program.
func (j *job) settle(c config.Config, yields func(path string) bool) error {
	given, notes := c.Yield(yields, j.data.Facts())
	j.notes = notes
	if err := j.resolve(given); err != nil {
		return err
	}
	limit, usual := memory.Available(), j.config.Train.Batch
	for batch := usual; given.Train.Batch == config.Auto && batch > given.Train.Slices && j.need.Check(limit) != nil; {
		smaller := given
		if batch /= 2; batch%given.Train.Slices != 0 {
			break
		}
		smaller.Train.Batch = batch
		if err := j.resolve(smaller); err != nil {
			return err
		}
	}
	if batch := j.config.Train.Batch; batch < usual {
		j.notes = slices.DeleteFunc(j.notes, func(note string) bool { return strings.HasPrefix(note, "batch: ") })
		j.notes = append(j.notes, fmt.Sprintf("batch: %s instead of %d, for which there is not enough memory, %s",
			console.Count(batch, "image"), usual, limit))
	}
	j.noteLabels()
	return j.need.Check(limit)
}

// noteLabels takes note of labels that the model does not learn.
func (j *job) noteLabels() {
	if n, labels := j.data.Excluded, j.config.Data.ExcludeLabels; n > 0 {
		j.notes = append(j.notes, fmt.Sprintf("%s of the %s %s left out of training and validation; the test images are all there", console.Count(n, "image"),
			map[bool]string{true: "label", false: "labels"}[len(labels) == 1], console.Listed(labels)))
	}
	if unseen := j.data.Train.Unseen(); j.config.Model.Conditional && len(unseen) > 0 {
		j.notes = append(j.notes, fmt.Sprintf("warning: no training image has the label %s: the model does not learn it, and draws none of it", console.Listed(unseen)))
	}
	if classes := j.config.Model.Classes; len(classes) == 1 {
		j.notes = append(j.notes, fmt.Sprintf("warning: --conditional: all images have the label %q, so that it tells the model nothing: put those of another into a folder of its own", console.Brief(classes[0])))
	}
}

// resolve settles a configuration, and works out the memory for it.
func (j *job) resolve(c config.Config) (err error) {
	if j.config, err = c.Resolve(j.data.Facts()); err != nil {
		return console.Usage(renamed(err))
	}
	if j.need, err = train.NeedOf(j.config, j.data, j.from, j.world); err != nil {
		return console.Usage(err)
	}
	return nil
}

func makeRun(path string, m config.Model) (*run.Dir, error) {
	if path != "" {
		return run.Create(path)
	}
	return run.Next(runsRoot, fmt.Sprintf("%s-z%d", m.Kind, m.Latent))
}
