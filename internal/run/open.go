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
	return "", fmt.Errorf("no run under %q to go on with; start one with `vae train`", root)
}

// holdsRun tells whether a training has got as far as to leave something.
func holdsRun(path string) bool { return holds(path, ConfigFile) || HoldsState(path) }

// HoldsState tells whether a run has saved a state, whole or not.
func HoldsState(path string) bool { return holds(path, StateFile) || holds(path, PreviousFile) }

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
	case !holdsRun(path):
		return nil, fmt.Errorf("%s: holds no run that could go on; start one with `vae train --run DIR`", path)
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
}

// Checkpoint reads the newest state that is whole. A run that has none yet goes on
// from its configuration, at the start; one whose states are all damaged does not.
func (d *Dir) Checkpoint() (Checkpoint, error) {
	state, err := LoadState(d.path)
	if err == nil {
		return Checkpoint{Config: state.Config, State: state}, nil
	}
	if !damaged(err) {
		return Checkpoint{}, err
	}
	previous, second := loadState(filepath.Join(d.path, PreviousFile))
	none := errors.Is(second, fs.ErrNotExist)
	switch {
	case second == nil:
		return Checkpoint{Config: previous.Config, State: previous, Fault: err}, nil
	case none && errors.Is(err, fs.ErrNotExist):
		c, err := readConfig(filepath.Join(d.path, ConfigFile))
		return Checkpoint{Config: c}, err
	case none:
		return Checkpoint{}, fmt.Errorf("%w, and there is no earlier state; remove it to begin the run again", err)
	}
	return Checkpoint{}, fmt.Errorf("%w, and so is the state before (%w); remove both to begin the run again", err, reason(second))
}

// UsePrevious puts the state before the last in the place of that, which has a fault:
// the next one to be saved then pushes out no good one.
func (d *Dir) UsePrevious() error {
	file := filepath.Join(d.path, StateFile)
	return inFile(file, os.Rename(filepath.Join(d.path, PreviousFile), file))
}

// damaged tells whether an earlier state may stand in for one that cannot be read: not
// for one that may be whole, of a newer version or on a disk that does not answer.
func damaged(err error) bool {
	var version *VersionError
	var system syscall.Errno
	return !errors.As(err, &version) && (!errors.As(err, &system) || errors.Is(err, fs.ErrNotExist))
}
