package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/console"
	"vae/internal/kernel"
	"vae/internal/run"
)

// newest is what --resume alone means.
const newest = "newest"

// resumeFlag is --resume: alone, or with a run behind "=" or a space.
type resumeFlag struct {
	run   string
	alone bool
	flags *pflag.FlagSet
}

func (r *resumeFlag) add(c *cobra.Command) {
	r.flags = c.Flags()
	r.flags.StringVar(&r.run, "resume", "", "go on with this `run`, or the newest numbered one under runs/")
	r.flags.Lookup("resume").NoOptDefVal = newest
}

func (r *resumeFlag) given() bool { return r.flags.Changed("resume") }

// argument allows one argument behind --resume, the run.
func (r *resumeFlag) argument(c *cobra.Command, args []string) error {
	if len(args) == 1 && args[0] != "" && r.given() && r.run == newest {
		return nil
	}
	return noArguments(c, args)
}

// take makes the argument, or what --run says, the run to go on with, and named where
// that is.
func (r *resumeFlag) take(args []string, named *string) error {
	if !r.given() {
		return nil
	}
	switch {
	case len(args) > 0:
		r.run = args[0]
	case r.run == newest && *named != "":
		r.run = *named
	default:
		r.alone = r.run == newest
	}
	if *named != "" && *named != r.run {
		return usagef("--resume %s and --run %s are two runs: name the one to go on with", r.run, *named)
	}
	if !r.alone {
		*named = r.run
	}
	return nil
}

// reopen makes a job of a run that goes on.
func (o *trainOptions) reopen(ctx context.Context, notes console.Notes) (*job, error) {
	dir, from, err := o.processes.checkpoint(o.openRun)
	if err != nil {
		return nil, err
	}
	j := &job{dir: dir, goesOn: true, world: o.processes.World}
	if err := j.restore(ctx, o, from, notes); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return j, nil
}

// openRun opens the run to go on with, and finds where it ended.
func (o *trainOptions) openRun() (*run.Dir, run.Checkpoint, error) {
	path := o.resume.run
	if o.resume.alone {
		var err error
		if path, err = run.Latest(runsRoot); err != nil {
			return nil, run.Checkpoint{}, err
		}
	}
	dir, err := run.Open(path)
	if err != nil {
		return nil, run.Checkpoint{}, err
	}
	from, err := dir.Checkpoint()
	if err != nil {
		return nil, from, errors.Join(err, dir.Close())
	}
	return dir, from, nil
}

// restore takes up where the run ended, and reads its images.
func (j *job) restore(ctx context.Context, o *trainOptions, from run.Checkpoint, notes console.Notes) error {
	if from.State == nil && from.Config.Train.From != "" {
		return fmt.Errorf("%s: was begun with --from, and its state, which had those weights, is lost: remove it, and begin it again", j.dir.Path())
	}
	c, err := o.settings.resolve(ctx, from.Config)
	if err != nil {
		return err
	}
	c = o.settings.yielded(c, from.Config).Continued(from.Config)
	if err := checkUnchanged(from.Config, c); err != nil {
		return err
	}
	if err := checkLength(from, c.Train); err != nil {
		return err
	}
	j.from = &from
	if err := j.loadTogether(ctx, o, c); err != nil {
		return err
	}
	if err := j.checkLabels(); err != nil {
		return err
	}
	if from.State != nil {
		j.done = from.State.Info.Epoch
	}
	announce(notes, j.dir, from)
	return nil
}

// checkImages refuses other images than those that the run was begun with, before anything
// that they decide is looked at: batch and validation, classes and channels would be
// wrong too, and to change them would not help.
func (j *job) checkImages(c config.Config) error {
	if j.from == nil || j.from.SHA256 == "" || j.from.SHA256 == j.data.SHA256 {
		return nil
	}
	return fmt.Errorf("--data %s: these are not the images that %s was begun with (their SHA-256 is %.12s..., was %.12s...): bring those back, or start a new run",
		c.Data.Source, j.dir.Path(), j.data.SHA256, j.from.SHA256)
}

// without says of images that cannot be read, or cannot be split as they were, that a run
// which goes on was begun with others.
func (j *job) without(err error, c config.Config) error {
	switch {
	case j.from == nil:
		return err
	case ofValidation(err):
		return fmt.Errorf("--data %s: these are not the images that %s was begun with, which could be split as it asks for: bring those back, or start a new run", c.Data.Source, j.dir.Path())
	}
	return fmt.Errorf("%w; %s was begun with the images that were there: bring those back, or name their place with --data", err, j.dir.Path())
}

// checkLabels refuses other names of the labels than those that the run was begun with.
func (j *job) checkLabels() error {
	if was, now := j.from.Config.Model.Classes, j.config.Model.Classes; !slices.Equal(was, now) {
		return fmt.Errorf("--data %s: its labels are called %s, and were called %s when %s was begun: name the folders as they were, or start a new run",
			j.config.Data.Source, console.Listed(now), console.Listed(was), j.dir.Path())
	}
	return nil
}

// announce says where the run goes on.
func announce(notes console.Notes, dir *run.Dir, from run.Checkpoint) {
	if from.Fault != nil {
		notes.Printf("warning: %s; going on from the state before\n", from.Fault)
	}
	if from.State == nil {
		notes.Printf("%s has no checkpoint yet and starts at the beginning\n", dir.Path())
		return
	}
	info, p := from.State.Info, from.State.Progress
	place := console.Count(info.Epoch, "epoch") + " done"
	switch {
	case p.Layer > 0:
		place = fmt.Sprintf("%s of pretraining of layer %d done", console.Count(p.LayerEpoch, "epoch"), p.Layer)
		fallthrough
	case p.Images > 0:
		place += fmt.Sprintf(", %s of the next", console.Count(p.Images, "image"))
	}
	notes.Printf("resuming %s: %s\n", dir.Path(), place)
	if !sameBits(info.Program) {
		notes.Printf("warning: %s was written by %s, this is %s: the last bits of the figures may differ\n", run.StateFile, info.Program, program())
	}
	if was, now := from.State.Kernels, kernel.Bits(); was != "" && was != now {
		notes.Printf("warning: %s was written with %s kernels, these are %s: the last bits of the figures will differ\n", run.StateFile, console.OneLine(was), now)
	}
}

// checkUnchanged refuses other changes than those of the length.
func checkUnchanged(was, now config.Config) error {
	if before, after, changed := config.Replaced(was, now); changed {
		return usagef("%s %s: the run was begun with %s, and only its length may change: leave it out, or start a new run",
			config.Mention(after.Path), orNone(after.Value), orNone(before.Value))
	}
	return nil
}

// checkLength refuses fewer epochs than are done, and another number where the
// learning rate of those that are done depended on it.
func checkLength(from run.Checkpoint, t config.Train) error {
	was := from.Config.Train
	if t.Epochs != was.Epochs && t.SpansEpochs() {
		return usagef("--epochs %d: the run was begun with %d, by which --schedule %s lays out the learning rate: leave it out, or start a new run", t.Epochs, was.Epochs, t.Schedule)
	}
	if from.State == nil {
		return nil
	}
	begun := from.State.Info.Epoch
	if from.State.Progress.Images > 0 && from.State.Progress.Layer == 0 {
		begun++
	}
	if t.Epochs < begun {
		return usagef("--epochs %d: the run was begun with %d and is in epoch %d already: give more, or leave it out", t.Epochs, was.Epochs, begun)
	}
	return nil
}
