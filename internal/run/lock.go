package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"

	"vae/internal/atomicfile"
)

// lockFile is what a training holds a lock on. The lock belongs to the process and
// ends with it, however it ends; the file means nothing by itself.
const lockFile = ".lock"

// ErrBusy says that another program trains in the directory.
var ErrBusy = errors.New("another training is at work in it; wait for its end, or name another folder")

// lock takes the directory for this process, or says why it cannot have it. Whoever
// held it last may have removed the file while this process took it: then there is
// another one to be had.
func (d *Dir) lock() error {
	err := d.tryLock()
	if errors.Is(err, ErrBusy) {
		err = d.tryLock()
	}
	return err
}

func (d *Dir) tryLock() error {
	file := filepath.Join(d.path, lockFile)
	before, err := os.Lstat(file)
	if err == nil && !before.Mode().IsRegular() { // to open a pipe is to wait for its writer
		return fmt.Errorf("%s: is not what a training leaves; remove it", file)
	}
	held := flock.New(file, flock.SetFlag(atomicfile.LockFlags), flock.SetPermissions(0o666))
	got, err := held.TryLock()
	switch {
	case atomicfile.Lockless(err):
		_ = os.Remove(file)
		return nil
	case err != nil && before != nil:
		return fmt.Errorf("cannot lock %s: %w; if no training is at work there, remove it", file, reason(err))
	case err != nil:
		_ = os.Remove(file) // where it could be made and not be locked
		return fmt.Errorf("cannot write in the folder %s: %w", d.path, reason(err))
	case !got || !atomicfile.Named(file, held):
		return errors.Join(inFile(d.path, ErrBusy), held.Close())
	}
	d.held = held
	return nil
}

// errMoved says that the directory is no longer the one that was locked.
var errMoved = errors.New("the folder was moved, or another training has taken it: nothing more is saved there")

// owned says whether the path still leads to the directory that this process has
// locked. Who moves a folder, or removes the lock, under a training would else have
// two of them in one.
func (d *Dir) owned() error {
	if d.held != nil && !atomicfile.Named(d.held.Path(), d.held) {
		if _, err := os.Stat(d.path); err != nil {
			return err
		}
		return errMoved
	}
	return nil
}

// Close gives the directory back. It may be called twice.
func (d *Dir) Close() error {
	if d.held == nil {
		return nil
	}
	held := d.held
	d.held = nil
	if !atomicfile.Named(held.Path(), held) { // it is another's
		return inFile(d.path, held.Close())
	}
	removed := os.Remove(held.Path()) // before others can have the lock
	closed := held.Close()
	if removed != nil && !errors.Is(removed, fs.ErrNotExist) { // Windows removes no open file
		removed = os.Remove(held.Path())
	}
	if errors.Is(removed, fs.ErrNotExist) { // the folder is gone
		removed = nil
	}
	return inFile(d.path, errors.Join(removed, closed))
}
