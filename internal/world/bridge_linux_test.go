package world_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unsafe"
)

// standIn is one process's helper without MPI: the ends of socket and memory that the process does not have.
type standIn struct {
	socket *os.File
	memory []byte
	most   int64 // bytes that sums have used, from the memory's start
	said   bytes.Buffer
	cmd    *exec.Cmd
}

// startStandIn starts a job as a process of a world of several, of which VAE_MPI tells it, with as much memory to share as says.
func startStandIn(t *testing.T, job, says string, size int) *standIn {
	t.Helper()
	pair, err := syscall.Socketpair(syscall.AF_UNIX, syscall.SOCK_SEQPACKET|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "memory"))
	if err == nil {
		err = file.Truncate(int64(size))
	}
	if err != nil {
		t.Fatal(err)
	}
	s := &standIn{socket: os.NewFile(uintptr(pair[0]), "socket")}
	if s.memory, err = syscall.Mmap(int(file.Fd()), 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED); err != nil {
		t.Fatal(err)
	}
	theirs := os.NewFile(uintptr(pair[1]), "theirs")
	s.cmd = exec.Command(os.Args[0])
	s.cmd.Env = append(os.Environ(), jobVariable+"="+job, "VAE_MPI="+says)
	s.cmd.ExtraFiles = []*os.File{theirs, file}
	s.cmd.Stdout, s.cmd.Stderr = &s.said, &s.said
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	theirs.Close()
	file.Close()
	t.Cleanup(func() {
		s.socket.Close()
		s.cmd.Process.Kill()
		syscall.Munmap(s.memory)
	})
	return s
}

// standInCommand is what the bridge writes.
type standInCommand struct {
	Op, Slot     int32
	At, N, Inbox int64
}

func (s *standIn) command() (c standInCommand, err error) {
	m := make([]byte, 64)
	n, err := s.socket.Read(m)
	if err == nil {
		err = binary.Read(bytes.NewReader(m[:n]), binary.NativeEndian, &c)
	}
	if c.Op == 1 {
		s.most = max(s.most, c.Inbox+4*c.N)
	}
	return c, err
}

func (s *standIn) numbers(c standInCommand) []float32 {
	return unsafe.Slice((*float32)(unsafe.Pointer(&s.memory[c.At])), c.N)
}

// join does what comes from all, in the order in which it comes from the first, until they are gone.
func join(all []*standIn) error {
	for {
		commands := make([]standInCommand, len(all))
		for i, s := range all {
			c, err := s.command()
			for err == nil && c.Op == 0 {
				c, err = s.command()
			}
			if err == io.EOF || err == nil && c.N < 0 {
				return nil
			}
			if err != nil {
				return err
			}
			commands[i] = c
			if first := commands[0]; c.Op != first.Op || c.N != first.N {
				return fmt.Errorf("process %d wants %+v, process 0 %+v", i, c, first)
			}
		}
		carry(all, commands)
		for i, s := range all {
			var m bytes.Buffer
			binary.Write(&m, binary.NativeEndian, [2]int64{int64(commands[i].Slot), 1})
			if _, err := s.socket.Write(m.Bytes()); err != nil {
				return err
			}
		}
	}
}

func carry(all []*standIn, commands []standInCommand) {
	at, n := commands[0].At, commands[0].N
	switch commands[0].Op {
	case 1:
		for step := 1; step < len(all); step *= 2 {
			for i := 0; i < len(all); i += 2 * step {
				to, from := all[i].numbers(commands[i]), all[i+step].numbers(commands[i+step])
				for j, v := range from {
					to[j] += v
				}
			}
		}
		for i, s := range all[1:] {
			copy(s.numbers(commands[i+1]), all[0].numbers(commands[0]))
		}
	case 2:
		for i, from := range all {
			for _, to := range all {
				copy(to.memory[at+int64(i)*n:][:n], from.memory[at+int64(i)*n:])
			}
		}
	case 3:
		for _, to := range all[1:] {
			copy(to.memory[at:][:n], all[0].memory[at:])
		}
	}
}

