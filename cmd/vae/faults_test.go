//go:build unix

package main

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"vae/internal/run"
)

// The trainings below lose their disk in one way or another. Each must say in one
// line what happened, leave nothing that does not load, and come to the end of an
// undisturbed training where the fault is mended and it goes on.

// long is a training that is longer than any test waits for it to fail.
var long = small("--hidden", "300", "--snapshots", "9", "--checkpoint-every", "5ms")

// mustFail checks how a training ended: exit code 1 and one line about the cause.
func mustFail(t *testing.T, err error, out []byte, want string) {
	t.Helper()
	var exit *exec.ExitError
	line := lastLine(out)
	switch {
	case !errors.As(err, &exit) || exit.ExitCode() != 1 || bytes.Contains(out, []byte("goroutine ")):
		t.Fatalf("%v\n%s", err, out)
	case !strings.HasPrefix(line, "vae: ") || !strings.Contains(line, want):
		t.Errorf("said %q, want %q", line, want)
	}
}

func lastLine(out []byte) string {
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	return lines[len(lines)-1]
}

// mustMend goes on with a training after the fault and holds it against the whole one.
func mustMend(t *testing.T, dir, path, whole string) {
	t.Helper()
	if begun(path) {
		mustTrain(t, dir, "--resume", path)
	} else {
		mustTrain(t, dir, append(long, "--run", path)...)
	}
	if differ, err := sameRuns(whole, path); err != nil || len(differ) > 0 {
		t.Errorf("%v differ from those of an undisturbed run (%v)", differ, err)
	}
	if left := strangers(t, path); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

// limited runs the program where no file may become longer than so many blocks of
// 512 bytes.
func limited(dir string, blocks int, args ...string) *exec.Cmd {
	c := program(dir)
	program := c.Path
	c.Path, c.Args = "/bin/sh", append([]string{"sh", "-c", fmt.Sprintf(`ulimit -f %d; exec "$0" "$@"`, blocks), program}, args...)
	return c
}

// TestWriteFailsInTheMiddle has a write of a training fail: that of the configuration,
// of the model at the end of the first epoch, and of the state after it.
func TestWriteFailsInTheMiddle(t *testing.T) {
	t.Parallel()
	dir := digitsFolder(t)
	whole := filepath.Join(dir, "whole")
	mustTrain(t, dir, append(long, "--run", whole)...)
	model, err := os.Stat(filepath.Join(whole, run.ModelFile))
	if err != nil {
		t.Fatal(err)
	}
	state, err := os.Stat(filepath.Join(whole, run.StateFile))
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		blocks int64
		want   string
	}{
		"config":  {1, run.ConfigFile},
		"model":   {model.Size() / 1024, run.ModelFile},
		"state":   {model.Size()/512 + 2, run.StateFile},
		"nothing": {state.Size()/512 + 2, ""},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(dir, "run-"+name)
			out, err := limited(dir, int(c.blocks), append(append([]string{"train", "--run", path}, long...), "--checkpoint-every", "0")...).CombinedOutput()
			if c.want == "" {
				if err != nil {
					t.Fatalf("%v\n%s", err, out)
				}
				return
			}
			mustFail(t, err, out, c.want+": file too large")
			if name == "config" {
				if _, err := os.Stat(path); err == nil {
					t.Errorf("%s is left behind", path)
				}
			}
			mustMend(t, dir, path, whole)
		})
	}
}

