//go:build unix

package atomicfile

import (
	"io"
	"os"
	"path/filepath"
	"syscall"
	"testing"
)

// TestReplaceLeavesPipes: a rename over a pipe or a device, such as /dev/null,
// would destroy it.
func TestReplaceLeavesPipes(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	err := Replace(pipe, func(io.Writer) error { return nil })
	if err == nil {
		t.Error("a pipe was replaced")
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the pipe is now %v (%v)", info.Mode(), err)
	}
}

// TestReplacePermissions: those of the file that stood there, else the umask's.
func TestReplacePermissions(t *testing.T) {
	file := filepath.Join(t.TempDir(), "f")
	defer syscall.Umask(syscall.Umask(0o027))
	for _, want := range []os.FileMode{0o640, 0o604} {
		if err := Replace(file, func(io.Writer) error { return nil }); err != nil {
			t.Fatal(err)
		}
		if want == 0o604 {
			if err := os.Chmod(file, want); err != nil {
				t.Fatal(err)
			}
			if err := Replace(file, func(io.Writer) error { return nil }); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Mode().Perm() != want {
			t.Errorf("permissions %v (%v), want %v", info.Mode(), err, want)
		}
	}
}

// TestLockFlags: what a link names is not opened, nor made.
func TestLockFlags(t *testing.T) {
	folder := t.TempDir()
	link, none := filepath.Join(folder, "link"), filepath.Join(folder, "none")
	if err := os.Symlink(none, link); err != nil {
		t.Fatal(err)
	}
	if f, err := os.OpenFile(link, LockFlags, 0o666); err == nil {
		f.Close()
		t.Error("a link was opened")
	}
	if _, err := os.Lstat(none); err == nil {
		t.Error("a file was made by a link")
	}
	f, err := os.OpenFile(none, LockFlags, 0o666)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if !Named(none, f) || Named(link, f) {
		t.Errorf("the file is named %v by its name, %v by a link to it", Named(none, f), Named(link, f))
	}
}
