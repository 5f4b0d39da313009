package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"vae/internal/config"
	"vae/internal/run"
)

// newest is what --resume alone means.
const newest = "newest"

// resumeFlag is --resume: alone, or with a run behind "=" or a space.
type resumeFlag struct {
	run   string
	flags *pflag.FlagSet
}

func (r *resumeFlag) add(c *cobra.Command) {
	r.flags = c.Flags()
	r.flags.StringVar(&r.run, "resume", "", "go on with this `run`, or the newest under runs/")
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
	if len(args) > 0 {
		r.run = args[0]
	}
	switch {
	case r.run == newest && *named != "":
		r.run = *named
	case *named != "" && *named != r.run:
		return usagef("--resume %s and --run %s are two runs: name the one to go on with", r.run, *named)
	}
	if *named = ""; r.run != newest {
		*named = r.run
	}
	return nil
}

// reopen makes a job of a run that goes on.
func (o *trainOptions) reopen(ctx context.Context, notes notes) (*job, error) {
	path := o.resume.run
	if path == newest {
		var err error
		if path, err = run.Latest(runsRoot); err != nil {
			return nil, err
		}
	}
	dir, err := run.Open(path)
	if err != nil {
		return nil, err
	}
	j := &job{dir: dir, goesOn: true}
	if err := j.restore(ctx, o, notes); err != nil {
		return nil, errors.Join(err, dir.Close())
	}
	return j, nil
}

// restore finds where the run ended, and makes settings that may change those of the
// run: first in the state, which the others are made to follow whenever the run goes
// on.
func (j *job) restore(ctx context.Context, o *trainOptions, notes notes) error {
	from, err := j.dir.Checkpoint()
	if err != nil {
		return err
	}
	if j.config, err = o.settings.resolve(from.Config); err != nil {
		return err
	}
	if err := o.settings.keepSettled(from.Config, &j.config); err != nil {
		return err
	}
	if err := checkLength(from, j.config.Train); err != nil {
		return err
	}
	if err := j.load(ctx, o, notes); err != nil {
		return err
	}
	if from.State != nil && from.State.Info.DatasetSHA256 != j.data.SHA256 {
		return fmt.Errorf("--data %s: these are not the images that %s was begun with (their SHA-256 is %.12s..., was %.12s...): bring those back, or start a new run",
			j.config.Data.Source, j.dir.Path(), j.data.SHA256, from.State.Info.DatasetSHA256)
	}
	if was := from.Config.Model.Classes; from.State != nil && !slices.Equal(was, j.config.Model.Classes) {
		return fmt.Errorf("--data %s: its labels are called %s, and were called %s when %s was begun: name the folders as they were, or start a new run",
			j.config.Data.Source, listed(j.config.Model.Classes), listed(was), j.dir.Path())
	}
	j.state = from.State
	if err := j.settle(from, notes); err != nil {
		return err
	}
	announce(notes, j.dir, from)
	return nil
}

// settle brings the files of the run to where it goes on from.
func (j *job) settle(from run.Checkpoint, notes notes) error {
	if j.state != nil {
		j.done = j.state.Info.Epoch
	}
	rows, err := j.dir.KeepMetrics(j.done)
	if err != nil {
		return err
	}
	if rows < j.done {
		notes.printf("warning: %s lacks %s of the past, and will go on without them\n", run.MetricsFile, count(j.done-rows, "epoch"))
	}
	if from.Fault != nil {
		if err := j.dir.UsePrevious(); err != nil {
			return err
		}
	}
	if changed := string(from.Config.YAML()) != string(j.config.YAML()); changed && j.state != nil {
		j.state.Config = j.config
		if err := j.dir.SaveState(j.state); err != nil {
			return err
		}
	}
	return j.dir.SaveConfig(j.config)
}

// announce says where the run goes on.
func announce(notes notes, dir *run.Dir, from run.Checkpoint) {
	if from.Fault != nil {
		notes.printf("warning: %s; going on from the state before\n", oneLine(from.Fault.Error()))
	}
	if from.State == nil {
		notes.printf("%s has no checkpoint yet and starts at the beginning\n", dir.Path())
		return
	}
	info, p := from.State.Info, from.State.Progress
	place := count(info.Epoch, "epoch") + " done"
	switch {
	case p.Layer > 0:
		place = fmt.Sprintf("%s of pretraining of layer %d done", count(p.LayerEpoch, "epoch"), p.Layer)
		fallthrough
	case p.Images > 0:
		place += fmt.Sprintf(", %s of the next", count(p.Images, "image"))
	}
	notes.printf("resuming %s: %s\n", dir.Path(), place)
	if info.Program != program() {
		notes.printf("warning: %s was written by %s, this is %s: the last bits of the figures may differ\n", run.StateFile, oneLine(info.Program), program())
	}
}

// changeable are the settings that a run that goes on may change: how long it lasts,
// and the place of its images, which must be the same.
var changeable = []string{"train.epochs", "train.patience", "data.source"}

// keepSettled refuses other changes. What the program chose when the run began stays
// so where it is left to the program again.
func (s *settings) keepSettled(was config.Config, now *config.Config) error {
	if now.Data.Validation == config.Auto {
		now.Data.Validation = was.Data.Validation
	}
	if now.Train.Batch == config.Auto {
		now.Train.Batch = was.Train.Batch
	}
	if now.Data.ImageSize == "" {
		now.Data.ImageSize = was.Data.ImageSize
	}
	if now.Data.Channels == 0 {
		now.Data.Channels = was.Data.Channels
	}
	before, after := was.Settings(), now.Settings()
	for i, setting := range after {
		if setting == before[i] || slices.Contains(changeable, setting.Path) {
			continue
		}
		return usagef("%s %s: the run was begun with %s, and only its length may change: leave it out, or start a new run",
			s.nameOf(setting.Path), setting.Value, before[i].Value)
	}
	return nil
}

// nameOf is the flag of a setting, or its path where it has none.
func (s *settings) nameOf(path string) string {
	if flag, ok := s.names[path]; ok {
		return "--" + flag
	}
	return path
}

// checkLength refuses fewer epochs than are done, and another number where the
// learning rate of those that are done depended on it.
func checkLength(from run.Checkpoint, t config.Train) error {
	was := from.Config.Train
	if schedule, err := config.ParseSchedule(t.Schedule); t.Epochs != was.Epochs && err == nil && schedule.Kind == "cosine" {
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
