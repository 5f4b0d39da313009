package cli

import (
	"bytes"
	"encoding/binary"
	"flag"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"vae/internal/console"
)

var soak = flag.Int("soak", 10, "cycles of TestSoak")

// usage is what a process holds.
type usage struct{ heap, resident, goroutines, files int } // KB, KB, ...

// TestSoak trains, goes on, samples and encodes many times in one process, which must not hold
// more at the end than after the first cycles. make soak does so a thousand times.
func TestSoak(t *testing.T) {
	t.Chdir(t.TempDir())
	idxImages(t, "digits", 8, 100, 10)
	const samples = 10
	var seen []usage
	t.Logf("%8s %10s %14s %11s %6s", "cycle", "heap (KB)", "resident (KB)", "goroutines", "files")
	for cycle := range *soak {
		soakCycle(t)
		if (cycle+1)*samples / *soak > cycle*samples / *soak {
			u := usageNow()
			t.Logf("%8d %10d %14d %11d %6d", cycle+1, u.heap, u.resident, u.goroutines, u.files)
			seen = append(seen, u)
		}
	}
	if len(seen) < samples {
		t.Fatalf("-soak %d: must be at least %d", *soak, samples)
	}
	for _, c := range []struct {
		what  string
		of    func(usage) int
		bound int
	}{
		{"heap (KB)", func(u usage) int { return u.heap }, 1 << 10},
		{"resident memory (KB)", func(u usage) int { return u.resident }, 16 << 10},
		{"goroutines", func(u usage) int { return u.goroutines }, 0},
		{"open files", func(u usage) int { return u.files }, 0},
	} {
		early, late := median(seen[1:4], c.of), median(seen[samples-3:], c.of)
		if late > early+c.bound {
			t.Errorf("%s: %d after the first cycles, %d after the last", c.what, early, late)
		}
	}
}

func median(of []usage, figure func(usage) int) int {
	figures := make([]int, len(of))
	for i, u := range of {
		figures[i] = figure(u)
	}
	slices.Sort(figures)
	return figures[len(figures)/2]
}

// idxImages makes a folder of IDX files, images of noise with one of ten labels each.
func idxImages(t testing.TB, folder string, side, train, test int) {
	t.Helper()
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(1, 2))
	write := func(name string, levels, n int, header ...int) {
		b, size := []byte{}, 1
		for i, v := range append([]int{0x801 + len(header), n}, header...) {
			b = binary.BigEndian.AppendUint32(b, uint32(v))
			if i > 1 {
				size *= v
			}
		}
		for range n * size {
			b = append(b, uint8(random.IntN(levels)))
		}
		if err := os.WriteFile(filepath.Join(folder, name), b, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	for i, n := range []int{train, test} {
		name := []string{"train", "t10k"}[i]
		write(name+"-images-idx3-ubyte", 256, n, side, side)
		write(name+"-labels-idx1-ubyte", 10, n)
	}
}

func soakCycle(t *testing.T) {
	t.Helper()
	for _, args := range [][]string{
		{"train", "--data", "digits", "--run", "run", "--hidden", "16", "--latent", "3", "--batch", "25", "--epochs", "2"},
		{"train", "--resume", "run", "--epochs", "3"},
		{"sample", "-m", "run", "-n", "9", "-o", "grid.png"},
		{"encode", "-m", "run", "digits/t10k-images-idx3-ubyte"},
		{"encode", "-m", "run", "digits/t10k-images-idx3-ubyte", "-o", "codes.npy"},
	} {
		var out, errs bytes.Buffer
		code := Run(t.Context(), args, console.Streams{
			In: strings.NewReader(""), Out: &out, Err: &errs,
			Size: func() (int, int) { return 80, 24 }, Env: func(string) string { return "" },
		})
		if code != 0 {
			t.Fatalf("%v: exit code %d, %s", args, code, errs.String())
		}
	}
	if err := os.RemoveAll("run"); err != nil {
		t.Fatal(err)
	}
}

// usageNow measures after a collection; resident memory and files are known on Linux only.
func usageNow() usage {
	runtime.GC()
	runtime.GC() // what finalizers let go of
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	u := usage{heap: int(m.HeapAlloc >> 10), goroutines: runtime.NumGoroutine()}
	files, _ := os.ReadDir("/proc/self/fd")
	u.files = len(files)
	u.resident = resident("self")
	return u
}

// resident is the memory of a process, by its number, that is resident, in KB; 0 where that is not known.
func resident(process string) int {
	status, _ := os.ReadFile("/proc/" + process + "/status")
	for line := range strings.Lines(string(status)) {
		if kilobytes, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			n, _ := strconv.Atoi(strings.Fields(kilobytes)[0])
			return n
		}
	}
	return 0
}
