//go:build !windows

package atomicfile

import "os"

// SyncDir brings the names in dir to the disk. Not every file system can, and the
// files are whole without it, so that a failure is none of the caller's.
func SyncDir(dir string) {
	if f, err := os.Open(dir); err == nil {
		_ = f.Sync()
		_ = f.Close()
	}
}
