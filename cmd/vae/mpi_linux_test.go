package main

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vae/internal/kernel"
	"vae/internal/world"
)

// mpi is one of Debian's, with the helper that it has compiled in a folder.
type mpi struct{ name, dir string }

// underMPI runs a test with each MPI that is there.
func underMPI(t *testing.T, test func(t *testing.T, m mpi)) {
	if underRace {
		t.Skip("several processes share nothing that a detector of races could see; one alone is slow enough under it")
	}
	for _, name := range []string{"openmpi", "mpich"} {
		t.Run(name, func(t *testing.T) {
			for _, program := range []string{"mpicc." + name, "mpiexec." + name} {
				if _, err := exec.LookPath(program); err != nil {
					t.Skipf("there is no %s", program)
				}
			}
			m := mpi{name, digitsFolder(t)}
			must(t, os.WriteFile(filepath.Join(m.dir, "vae-mpi.c"), world.HelperSource, 0o666))
			c := exec.Command("mpicc."+name, "-O2", "-o", "vae-mpi", "vae-mpi.c") // the line that a user types
			c.Dir = m.dir
			if out, err := c.CombinedOutput(); err != nil || len(out) > 0 {
				t.Fatalf("mpicc: %v\n%s", err, out)
			}
			t.Parallel()
			test(t, m)
		})
	}
}

// start begins n processes of the program.
func (m mpi) start(t *testing.T, n int, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	return m.launch(t, n, append([]string{filepath.Join(m.dir, "vae-mpi"), "vae"}, args...)...)
}

func (m mpi) launch(t *testing.T, n int, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	start := []string{"-n", strconv.Itoa(n)}
	if m.name == "openmpi" {
		start = append(start, "--oversubscribe", "--bind-to", "none")
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	c, out := exec.CommandContext(ctx, "mpiexec."+m.name, append(start, args...)...), new(bytes.Buffer)
	c.Dir, c.Stdout, c.Stderr = m.dir, out, out
	c.Env = append(os.Environ(), "GOMAXPROCS=1", "TMPDIR="+t.TempDir(), "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	must(t, c.Start())
	return c, out
}

func (m mpi) must(t *testing.T, n int, args ...string) string {
	t.Helper()
	c, out := m.start(t, n, args...)
	if err := c.Wait(); err != nil {
		t.Fatalf("%d processes of vae %v: %v\n%s", n, args, err, out)
	}
	return out.String()
}

// shared are trainings for several processes: what of each process they sum, and how often.
var shared = [][]string{
	append(small("--binarize", "dynamic", "--objective", "iwae", "--samples", "3"), "--batch", "32", "--slices", "4"),
	{"--data", "digits", "--encoder", "conv:4:4:2:1,bn,relu,dense:12,relu", "--latent", "3", "--batch", "32", "--epochs", "3", "--slices", "4",
		"--likelihood", "gaussian", "--sigma", "optimal"},
}

// One process and several leave the same files and figures, with either MPI; what they are not told alike they refuse.
func TestProcesses(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi) {
		for i, args := range shared {
			alone := filepath.Join(m.dir, fmt.Sprint("alone-", i))
			mustTrain(t, m.dir, append(args, "--run", alone)...)
			for _, n := range []int{2, 4} {
				with := filepath.Join(m.dir, fmt.Sprintf("with-%d-%d", i, n))
				said := m.must(t, n, append([]string{"train", "--run", with}, args...)...)
				if differ, err := differences(alone, with); err != nil || len(differ) > 0 {
					t.Errorf("%v by %d processes: %v differ (%v)", args, n, differ, err)
				}
				if want := fmt.Sprintf("%d processes: each sends", n); strings.Count(said, want) != 1 || strings.Count(said, "epoch   2") != 1 {
					t.Errorf("%d processes say %q", n, said)
				}
			}
		}
		evaluate := []string{"evaluate", "--model", filepath.Join(m.dir, "alone-0"), "--samples", "20", "--json", "--quiet"}
		want, err := program(m.dir, evaluate...).Output()
		must(t, err)
		if got := m.must(t, 2, evaluate...); got != string(want) {
			t.Errorf("evaluate by 2 processes: %s, want %s", got, want)
		}
		m.refuses(t)
	})
}

