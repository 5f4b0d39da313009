//go:build unix

package cli

import (
	"errors"
	"io"
	"os"
	"os/exec"
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
	if err := writeFile(pipe, write("some text")); err != nil {
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

// TestSecondSignalLeavesAtOnce runs this test again as a program that does not stop
// by itself.
func TestSecondSignalLeavesAtOnce(t *testing.T) {
	const child = "VAE_TEST_UNTIL_SIGNAL"
	if os.Getenv(child) != "" {
		ctx, stop := untilSignal(t.Context())
		defer stop()
		os.Stdout.WriteString("ready\n")
		<-ctx.Done()
		os.Stdout.WriteString("first\n")
		time.Sleep(time.Minute)
		return
	}
	for _, second := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		c := exec.Command(os.Args[0], "-test.run=^TestSecondSignalLeavesAtOnce$")
		c.Env = append(os.Environ(), child+"=1")
		out, err := c.StdoutPipe()
		if err == nil {
			err = c.Start()
		}
		if err != nil {
			t.Fatal(err)
		}
		line := make([]byte, 6)
		for _, s := range []syscall.Signal{syscall.SIGTERM, second} {
			if _, err := io.ReadFull(out, line); err != nil {
				t.Fatal(err)
			}
			if err := c.Process.Signal(s); err != nil {
				t.Fatal(err)
			}
		}
		var exit *exec.ExitError
		if err := c.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != second {
			t.Errorf("%v after a second signal, want %v", err, second)
		}
	}
}
