//go:build unix

package mapped

import (
	"context"
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
	if f, _, err := Open(context.Background(), pipe, "key"); f != nil || err != nil {
		t.Errorf("a pipe is opened: %v, %v", f, err)
	}
	if err := Build(context.Background(), pipe, "key", nil, func(*Building) ([]byte, error) { return nil, nil }); err == nil {
		t.Error("a pipe is replaced without an error")
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != fs.ModeNamedPipe {
		t.Errorf("the pipe is %v now, %v", info, err)
	}
	left(t, dir, "pipe")
}

// Of a symbolic link the file that it names is replaced, not the link.
func TestBuildFollowsLinks(t *testing.T) {
	dir, elsewhere := t.TempDir(), t.TempDir()
	file, link := filepath.Join(elsewhere, "f"), filepath.Join(dir, "link")
	if err := os.Symlink(file, link); err != nil {
		t.Skip(err)
	}
	if err := Build(context.Background(), link, "key", nil, func(*Building) ([]byte, error) { return nil, nil }); err == nil {
		t.Error("a link to nothing is replaced without an error")
	}
	left(t, elsewhere)
	buildOne(t, file, "older", "")
	for _, body := range []string{"one", "another"} {
		buildOne(t, link, body, body)
		if got := string(mustOpen(t, file, body).Body); got != body {
			t.Errorf("the file holds %q, want %q", got, body)
		}
	}
	if to, err := os.Readlink(link); err != nil || to != file {
		t.Errorf("the link leads to %q now, %v", to, err)
	}
	left(t, dir, "link")
	left(t, elsewhere, "f")
}