// refuses holds what is said of processes that cannot work together.
func (m mpi) refuses(t *testing.T) {
	args := append(shared[0], "--run", "none")
	both := func(first, second []string) []string {
		helped := []string{filepath.Join(m.dir, "vae-mpi"), "vae", "train"}
		return append(append(append(append([]string{}, helped...), first...), ":", "-n", "1"), append(helped, second...)...)
	}
	type start struct {
		n    int
		args []string
	}
	refused := map[string]start{
		"put vae-mpi before it":                             {2, append([]string{"vae", "train"}, args...)},
		"vae sample is the work of one process":             {2, []string{filepath.Join(m.dir, "vae-mpi"), "vae", "sample"}},
		"their number must be a multiple of 8":              {8, append([]string{filepath.Join(m.dir, "vae-mpi"), "vae", "train"}, args...)},
		"process 1: its settings have learning_rate: 0.001": {1, both(append(args, "--lr", "0.01"), args)},
	}
	if kernel.Bits() == "vector" {
		other := both(args, args)
		last := slices.Index(other, ":") + 4 // what the second helper starts
		refused["process 1: its kernels are portable"] = start{1, slices.Insert(other, last, "env", kernel.PathVariable+"=portable")}
	}
	for want, c := range refused {
		cmd, out := m.launch(t, c.n, c.args...)
		err := cmd.Wait()
		if err == nil || !strings.Contains(out.String(), want) || strings.Contains(out.String(), "goroutine ") {
			t.Errorf("%v: %v, %s", c.args, err, out)
		}
		if _, err := os.Stat(filepath.Join(m.dir, "none")); err == nil {
			t.Errorf("%v leaves a run", c.args)
		}
	}
}

// Trainings of which a process is killed, or which are told to end, go on with any number of processes and leave the
// files of one that was left alone.
func TestKilledProcesses(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi) {
		args := append(shared[1], "--epochs", "12")
		alone := filepath.Join(m.dir, "alone")
		mustTrain(t, m.dir, append(args, "--run", alone)...)
		killed, terminated := 0, 0
		for want := 2 + *kills/5; killed < want; {
			with, said := filepath.Join(m.dir, fmt.Sprint("with-", killed)), new(bytes.Buffer)
			for ended := false; !ended; {
				c, out := m.start(t, 1<<rand.IntN(3), m.train(with, args)...)
				done := make(chan error, 1)
				go func() { done <- c.Wait() }()
				select {
				case err := <-done:
					if ended = err == nil && finished(out); !ended {
						t.Fatalf("%v: %v\n%s", args, err, out)
					}
				case <-time.After(400*time.Millisecond + time.Duration(rand.Int64N(int64(1200*time.Millisecond)))):
					if rand.IntN(4) == 0 {
						terminated++
						must(t, c.Process.Signal(syscall.SIGTERM))
					} else if m.kill(t, c.Process.Pid) {
						killed++
					}
					began := time.Now()
					<-done
					ended = finished(out) // MPICH's launcher that was told to end says that all was well
					if took := time.Since(began); took > 10*time.Second {
						t.Errorf("took %v to end\n%s", took, out)
					}
				}
				if strings.Contains(out.String(), "goroutine ") {
					t.Fatalf("%s", out)
				}
				fmt.Fprintf(said, "%v\n%s", c.Args, out)
			}
			if differ, err := sameRuns(alone, with); err != nil || len(differ) > 0 {
				t.Fatalf("killed %d times: %v differ (%v)\n%s", killed, differ, err, said.String())
			}
		}
		t.Logf("%d kills, %d terminations", killed, terminated)
	})
}

// finished says that a training has come to its end.
func finished(out *bytes.Buffer) bool { return strings.Contains(out.String(), "\ntest: ") }

// train is the command that begins a run or goes on with it.
func (m mpi) train(with string, args []string) []string {
	if begun(with) {
		return []string{"train", "--checkpoint-every", "1ms", "--resume", with}
	}
	return append([]string{"train", "--checkpoint-every", "1ms", "--run", with}, args...)
}

// kill ends one of the processes of the program below a launcher, or one of the helpers, with SIGKILL, if there are some already.
func (m mpi) kill(t *testing.T, launcher int) bool {
	t.Helper()
	out, err := exec.Command("ps", "-eo", "pid=,ppid=,comm=").Output()
	must(t, err)
	below := map[int]bool{launcher: true}
	var victims []int
	for range 4 { // generations
		for line := range strings.Lines(string(out)) {
			var pid, parent int
			var name string
			if _, err := fmt.Sscan(line, &pid, &parent, &name); err != nil || !below[parent] || below[pid] {
				continue
			}
			below[pid] = true
			if name == "vae" || name == "vae-mpi" {
				victims = append(victims, pid)
			}
		}
	}
	if len(victims) == 0 {
		return false
	}
	return syscall.Kill(victims[rand.IntN(len(victims))], syscall.SIGKILL) == nil
}
