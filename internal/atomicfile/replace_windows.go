package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// replace gives file the content that write writes: into a temporary file beside
// it, to the disk, then renamed, which Windows does not promise to do atomically.
// renameio has nothing for Windows but a plain write, which would lose the old file
// when the disk is full. If anything fails the temporary file is removed.
func replace(file string, write func(io.Writer) error) error {
	f, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file))
	if err != nil {
		return err
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	err = errors.Join(err, f.Close())
	if err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// SyncDir does nothing: Windows has no such call.
func SyncDir(string) {}
