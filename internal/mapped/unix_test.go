//go:build unix

package mapped

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"
)

// A pipe, which nobody writes to, is neither waited for nor replaced. (Nor is a device, such as the null device.)
func TestBuildSparesPipes(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := unix.Mkfifo(pipe, 0o666); err != nil {
		t.Skip(err)
	}
	if f, err := Open(pipe, "key"); f != nil || err != nil {
		t.Errorf("a pipe is opened: %v, %v", f, err)
	}
	if err := Build(pipe, "key", func(*Building) ([]byte, error) { return nil, nil }); err == nil {
		t.Error("a pipe is replaced without an error")
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("the pipe is %v now, %v", info, err)
	}
	left(t, dir, "pipe")
}
