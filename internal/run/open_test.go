package run

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestLatest(t *testing.T) {
	root := filepath.Join(t.TempDir(), "runs")
	_, err := Latest(root)
	wantError(t, err, root, "no run under \""+root+"\" to go on with; start one with `vae train`")
	var paths []string
	for range 3 {
		d, err := Next(root, "x")
		must(t, err)
		must(t, d.Close())
		paths = append(paths, d.Path())
	}
	for _, c := range []struct {
		run        int
		file, want string
	}{{0, ConfigFile, paths[0]}, {1, StateFile, paths[1]}, {1, ModelFile, paths[1]}, {2, ModelFile, paths[1]}, {2, PreviousFile, paths[2]}} {
		must(t, os.WriteFile(filepath.Join(paths[c.run], c.file), nil, 0o666))
		if got, err := Latest(root); err != nil || got != c.want {
			t.Errorf("with %s in %s: %s, %v, want %s", c.file, paths[c.run], got, err, c.want)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "none")
	_, err := Open(missing)
	wantError(t, err, missing, ": no such run")
	empty := t.TempDir()
	_, err = Open(empty)
	wantError(t, err, empty, ": holds no run that could go on")
	file := filepath.Join(empty, "model.safetensors")
	must(t, os.WriteFile(file, nil, 0o666))
	_, err = Open(file)
	wantError(t, err, file, ": is a file; name the directory of the run")
}

// TestOneTrainingInADirectory: the lock keeps all others out, and ends with its holder.
func TestOneTrainingInADirectory(t *testing.T) {
	path := filepath.Join(t.TempDir(), "run")
	d, err := Create(path)
	must(t, err)
	must(t, d.SaveConfig(exampleConfig()))
	_, err = Open(path)
	wantError(t, err, path, ": another training is at work in it; wait for its end")
	if !errors.Is(err, ErrBusy) {
		t.Errorf("got %v", err)
	}
	_, err = Create(path) // which a configuration alone does not forbid
	wantError(t, err, path, ": another training is at work in it")
	must(t, d.Close())
	must(t, d.Close())
	if diff := cmp.Diff([]string{ConfigFile}, files(t, path)); diff != "" {
		t.Error(diff)
	}
	again, err := Open(path)
	must(t, err)
	must(t, again.Close())
	if _, err := os.Stat(filepath.Join(path, lockFile)); err == nil {
		t.Error("the lock's file is left behind")
	}
}

// TestMovedUnderATraining: who moves the folder, or removes the lock, does not make two
// trainings of one run.
func TestMovedUnderATraining(t *testing.T) {
	saves := func(d *Dir) map[string]error {
		return map[string]error{
			ModelFile: d.SaveModel(exampleModel()), StateFile: d.SaveState(exampleState()),
			MetricsFile: d.AppendMetrics(Row{}), LatentsFile: d.AppendLatents(false, LatentRow{KL: []float64{1}}), ConfigFile: d.SaveConfig(exampleConfig()),
		}
	}
	root := t.TempDir()
	path := filepath.Join(root, "run")
	d, err := Create(path)
	must(t, err)
	must(t, os.Rename(path, filepath.Join(root, "moved")))
	for name, err := range saves(d) {
		wantError(t, err, filepath.Join(path, name), "no such file or directory")
	}
	other, err := Create(path)
	must(t, err)
	for name, err := range saves(d) {
		wantError(t, err, filepath.Join(path, name), "the folder was moved, or another training has taken it: nothing more is saved there")
	}
	must(t, d.Discard())
	must(t, d.Close())
	for name, err := range saves(other) {
		if err != nil {
			t.Errorf("%s of the other: %v", name, err)
		}
	}
	must(t, other.Close())
}

func TestLockThatIsNone(t *testing.T) {
	for name, spoil := range map[string]func(file string) error{
		"folder": func(file string) error { return os.Mkdir(file, 0o777) },
		"link":   func(file string) error { return os.Symlink("nowhere", file) },
	} {
		path := t.TempDir()
		file := filepath.Join(path, lockFile)
		if err := spoil(file); err != nil {
			t.Skip("no links here:", err)
		}
		_, err := Create(path)
		wantError(t, err, file, ": is not what a training leaves; remove it")
		if got := files(t, path); len(got) != 0 {
			t.Errorf("%s: %v is left", name, got)
		}
	}
}

// TestStateOfAnotherRun: what config.yaml says is held against it.
func TestStateOfAnotherRun(t *testing.T) {
	d, newest, previous := states(t)
	c := exampleConfig()
	c.Train.Epochs += 5 // may change
	must(t, d.SaveConfig(c))
	_, err := d.Checkpoint()
	must(t, err)
	c.Model.Latent++
	must(t, d.SaveConfig(c))
	_, err = d.Checkpoint()
	wantError(t, err, newest, "is not a state of this run: its model.latent is 3, in config.yaml it is 4; bring back the one that is")
	damage(t, newest)
	_, err = d.Checkpoint()
	wantError(t, err, previous, "is not a state of this run")
}

// TestLostState: a run with a model of a later epoch does not begin anew by itself.
func TestLostState(t *testing.T) {
	d := newDir(t)
	must(t, d.SaveConfig(exampleConfig()))
	m := exampleModel()
	must(t, d.SaveModel(m)) // of epoch 20
	_, err := d.Checkpoint()
	wantError(t, err, filepath.Join(d.Path(), ModelFile), "is of epoch 20, and the state of that is lost; to begin the run again, remove the model")
	m.Info.Epoch = 1
	must(t, d.SaveModel(m))
	from, err := d.Checkpoint()
	must(t, err)
	if from.State != nil || from.SHA256 != m.Info.DatasetSHA256 {
		t.Errorf("%+v", from)
	}
}

// TestLockFileOfADeadProcess means nothing.
func TestLockFileOfADeadProcess(t *testing.T) {
	path := t.TempDir()
	must(t, os.WriteFile(filepath.Join(path, lockFile), nil, 0o666))
	d, err := Create(path)
	must(t, err)
	must(t, d.Close())
}

func TestOpenSweeps(t *testing.T) {
	path := t.TempDir()
	for _, name := range []string{ConfigFile, ".vae-123", ".vae-4294967295", ".vae-mine", "notes", ".vae-99999999999"} {
		must(t, os.WriteFile(filepath.Join(path, name), nil, 0o666))
	}
	must(t, os.Mkdir(filepath.Join(path, ".vae-7"), 0o777))
	d, err := Open(path)
	must(t, err)
	defer d.Close()
	if diff := cmp.Diff([]string{".vae-7", ".vae-99999999999", ".vae-mine", ConfigFile, "notes"}, files(t, path)); diff != "" {
		t.Error(diff)
	}
}

// states writes two checkpoints, of steps 100 and 200.
func states(t *testing.T) (d *Dir, newest, previous string) {
	t.Helper()
	d = newDir(t)
	must(t, d.SaveConfig(exampleConfig()))
	for _, step := range []int{100, 200} {
		s := exampleState()
		s.Info.Step = step
		must(t, d.SaveState(s))
	}
	return d, filepath.Join(d.Path(), StateFile), filepath.Join(d.Path(), PreviousFile)
}

func damage(t *testing.T, file string) {
	t.Helper()
	data := read(t, file)
	data[len(data)-1] ^= 1
	must(t, os.WriteFile(file, data, 0o666))
}

func TestCheckpoint(t *testing.T) {
	for name, c := range map[string]struct {
		spoil func(newest, previous string)
		step  int // of the checkpoint; 0 for none
		fault string
		err   string
	}{
		"whole":              {func(_, _ string) {}, 200, "", ""},
		"previous damaged":   {func(_, previous string) { damage(t, previous) }, 200, "", ""},
		"newest damaged":     {func(newest, _ string) { damage(t, newest) }, 100, "is damaged", ""},
		"newest cut":         {func(newest, _ string) { must(t, os.Truncate(newest, 1000)) }, 100, "not a safetensors file", ""},
		"newest empty":       {func(newest, _ string) { must(t, os.Truncate(newest, 0)) }, 100, "not a safetensors file", ""},
		"newest missing":     {func(newest, _ string) { must(t, os.Remove(newest)) }, 100, "no such file", ""},
		"newest is a folder": {func(newest, _ string) { must(t, os.Remove(newest)); must(t, os.Mkdir(newest, 0o777)) }, 100, "is a folder", ""},
		"both damaged": {func(newest, previous string) { damage(t, newest); damage(t, previous) }, 0, "",
			"is damaged or was changed: its checksum is wrong; use a copy of it, or train again, and so is the state before"},
		"one damaged, one missing": {func(newest, previous string) { damage(t, newest); must(t, os.Remove(previous)) }, 0, "", "there is no earlier state; to begin the run again, remove it and the model"},
		"none":                     {func(newest, previous string) { must(t, os.Remove(newest)); must(t, os.Remove(previous)) }, 0, "", ""},
		"newer": {func(newest, _ string) {
			f := exampleFile(t)
			f.Metadata[keyFormatVersion] = "3"
			must(t, os.Rename(resealed(t, f), newest))
		}, 0, "", "format version 3, this program reads versions up to 2; update the program"},
	} {
		t.Run(name, func(t *testing.T) {
			d, newest, previous := states(t)
			c.spoil(newest, previous)
			got, err := d.Checkpoint()
			if c.err != "" {
				wantError(t, err, newest, c.err)
				return
			}
			must(t, err)
			if c.fault != "" {
				wantError(t, got.Fault, newest, c.fault)
			} else if got.Fault != nil {
				t.Errorf("fault %v", got.Fault)
			}
			if diff := cmp.Diff(exampleConfig(), got.Config); diff != "" {
				t.Error(diff)
			}
			if step := stepOf(got.State); step != c.step {
				t.Errorf("step %d, want %d", step, c.step)
			}
		})
	}
}

func stepOf(s *State) int {
	if s == nil {
		return 0
	}
	return s.Info.Step
}

func TestUsePrevious(t *testing.T) {
	d, newest, previous := states(t)
	good := read(t, previous)
	damage(t, newest)
	must(t, d.UsePrevious())
	if !bytes.Equal(read(t, newest), good) {
		t.Error("the newest state is not the one before")
	}
	must(t, d.SaveState(exampleState()))
	if !bytes.Equal(read(t, previous), good) {
		t.Error("the good state is gone")
	}
	must(t, os.Remove(previous))
	wantError(t, d.UsePrevious(), newest, "no such file")
}

// TestUnreadableState is none that an earlier one may stand in for: it may be whole.
func TestUnreadableState(t *testing.T) {
	d, newest, _ := states(t)
	must(t, os.Chmod(newest, 0))
	if f, err := os.Open(newest); err == nil {
		f.Close()
		t.Skip("running as somebody who may read everything")
	}
	_, err := d.Checkpoint()
	wantError(t, err, newest, "permission denied")
}

func TestCheckpointOfAChangedConfiguration(t *testing.T) {
	d := newDir(t)
	file := filepath.Join(d.Path(), ConfigFile)
	for content, want := range map[string]string{
		"":                         ": is not as the training wrote it; to begin with these settings, use `vae train \x00⟨config⟩\x00`",
		"train:\n  epochs: 3\n":    ": is not as the training wrote it",
		"train:\n  epochs: many\n": ":2:11: ",
	} {
		must(t, os.WriteFile(file, []byte(content), 0o666))
		_, err := d.Checkpoint()
		wantError(t, err, file, want)
	}
}
