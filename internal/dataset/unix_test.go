//go:build unix

package dataset

import (
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// What is not a file never blocks, in a folder or as an argument; links to
// files are followed; links to folders are, where what they hold is not read anyway.
func TestStreamPassesWhatIsNoFile(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a/1.png", grayFile(t, 2, 2, 1))
	write(t, dir, "target.dat", grayFile(t, 2, 2, 2))
	fifo := filepath.Join(dir, "a", "fifo.png")
	for _, name := range []string{fifo, filepath.Join(dir, "fifo")} {
		if err := syscall.Mkfifo(name, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	short, err := os.MkdirTemp("", "s") // a socket's path must be short
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(short)
	listener, err := net.Listen("unix", filepath.Join(short, "socket.png"))
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	for link, target := range map[string]string{
		"a/2.png": "../target.dat", "loop": ".", "a/loop.png": "..", "a/3.png": "nowhere", "a/null.png": "/dev/null",
		"a/self.png": "self.png", "a/socket.png": filepath.Join(short, "socket.png"),
	} {
		if err := os.Symlink(target, filepath.Join(dir, filepath.FromSlash(link))); err != nil {
			t.Fatal(err)
		}
	}
	items := readAll(t, small(2, 2, 1), dir)
	wantLines(t, items, "a/1.png|a|1", "a/2.png|a|2", "a/3.png|a|failed", "a/fifo.png|a|failed", "a/null.png|a|failed",
		"a/self.png|a|failed", "a/socket.png|a|failed")
	wantError(t, items[2].Err, "a/3.png: no such file")
	wantError(t, items[3].Err, "a/fifo.png: is a named pipe")
	wantError(t, items[4].Err, "a/null.png: is a device")
	wantError(t, items[6].Err, "a/socket.png: is a socket")
	wantError(t, readAll(t, small(2, 2, 1), fifo)[0].Err, "is a named pipe, not a file")
	_, err = Load(loadFrom(dir), 1, 0)
	wantError(t, err, "5 of its 7 images cannot be read", "3.png: no such file")
}

func TestStreamPassesWhatCannotBeRead(t *testing.T) {
	if os.Geteuid() == 0 {
		t.Skip("root reads everything")
	}
	dir := t.TempDir()
	write(t, dir, "a/1.png", grayFile(t, 2, 2, 1))
	for _, path := range []string{write(t, dir, "b.png", nil), filepath.Join(dir, "c")} {
		os.Mkdir(path, 0o700)
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	items := readAll(t, small(2, 2, 1), dir)
	wantLines(t, items, "a/1.png|a|1", "b.png||failed", "c||failed")
	wantError(t, items[1].Err, "b.png: permission denied")
	wantError(t, items[2].Err, "c: permission denied")
}

// A sparse file costs nothing to make and must cost little to refuse.
func TestHugeFileIsRefused(t *testing.T) {
	path := write(t, t.TempDir(), "huge.png", nil)
	if err := os.Truncate(path, 1<<40); err != nil {
		t.Fatal(err)
	}
	items := readAll(t, small(2, 2, 1), path)
	wantError(t, items[0].Err, "huge.png: has 1099511627776 bytes, more than the limit of")
	if strings.Count(items[0].Err.Error(), "huge.png") != 1 {
		t.Errorf("%v names the file more than once", items[0].Err)
	}
}
