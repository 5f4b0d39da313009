//go:build unix

package console

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
	"testing"
	"time"
)

// TestSecondSignalLeavesAtOnce runs this test again as a program that does not stop
// by itself.
func TestSecondSignalLeavesAtOnce(t *testing.T) {
	const child = "VAE_TEST_UNTIL_SIGNAL"
	if os.Getenv(child) != "" {
		ctx, stop := UntilSignal(t.Context())
		defer stop()
		os.Stdout.WriteString("ready\n")
		<-ctx.Done()
		os.Stdout.WriteString("first\n")
		time.Sleep(time.Minute)
		return
	}
	for _, first := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		second := map[syscall.Signal]syscall.Signal{syscall.SIGTERM: syscall.SIGINT, syscall.SIGHUP: syscall.SIGTERM, syscall.SIGQUIT: syscall.SIGHUP}[first]
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
		for _, s := range []syscall.Signal{first, second} {
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
