package mapped

import (
	"context"
	"os"
	"time"
)

// untilDone reads and writes a file, as long as its context is not done.
type untilDone struct {
	ctx  context.Context
	file *os.File
}

func (u untilDone) Write(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.file.Write(p)
}

func (u untilDone) ReadAt(p []byte, at int64) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.file.ReadAt(p, at)
}

// toDisk brings a file to the disk.
var toDisk = (*os.File).Sync

// sync is toDisk, which may take minutes and cannot be ended: when the context is done it is left to itself, and to make it short the file is emptied.
func (u untilDone) sync() error {
	synced, emptied := make(chan error, 1), make(chan error, 1)
	go func() { synced <- toDisk(u.file) }()
	select {
	case err := <-synced:
		return err
	case <-u.ctx.Done():
	}
	go func() { emptied <- u.file.Truncate(0) }() // which waits on some file systems, too
	select {
	case <-emptied:
	case <-time.After(patience):
	}
	return u.ctx.Err()
}
