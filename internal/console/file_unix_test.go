//go:build unix

package console

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestWriteFileIntoPipe: -o on a pipe or a device, such as /dev/null, writes to it
// and does not put a file in its place.
func TestWriteFileIntoPipe(t *testing.T) {
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan string, 1)
	go func() {
		content, err := os.ReadFile(pipe)
		if err != nil {
			t.Error(err)
		}
		read <- string(content)
	}()
	if err := WriteFile(t.Context(), pipe, write("some text")); err != nil {
		t.Error(err)
	}
	select {
	case got := <-read:
		if got != "some text" {
			t.Errorf("the reader got %q", got)
		}
	case <-time.After(10 * time.Second):
		t.Error("nothing came through the pipe")
	}
	if info, err := os.Lstat(pipe); err != nil || info.Mode().Type() != os.ModeNamedPipe {
		t.Errorf("the pipe is now %v (%v)", info, err)
	}
	if entries, err := os.ReadDir(filepath.Dir(pipe)); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v (%v)", entries, err)
	}
}
