package world_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// mpi is an MPI by Debian's names.
type mpi struct {
	name    string
	compile func() (helper string, err error)
}

var mpis = []mpi{newMPI("openmpi"), newMPI("mpich")}

// helpers is the folder of the compiled helpers, once there is one.
var helpers = sync.OnceValues(func() (string, error) { return os.MkdirTemp("", "vae-mpi") })

func cleanUp() {
	if folder, err := helpers(); err == nil {
		os.RemoveAll(folder)
	}
}

func newMPI(name string) mpi {
	return mpi{name, sync.OnceValues(func() (string, error) {
		folder, err := helpers()
		if err != nil {
			return "", err
		}
		helper := filepath.Join(folder, "vae-mpi-"+name)
		out, err := exec.Command("mpicc."+name, "-O2", "-Wall", "-Wextra", "-Werror", "-o", helper, "helper/vae-mpi.c").CombinedOutput()
		if err != nil {
			return "", fmt.Errorf("mpicc.%s: %w: %s", name, err, out)
		}
		return helper, nil
	})}
}

func (m mpi) missing() string {
	for _, program := range []string{"mpicc." + m.name, "mpiexec." + m.name} {
		if _, err := exec.LookPath(program); err != nil {
			return "there is no " + program
		}
	}
	return ""
}

// underMPI runs a test with each MPI that is there.
func underMPI(t *testing.T, test func(t *testing.T, m mpi, helper string)) {
	for _, m := range mpis {
		t.Run(m.name, func(t *testing.T) {
			if why := m.missing(); why != "" {
				t.Skip(why)
			}
			helper, err := m.compile()
			if err != nil {
				t.Fatal(err)
			}
			t.Parallel()
			test(t, m, helper)
		})
	}
}

// launch starts n processes of the program that args name, which does a job, with a patience behind an @.
func (m mpi) launch(t *testing.T, n int, job string, args ...string) *launched {
	t.Helper()
	job, patience, _ := strings.Cut(job, "@")
	start := []string{"-n", strconv.Itoa(n)}
	if m.name == "openmpi" {
		start = append(start, "--oversubscribe", "--bind-to", "none")
	}
	own, err := os.MkdirTemp("", "mpi") // where Open MPI has its files: two that begin and end at once would be in each other's way
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(own) })
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	l := &launched{cmd: exec.CommandContext(ctx, "mpiexec."+m.name, append(start, args...)...)}
	l.cmd.Env = append(os.Environ(), jobVariable+"="+job, "TMPDIR="+own, "VAE_WORLD_PATIENCE="+patience, "OMPI_ALLOW_RUN_AS_ROOT=1", "OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1")
	l.cmd.Stdout, l.cmd.Stderr = l, l
	if err := l.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return l
}

// launched is an mpirun under way and what it has said so far.
type launched struct {
	cmd  *exec.Cmd
	mu   sync.Mutex
	said bytes.Buffer
}

func (l *launched) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.Write(p)
}

func (l *launched) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.said.String()
}

func (l *launched) code() int {
	var exit *exec.ExitError
	if err := l.cmd.Wait(); errors.As(err, &exit) {
		return exit.ExitCode()
	} else if err != nil {
		return -2
	}
	return 0
}

// pids are the processes of the ranks, once all have said theirs.
func (l *launched) pids(t *testing.T, n int) map[int]int {
	t.Helper()
	for range 600 {
		found := regexp.MustCompile(`rank (\d+) pid (\d+)\n`).FindAllStringSubmatch(l.String(), -1)
		pids := map[int]int{}
		for _, f := range found {
			rank, _ := strconv.Atoi(f[1])
			pids[rank], _ = strconv.Atoi(f[2])
		}
		if len(pids) == n {
			return pids
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("only said: %s", l)
	return nil
}

// parent is the helper of a process.
func parent(t *testing.T, pid int) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		t.Fatal(err)
	}
	n, _ := strconv.Atoi(strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))[1])
	return n
}

// TestSumsUnderMPI: every rank compares the bits of its sums with those of the tree, and the bytes it gathers and gets.
func TestSumsUnderMPI(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		for _, n := range []int{1, 2, 4} {
			if l := m.launch(t, n, "check", helper, os.Args[0]); l.code() != 0 {
				t.Errorf("%d processes: %s", n, l)
			}
		}
		l := m.launch(t, 2, "sent:1001", helper, os.Args[0])
		if code := l.code(); code != 0 || strings.Count(l.String(), "sent 4004\n") != 2 {
			t.Errorf("code %d: %s", code, l)
		}
	})
}