// TestFullDisk trains on a file system of a few megabytes, which fills up.
func TestFullDisk(t *testing.T) {
	t.Parallel()
	dir := digitsFolder(t)
	whole := filepath.Join(dir, "whole")
	mustTrain(t, dir, append(long, "--run", whole)...)
	disk := filepath.Join(dir, "disk")
	if err := os.Mkdir(disk, 0o777); err != nil {
		t.Fatal(err)
	}
	mount := func(options string) error {
		return exec.Command("mount", "-t", "tmpfs", "-o", options, "tmpfs", disk).Run()
	}
	if err := mount("size=1m"); err != nil {
		t.Skip("no file system can be mounted here:", err)
	}
	defer func() { _ = exec.Command("umount", disk).Run() }()
	path := filepath.Join(disk, "run")
	full := 0
	for kilobytes := 1000; ; kilobytes += 150 + rand.IntN(100) {
		args := append([]string{"train", "--run", path}, long...)
		if begun(path) {
			args = []string{"train", "--checkpoint-every", "1ms", "--resume", path}
		}
		out, err := program(dir, args...).CombinedOutput()
		if err == nil {
			break
		}
		mustFail(t, err, out, ": no space left on device")
		full++
		checkLoads(t, path)
		if err := mount(fmt.Sprintf("remount,size=%dk", kilobytes)); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("the disk was full %d times", full)
	mustMend(t, dir, path, whole)
}

// checkLoads sees that the model and the state that are there can be read.
func checkLoads(t *testing.T, path string) {
	t.Helper()
	v := &victim{t: t, run: path}
	v.examine()
}

// started begins a training and waits for its first checkpoint.
func started(t *testing.T, dir, path string, as *syscall.Credential) (c *exec.Cmd, out *bytes.Buffer) {
	t.Helper()
	out = &bytes.Buffer{}
	c = program(dir, append(append([]string{"train", "--run", path}, long...), "--epochs", "100000")...)
	c.Stdout, c.Stderr = out, out
	if as != nil {
		c.Path = ownCopy(t, c.Path, filepath.Join(dir, "vae"))
		c.SysProcAttr = &syscall.SysProcAttr{Credential: as}
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Process.Kill() })
	for deadline := time.Now().Add(30 * time.Second); !begun(path) || !exists(filepath.Join(path, run.PreviousFile)); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("no checkpoint:\n%s", out)
		}
	}
	return c, out
}

// ownCopy puts the program where somebody else may run it. No process is started
// meanwhile: one that other tests fork would hold the copy open for writing until it
// is another program, and the copy could not be run until then ("text file busy",
// https://go.dev/issue/22315).
func ownCopy(t *testing.T, from, to string) string {
	t.Helper()
	content, err := os.ReadFile(from)
	if err == nil {
		syscall.ForkLock.RLock()
		err = os.WriteFile(to, content, 0o755)
		syscall.ForkLock.RUnlock()
	}
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// TestFolderRemovedUnderATraining: it ends, and does not make the folder again.
func TestFolderRemovedUnderATraining(t *testing.T) {
	t.Parallel()
	dir := digitsFolder(t)
	path := filepath.Join(dir, "gone")
	c, out := started(t, dir, path, nil)
	for os.RemoveAll(path) != nil { // files are made while it works
	}
	mustFail(t, c.Wait(), out.Bytes(), path)
	if exists(path) {
		t.Errorf("%s is there again", path)
	}
}

// TestFolderThatCannotBeWritten any more: what was saved before loads, and the run
// goes on once it can.
func TestFolderThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	dir := digitsFolder(t)
	as := somebody(t, dir)
	path := filepath.Join(dir, "locked")
	c, out := started(t, dir, path, as)
	if err := os.Chmod(path, 0o555); err != nil {
		t.Fatal(err)
	}
	mustFail(t, c.Wait(), out.Bytes(), "permission denied")
	checkLoads(t, path)
	if err := os.Chmod(path, 0o755); err != nil {
		t.Fatal(err)
	}
	epochs := fmt.Sprint(checkpoint(t, path).Info.Epoch + 1) // instead of the many
	whole := filepath.Join(dir, "whole")
	mustTrain(t, dir, append(append([]string{"--run", whole}, long...), "--epochs", epochs)...)
	mustTrain(t, dir, "--resume", path, "--epochs", epochs)
	if differ, err := sameRuns(whole, path); err != nil || len(differ) > 0 {
		t.Errorf("%v differ from those of an undisturbed run (%v)", differ, err)
	}
}

// checkpoint is the state that a run would go on from.
func checkpoint(t *testing.T, path string) *run.State {
	t.Helper()
	d, err := run.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	from, err := d.Checkpoint()
	if err != nil || from.State == nil {
		t.Fatalf("no state to go on from: %v", err)
	}
	return from.State
}

// somebody is a user who may not write everywhere, and owns dir: nil for oneself.
func somebody(t *testing.T, dir string) *syscall.Credential {
	t.Helper()
	if os.Getuid() != 0 {
		return nil
	}
	const nobody = 65534
	if err := os.Chown(dir, nobody, nobody); err != nil {
		t.Skip("running as root, who cannot become somebody else here:", err)
	}
	for parent := dir; parent != os.TempDir() && parent != "/"; parent = filepath.Dir(parent) {
		if err := os.Chmod(parent, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return &syscall.Credential{Uid: nobody, Gid: nobody}
}
