package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"vae/internal/run"
)

// kills is how often TestTorture kills trainings. `make torture` asks for many more.
var kills = flag.Int("kills", 10, "how often TestTorture kills a training")

// tortured are trainings of a second or so, most of which goes into saving: between
// them they carry everything that goes on from step to step.
var tortured = [][]string{
	small("--kind", "vae", "--snapshots", "3"),
	small("--objective", "iwae", "--samples", "3", "--estimator", "dreg", "--binarize", "dynamic", "--schedule", "cosine"),
	small("--kind", "ae", "--hidden", "20,10", "--pretrain", "layerwise", "--pretrain-epochs", "2", "--pretrain-corrupt", "mask:0.2", "--sparsity", "l1:0.01", "--keep", "last"),
	small("--estimator", "score", "--baseline", "average", "--optimizer", "sgd", "--momentum", "0.9", "--lr", "0.0001", "--kl-warmup", "linear:2"),
	small("--conditional", "--likelihood", "gaussian", "--sigma", "learned", "--corrupt", "salt-pepper:0.1", "--optimizer", "adagrad", "--lr", "0.01"),
	{
		"--data", "digits", "--encoder", "conv:8:4:2:1,bn,relu,dense:12,relu", "--latent", "3", "--batch", "25", "--epochs", "5",
		"--optimizer", "adamax", "--ema", "0.9", "--skip-gradients", "26", "--augment", "flip,crop:1",
	},
	small("--top-latent", "2", "--top-hidden", "5", "--patience", "2", "--validation", "30"),
	{"--preset", "smoke", "--epochs", "4"},
	{"--data", "digits", "--kind", "pca", "--latent", "3"},
	{"--data", "digits", "--from", "origin", "--batch", "25", "--epochs", "5"},
}

func small(args ...string) []string {
	return append([]string{"--data", "digits", "--hidden", "30", "--latent", "3", "--batch", "25", "--epochs", "5"}, args...)
}

// TestTorture kills trainings with SIGKILL, now and then with SIGTERM, at any moment
// and goes on with them, again and again, on one, two or three threads: what they leave is what an undisturbed one
// leaves, and at no time is there a file that does not load.
func TestTorture(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a process cannot be interrupted from another one on Windows")
	}
	dir := digitsFolder(t)
	mustTrain(t, dir, small("--seed", "5", "--run", "origin")...)
	killed, terminated, torn, rounds := 0, 0, 0, 0
	for ; killed < *kills; rounds++ {
		i := rounds % len(tortured)
		whole := filepath.Join(dir, fmt.Sprintf("whole-%d", i))
		if _, err := os.Stat(whole); err != nil {
			mustTrain(t, dir, append(tortured[i], "--run", whole)...)
		}
		v := &victim{t: t, dir: dir, args: tortured[i], run: filepath.Join(dir, fmt.Sprintf("run-%d", rounds)), reach: 40 * time.Millisecond}
		for !v.done() {
		}
		killed, terminated, torn = killed+v.killed, terminated+v.terminated, torn+v.torn
		if differ, err := sameRuns(whole, v.run); err != nil || len(differ) > 0 {
			t.Fatalf("%v, killed %d times: %v differ from those of an undisturbed run (%v)", tortured[i], v.killed, differ, err)
		}
		if left := strangers(t, v.run); len(left) > 0 {
			t.Errorf("%v: left behind: %v", tortured[i], left)
		}
		if err := os.RemoveAll(v.run); err != nil {
			t.Fatal(err)
		}
	}
	t.Logf("%d runs of %d kinds, killed %d times (%d of them while a file was written) and terminated %d times: the files of all are those of undisturbed runs",
		rounds, min(rounds, len(tortured)), killed, torn, terminated)
}

// sameRuns is differences, of runs of which one kind has no state.
func sameRuns(a, b string) ([]string, error) {
	differ, err := differences(a, b)
	_, errA := os.Stat(filepath.Join(a, run.StateFile))
	_, errB := os.Stat(filepath.Join(b, run.StateFile))
	if errors.Is(errA, fs.ErrNotExist) && errors.Is(errB, fs.ErrNotExist) {
		return differ, nil
	}
	return differ, err
}

// strangers are the files in a run that do not belong there.
func strangers(t *testing.T, dir string) (names []string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	known := []string{run.ModelFile, run.StateFile, run.PreviousFile, run.ConfigFile, run.MetricsFile, run.LatentsFile, run.SnapshotsFolder}
	for _, e := range entries {
		if !slices.Contains(known, e.Name()) {
			names = append(names, e.Name())
		}
	}
	temporary, err := filepath.Glob(filepath.Join(dir, run.SnapshotsFolder, ".vae-*"))
	if err != nil {
		t.Fatal(err)
	}
	names = append(names, temporary...)
	return names
}

