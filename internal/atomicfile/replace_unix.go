//go:build !windows

package atomicfile

import (
	"io"
	"os"
	"path/filepath"

	"github.com/google/renameio/v2"
)

// replace gives file the content that write writes: into a temporary file beside
// it, to the disk, then renamed. If anything fails the temporary file is removed.
func replace(file string, write func(io.Writer) error) error {
	pending, err := renameio.NewPendingFile(file,
		renameio.WithTempDir(filepath.Dir(file)),
		renameio.WithPermissions(0o666), // less the umask
		renameio.WithExistingPermissions())
	if err != nil {
		return err
	}
	defer pending.Cleanup()
	if err := write(pending); err != nil {
		return err
	}
	return pending.CloseAtomicallyReplace()
}

// SyncDir brings the names in dir to the disk. Not every file system can, and the
// files are whole without it, so that a failure is none of the caller's.
func SyncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
