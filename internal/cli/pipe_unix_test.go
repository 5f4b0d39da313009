//go:build unix

package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vae/internal/console"
)

// pipe makes a named pipe.
func pipe(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// runFor runs the program and interrupts it after a while; over says whether it had
// ended before.
func runFor(t *testing.T, while time.Duration, args ...string) (code int, stderr string, over bool) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	var out, errs bytes.Buffer
	ended := make(chan int, 1)
	go func() {
		ended <- Run(ctx, args, console.Streams{
			In: strings.NewReader(""), Out: &out, Err: &errs,
			Size: func() (int, int) { return 80, 24 },
			Env:  func(string) string { return "" },
		})
	}()
	select {
	case code = <-ended:
		return code, errs.String(), true
	case <-time.After(while):
	}
	cancel()
	select {
	case code = <-ended:
		return code, errs.String(), false
	case <-time.After(time.Minute):
		t.Fatalf("%v goes on after an interruption", args)
		return 0, "", false
	}
}

// TestPipeWithoutOtherEnd: where a command waits for the other end of a pipe, an
// interruption ends it.
func TestPipeWithoutOtherEnd(t *testing.T) {
	file, image := modelFile(t), imageFile(t)
	for _, args := range [][]string{
		{"train", "--config"},
		{"sample", "-q", "-m", file, "-o"},
		{"encode", "-q", "-m", file, image, "-o"},
		{"reconstruct", "-q", "-m", file, image, "-o"},
		{"neighbors", "-q", "-m", file, image, "--among", imageFile(t), "-o"},
		{"map", "-q", "-m", file, image, "--method", "pca", "-o"},
		{"presets", "--cpuprofile"},
		{"presets", "--memprofile"},
	} {
		t.Run(args[0]+args[len(args)-1], func(t *testing.T) {
			t.Parallel()
			code, stderr, over := runFor(t, 300*time.Millisecond, append(args, pipe(t))...)
			if over || code != 130 || stderr != "vae: interrupted\n" {
				t.Errorf("%v: exit code %d, %q, over %v", args, code, stderr, over)
			}
		})
	}
}

// TestPipeIsNoInput: what must be a file or a folder is not waited for where it is a
// pipe.
func TestPipeIsNoInput(t *testing.T) {
	t.Chdir(t.TempDir())
	file, image := modelFile(t), imageFile(t)
	for _, args := range [][]string{
		{"sample", "-m"}, {"evaluate", "-m"}, {"evaluate", "-m", file, "--data"}, {"encode", "-m", file}, {"encode", "-m", file, image},
		{"reconstruct", "-m", file}, {"reconstruct", "-m", file, image, "-o", "out/", "-m"}, {"neighbors", "-m", file, image, "--among"}, {"neighbors", "-m", file, "--among", image}, {"map", "-m", file}, {"map", "-m", file, image, "--method", "pca", "--place"},
		{"compare", file}, {"train", "--data"}, {"train", "--resume"}, {"train", "--run"},
	} {
		code, stderr, over := runFor(t, time.Minute, append(args, pipe(t))...)
		if !over || code == 0 || strings.Count(stderr, "\n") == 0 {
			t.Errorf("%v: exit code %d, %q, over %v", args, code, stderr, over)
		}
	}
}

// TestPipeWithReader: the reader of a pipe gets all there is, and one that does not read
// on is not waited for after an interruption.
func TestPipeWithReader(t *testing.T) {
	file, path := modelFile(t), pipe(t)
	args := []string{"sample", "-q", "-m", file, "-n", "2000", "--seed", "1", "--format", "csv"}
	read := make(chan []byte, 1)
	go func() {
		got, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		}
		read <- got
	}()
	code, stderr, over := runFor(t, time.Minute, append(args, "-o", path)...)
	if code != 0 || stderr != "" || !over {
		t.Fatalf("exit code %d, %q", code, stderr)
	}
	_, want, _ := onPipe(t, args...)
	if got := string(<-read); got != want || len(want) < 100_000 {
		t.Errorf("%d bytes come through the pipe, want %d", len(got), len(want))
	}

	open := make(chan *os.File, 1)
	go func() {
		f, err := os.Open(path)
		if err != nil {
			t.Error(err)
		}
		open <- f
	}()
	code, stderr, over = runFor(t, time.Second, append(args, "-o", path)...)
	if over || code != 130 || stderr != "vae: interrupted\n" {
		t.Errorf("exit code %d, %q, over %v", code, stderr, over)
	}
	f := <-open
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Error(err)
	}
	f.Close()
}

// onPipe runs the program where nobody looks.
func onPipe(t *testing.T, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	code = Run(t.Context(), args, console.Streams{
		In: strings.NewReader(""), Out: &out, Err: &errs,
		Size: func() (int, int) { return 80, 24 },
		Env:  func(string) string { return "" },
	})
	return code, out.String(), errs.String()
}

// TestConfigFromPipe: settings may come through a pipe.
func TestConfigFromPipe(t *testing.T) {
	t.Chdir(t.TempDir())
	path := pipe(t)
	go func() {
		if err := os.WriteFile(path, []byte("model:\n  latent: none\n"), 0o666); err != nil {
			t.Error(err)
		}
	}()
	code, stderr, over := runFor(t, time.Minute, "train", "--config", path)
	if want := path + ":2:11: model.latent must be a whole number"; !over || code != 2 || !strings.Contains(stderr, want) {
		t.Errorf("exit code %d, %q, over %v", code, stderr, over)
	}
}
