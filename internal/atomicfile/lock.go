package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// LockFlags are those by which a file is opened that is to be locked: to be written, as NFS
// wants it, and never by a link, which others may have put there to have another file made.
const LockFlags = os.O_CREATE | os.O_RDWR | noFollow

// Named tells whether an open file, such as one of gofrs/flock, is the one that has its name
// now: whoever held a lock last may have removed it while this one was opened, and others
// lock another file. A link is another.
func Named(name string, open interface{ Stat() (fs.FileInfo, error) }) bool {
	held, err := open.Stat()
	if err != nil {
		return false
	}
	now, err := os.Lstat(name)
	return err == nil && os.SameFile(held, now)
}

// Lockless tells whether an attempt to lock a file failed because its file system has no
// locks.
func Lockless(err error) bool {
	return errors.Is(err, errors.ErrUnsupported) || errors.Is(err, syscall.ENOLCK)
}
