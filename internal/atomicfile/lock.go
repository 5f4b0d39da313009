package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// Lock is a file that is locked, such as of gofrs/flock.
type Lock interface {
	Path() string
	Stat() (fs.FileInfo, error)
}

// Named tells whether a lock is on the file that has its name now: whoever held it last
// may have removed that while this one was opened, and others lock another file.
func Named(lock Lock) bool {
	held, err := lock.Stat()
	if err != nil {
		return false
	}
	now, err := os.Stat(lock.Path())
	return err == nil && os.SameFile(held, now)
}

// Lockless tells whether an attempt to lock a file failed because its file system has no
// locks.
func Lockless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}