// victim is a training that does not come to its end in one go.
type victim struct {
	t                  *testing.T
	dir, run           string
	args               []string
	reach              time.Duration // the most that it is given; grows where it gets nowhere
	killed, terminated int
	torn               int // kills that have left a temporary file
}

// done lets it train for a while, and says whether it has come to its end.
func (v *victim) done() bool {
	v.t.Helper()
	args := append([]string{"train", "--checkpoint-every", "1ms", "--run", v.run}, v.args...)
	if begun(v.run) {
		args = []string{"train", "--checkpoint-every", "1ms", "--resume", v.run}
	}
	var out bytes.Buffer
	c := program(v.dir, args...)
	c.Env = append(c.Env, fmt.Sprintf("GOMAXPROCS=%d", 1+rand.IntN(3)))
	c.Stdout, c.Stderr = &out, &out
	if err := c.Start(); err != nil {
		v.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- c.Wait() }()
	sent := syscall.SIGKILL
	if rand.IntN(5) == 0 {
		sent = syscall.SIGTERM
	}
	var err error
	select {
	case err = <-ended:
	case <-time.After(time.Duration(rand.Int64N(int64(v.reach)))):
		_ = c.Process.Signal(sent)
		err = <-ended
	}
	if strings.Contains(out.String(), "goroutine ") {
		v.t.Fatalf("vae %v: %v\n%s", args, err, out.Bytes())
	}
	v.examine()
	return v.count(c, err, &out)
}

// count notes how the training has ended.
func (v *victim) count(c *exec.Cmd, err error, out fmt.Stringer) (done bool) {
	status, _ := c.ProcessState.Sys().(syscall.WaitStatus)
	switch {
	case err == nil:
		return true
	case status.Signaled() && status.Signal() == syscall.SIGKILL:
		v.killed++
		if temporary, _ := filepath.Glob(filepath.Join(v.run, ".vae-*")); len(temporary) > 0 {
			v.torn++
		}
	case status.Signaled() || c.ProcessState.ExitCode() == 128+int(syscall.SIGTERM): // before anybody listens, or after
		v.terminated++
	default:
		v.t.Fatalf("vae: %v\n%s", err, out)
	}
	v.reach += v.reach / 20
	return false
}

// begun tells whether there is a run to go on with.
func begun(dir string) bool {
	for _, name := range []string{run.ConfigFile, run.StateFile, run.PreviousFile} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return true
		}
	}
	return false
}

// examine sees that everything there is loads, after a kill at any moment.
func (v *victim) examine() {
	v.t.Helper()
	model := filepath.Join(v.run, run.ModelFile)
	if _, err := run.Load(model); err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.t.Errorf("after a kill: %v", err)
	}
	newest, errNewest := run.LoadState(v.run)
	if errNewest != nil && !errors.Is(errNewest, fs.ErrNotExist) {
		v.t.Errorf("after a kill: %v", errNewest)
	}
	rows, err := run.ReadMetrics(v.run)
	if err != nil && !errors.Is(err, fs.ErrNotExist) && !strings.Contains(err.Error(), "cut short") && !strings.Contains(err.Error(), "is empty") {
		v.t.Errorf("after a kill: %v", err)
	}
	if errNewest == nil && err == nil && len(rows) < newest.Info.Epoch {
		v.t.Errorf("after a kill: %d rows of %d epochs", len(rows), newest.Info.Epoch)
	}
	latents, err := run.ReadLatents(v.run)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		v.t.Errorf("after a kill: %v", err)
	}
	if errNewest == nil && err == nil && len(latents.Rows) < newest.Info.Epoch {
		v.t.Errorf("after a kill: the latents of %d epochs, of %d", len(latents.Rows), newest.Info.Epoch)
	}
}

// program is the program with the arguments, on two threads.
func program(dir string, args ...string) *exec.Cmd {
	path, err := exec.LookPath("vae")
	if err != nil {
		panic(err) // TestMain puts it into the path
	}
	c := exec.Command(path, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "GOMAXPROCS=2")
	return c
}

// mustTrain trains undisturbed.
func mustTrain(t *testing.T, dir string, args ...string) {
	t.Helper()
	if out, err := program(dir, append([]string{"train"}, args...)...).CombinedOutput(); err != nil {
		t.Fatalf("vae train %v: %v\n%s", args, err, out)
	}
}

// digitsFolder makes a folder of IDX files in a folder of its own, which it returns.
func digitsFolder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "digits"), 0o777); err != nil {
		t.Fatal(err)
	}
	for name, content := range digitFiles(400, 60) {
		if err := os.WriteFile(filepath.Join(dir, "digits", name), content, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
