package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"vae/internal/config"
)

// Latest returns the directory with the highest number under root that holds a
// run, finished or not.
func Latest(root string) (string, error) {
	entries, err := numbered(root)
	if err != nil {
		return "", err
	}
	for _, e := range entries {
		if path := filepath.Join(root, e.name); holdsRun(path) {
			return path, nil
		}
	}
	if named := Unnumbered(root, ConfigFile, StateFile, PreviousFile); named != "" {
		return "", fmt.Errorf("no numbered run under %q to go on with, of which the newest would be taken; name another, such as %s", root, named)
	}
	return "", fmt.Errorf("no run under %q to go on with; start one with `vae train`", root)
}

// holdsRun tells whether a training has got as far as to leave something.
func holdsRun(path string) bool { return holds(path, ConfigFile) || HoldsState(path) }

// HoldsState tells whether a run has saved a state, whole or not.
func HoldsState(path string) bool { return holds(path, StateFile) || holds(path, PreviousFile) }

// readable tells whether what is in a folder can be seen.
func readable(path string) bool {
	_, err := os.ReadDir(path)
	return !errors.Is(err, fs.ErrPermission)
}

func holds(path, name string) bool {
	_, err := os.Stat(filepath.Join(path, name))
	return err == nil
}

// Open takes the directory of a run that is to go on. What a killed program left
// half-written in it is removed.
func Open(path string) (*Dir, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such run", path)
	case err != nil:
		return nil, inFile(path, err)
	case !info.IsDir():
		return nil, fmt.Errorf("%s: is a file; name the directory of the run", path)
	case !readable(path):
		return nil, inFile(path, syscall.EACCES)
	case !holdsRun(path):
		return nil, fmt.Errorf("%s: holds no run that could go on; start one with `vae train %s`", path, config.Mention("run", "DIR"))
	}
	d := &Dir{path: path}
	if err := d.lock(); err != nil {
		return nil, err
	}
	d.clean()
	return d, nil
}

// A Checkpoint is what a run goes on from.
type Checkpoint struct {
	Config config.Config
	State  *State // nil before the first checkpoint
	Fault  error  // of the newest state, where the one before is taken instead
	SHA256 string // of the training data; "" where nothing tells
}

// Checkpoint reads the newest state that is whole. A run that has none yet goes on
// from its configuration, at the start; one whose states are all damaged, or another
// run's, does not.
func (d *Dir) Checkpoint() (Checkpoint, error) {
	state, err := LoadState(d.path)
	if err == nil {
		return d.from(StateFile, state, nil)
	}
	if !damaged(err) {
		return Checkpoint{}, err
	}
	previous, second := loadState(filepath.Join(d.path, PreviousFile))
	none := errors.Is(second, fs.ErrNotExist)
	switch {
	case second == nil:
		return d.from(PreviousFile, previous, err)
	case none && errors.Is(err, fs.ErrNotExist):
		return d.beginning()
	case none:
		return Checkpoint{}, fmt.Errorf("%w, and there is no earlier state; to begin the run again, remove it and the model", err)
	}
	return Checkpoint{}, fmt.Errorf("%w, and so is the state before (%w); to begin the run again, remove both and the model", err, reason(second))
}

// from is the checkpoint of a state, if that belongs to the run.
func (d *Dir) from(name string, s *State, fault error) (Checkpoint, error) {
	if own, err := readConfig(filepath.Join(d.path, ConfigFile)); err == nil {
		if was, now, changed := config.Replaced(own, s.Config); changed {
			return Checkpoint{}, inFile(filepath.Join(d.path, name), fmt.Errorf("is not a state of this run: its %s is %s, in %s it is %s; bring back the one that is", now.Path, now.Value, ConfigFile, was.Value))
		}
	}
	return Checkpoint{Config: s.Config, State: s, Fault: fault, SHA256: s.Info.DatasetSHA256}, nil
}

// beginning is where a run starts that has no state yet. One whose model is of a later
// epoch had one, and has lost it.
func (d *Dir) beginning() (Checkpoint, error) {
	file, c := filepath.Join(d.path, ModelFile), Checkpoint{}
	m, err := Load(file)
	switch {
	case err == nil && m.Info.Epoch > 1:
		return c, inFile(file, fmt.Errorf("is of epoch %d, and the state of that is lost; to begin the run again, remove the model", m.Info.Epoch))
	case err == nil:
		c.SHA256 = m.Info.DatasetSHA256
	}
	c.Config, err = readConfig(filepath.Join(d.path, ConfigFile))
	return c, err
}

// UsePrevious puts the state before the last in the place of that, which has a fault:
// the next one to be saved then pushes out no good one.
func (d *Dir) UsePrevious() error {
	file := filepath.Join(d.path, StateFile)
	if info, err := os.Lstat(file); err == nil && info.IsDir() {
		return inFile(file, errors.New("is a folder, not a file; move it away"))
	}
	return inFile(file, os.Rename(filepath.Join(d.path, PreviousFile), file))
}

// damaged tells whether an earlier state may stand in for one that cannot be read: not
// for one that may be whole, of a newer version or on a disk that does not answer.
func damaged(err error) bool {
	var version *VersionError
	var system syscall.Errno
	return !errors.As(err, &version) && (!errors.As(err, &system) || errors.Is(err, fs.ErrNotExist))
}