// TestBridgeToAStandIn holds sums of any length, also where the shared memory has less room than they need, and
// what is gathered and broadcast, without an MPI.
func TestBridgeToAStandIn(t *testing.T) {
	for _, tt := range []struct {
		job          string
		size, memory int
	}{
		{"check", 2, 12 << 20}, {"check", 4, 12 << 20},
		{"sums:4500000", 2, 128 << 20}, // more commands than may be under way
	} {
		size := tt.size
		var all []*standIn
		for rank := range size {
			all = append(all, startStandIn(t, tt.job, fmt.Sprint(1, rank, size, tt.memory), tt.memory))
		}
		if err := join(all); err != nil {
			t.Errorf("%d processes: %v", size, err)
		}
		for rank, s := range all {
			s.socket.Close()
			if err := s.cmd.Wait(); err != nil {
				t.Errorf("rank %d of %d: %v: %s", rank, size, err, &s.said)
			}
		}
	}
}

// TestMemoryOfABridge: sums use what is said that they take, and little less.
func TestMemoryOfABridge(t *testing.T) {
	for _, n := range []int{1, 1 << 17, 300_000, 4_000_000, 30_000_000} {
		const memory = 64 << 20
		var all []*standIn
		for rank := range 2 {
			all = append(all, startStandIn(t, fmt.Sprint("memory:", n), fmt.Sprint(1, rank, 2, memory), memory))
		}
		if err := join(all); err != nil {
			t.Error(err)
		}
		for _, s := range all {
			var told int64
			if err := s.cmd.Wait(); err != nil {
				t.Errorf("%v: %s", err, &s.said)
			}
			if fmt.Sscan(s.said.String(), &told); told < s.most || told > s.most+1<<21 || told > memory {
				t.Errorf("%d numbers take %d bytes, and %d are told", n, s.most, told)
			}
		}
	}
}

// TestHelperThatGoesAway: who waits for it gets an error, and so does every later call.
func TestHelperThatGoesAway(t *testing.T) {
	s := startStandIn(t, "gone", "1 0 2 33554432", 32<<20)
	if c, err := s.command(); err != nil || c.Op != 0 || c.N != 0 {
		t.Errorf("first command %+v, %v", c, err)
	}
	if c, err := s.command(); err != nil || c.Op != 1 || c.N != 5 {
		t.Errorf("second command %+v, %v", c, err)
	}
	s.socket.Close()
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("%v: %s", err, &s.said)
	}
}

// TestWhatTheHelperSays: versions, numbers of processes and sockets that cannot be.
func TestWhatTheHelperSays(t *testing.T) {
	for says, want := range map[string]string{
		"2 0 2 33554432": "job: vae-mpi was made for another version of vae: make it again of what 'vae mpi-helper' prints\n",
		"x":              "job: vae-mpi was made for another version of vae: make it again of what 'vae mpi-helper' prints\n",
		"":               "rank 0 of 1\n", // as if there were no helper
		"1 0":            "job: VAE_MPI is \"1 0\", which vae-mpi does not say: start vae by vae-mpi\n",
		"1 0 6 33554432": "job: 6 processes: must be a power of two, such as 4\n",
		"1 0 1 33554432": "rank 0 of 1\n",
	} {
		s := startStandIn(t, "join", says, 32<<20)
		s.cmd.Wait()
		if got := s.said.String(); got != want {
			t.Errorf("%q: %q, want %q", says, got, want)
		}
	}
	c := exec.Command(os.Args[0])
	c.Env = append(os.Environ(), jobVariable+"=join", "VAE_MPI=1 0 2 33554432")
	if out, err := c.CombinedOutput(); err == nil || !strings.HasPrefix(string(out), "job: the socket of vae-mpi is gone: ") {
		t.Errorf("without a socket: %v, %s", err, out)
	}
}
