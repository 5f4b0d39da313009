package run

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/gofrs/flock"
)

// lockFile is what a training holds a lock on. The lock belongs to the process and
// ends with it, however it ends; the file means nothing by itself.
const lockFile = ".lock"

// ErrBusy says that another program trains in the directory.
var ErrBusy = errors.New("another training is at work in it; wait for its end, or name another folder")

// lock takes the directory for this process, or says why it cannot have it.
func (d *Dir) lock() error {
	file := filepath.Join(d.path, lockFile)
	held := flock.New(file, flock.SetPermissions(0o666))
	got, err := held.TryLock()
	switch {
	case errors.Is(err, errors.ErrUnsupported): // a file system without locks
		return nil
	case err != nil:
		return fmt.Errorf("cannot write in the folder %s: %w", d.path, reason(err))
	case !got || !sameFile(held, file):
		return errors.Join(inFile(d.path, ErrBusy), held.Close())
	}
	d.held = held
	return nil
}

// sameFile tells whether a lock is on the file that has the name now: whoever held
// it last may have removed it meanwhile.
func sameFile(held *flock.Flock, file string) bool {
	a, errA := held.Stat()
	b, errB := os.Stat(file)
	return errA == nil && errB == nil && os.SameFile(a, b)
}

// Close gives the directory back. It may be called twice.
func (d *Dir) Close() error {
	if d.held == nil {
		return nil
	}
	held := d.held
	d.held = nil
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