// TestADeadProcessEndsAll: a program or its helper that is killed takes all with it, soon.
func TestADeadProcessEndsAll(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		var wg sync.WaitGroup
		for _, what := range []string{"program", "helper"} {
			l := m.launch(t, 2, "repeat", helper, os.Args[0])
			pids := l.pids(t, 2)
			victim := pids[1]
			if what == "helper" {
				victim = parent(t, victim)
			}
			start := time.Now()
			syscall.Kill(victim, syscall.SIGKILL)
			wg.Go(func() {
				code := l.code()
				if took := time.Since(start); code == 0 || took > 5*time.Second {
					t.Errorf("%s killed: code %d after %v: %s", what, code, took, l)
				}
				ended(t, pids)
			})
		}
		wg.Wait()
	})
}

// ended sees that no program is left.
func ended(t *testing.T, pids map[int]int) {
	t.Helper()
	for rank, pid := range pids {
		for i := 0; syscall.Kill(pid, 0) == nil; i++ {
			if text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid)); bytes.Contains(text, []byte(") Z ")) {
				break
			}
			if i > 100 {
				t.Errorf("rank %d is still there", rank)
				return
			}
			time.Sleep(10 * time.Millisecond)
		}
	}
}

// TestASilentProcessEndsAll: one that stands still is waited for as long as was said.
func TestASilentProcessEndsAll(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		l := m.launch(t, 2, "repeat@1s", helper, os.Args[0])
		pids := l.pids(t, 2)
		start := time.Now()
		syscall.Kill(pids[1], syscall.SIGSTOP)
		code := l.code()
		took := time.Since(start)
		if !strings.Contains(l.String(), "no answer from the other processes for 1 s in a sum") || code == 0 || took < 900*time.Millisecond || took > 6*time.Second {
			t.Errorf("code %d after %v: %s", code, took, l)
		}
		ended(t, pids)
	})
}

// TestASignalComesOnce: one that a helper gets reaches its program, which then has the last word.
func TestASignalComesOnce(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		var wg sync.WaitGroup
		for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGUSR1} {
			l := m.launch(t, 2, "wait", helper, os.Args[0])
			syscall.Kill(parent(t, l.pids(t, 2)[1]), s)
			wg.Go(func() {
				code := l.code()
				if said := l.String(); code != 143 || !strings.Contains(said, "rank 1 stops, 1 signals\n") || !strings.Contains(said, "rank 0 stops, 0 signals\n") {
					t.Errorf("%v: code %d: %s", s, code, said)
				}
			})
		}
		wg.Wait()
	})
}

// TestCodesOfTheEnd: that of a program becomes that of mpirun, whether the others end or work on.
func TestCodesOfTheEnd(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		var wg sync.WaitGroup
		for job, want := range map[string]int{"exit:0:0": 0, "exit:3:3": 3, "exit:0:3": 3, "exit:3:on": 3} {
			l, start := m.launch(t, 2, job, helper, os.Args[0]), time.Now()
			wg.Go(func() {
				if code := l.code(); code != want || time.Since(start) > 10*time.Second {
					t.Errorf("%s: code %d after %v: %s", job, code, time.Since(start), l)
				}
			})
		}
		none, nothing := m.launch(t, 1, "", helper, "./none"), m.launch(t, 1, "", helper)
		if code := none.code(); code == 0 || !strings.Contains(none.String(), "vae-mpi: cannot start ./none: No such file or directory\n") {
			t.Errorf("code %d: %s", code, none)
		}
		if code := nothing.code(); code != 2 || !strings.Contains(nothing.String(), "usage: mpirun -n N vae-mpi vae COMMAND ...\n") {
			t.Errorf("code %d: %s", code, nothing)
		}
		wg.Wait()
	})
}

// TestWrongLaunchers: processes that would each think to be alone.
func TestWrongLaunchers(t *testing.T) {
	underMPI(t, func(t *testing.T, m mpi, helper string) {
		l := m.launch(t, 2, "join", os.Args[0])
		if code := l.code(); code != 1 || !strings.Contains(l.String(), " has started 2 of this program, each of which would work alone") {
			t.Errorf("no helper: code %d: %s", code, l)
		}
		for _, other := range mpis {
			if other.name == m.name || other.missing() != "" {
				continue
			}
			l := other.launch(t, 2, "join", helper, os.Args[0])
			if code := l.code(); code == 0 || strings.Contains(l.String(), "rank ") {
				t.Errorf("made for %s and started by %s: code %d: %s", m.name, other.name, code, l)
			}
		}
	})
}
