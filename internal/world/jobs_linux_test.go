package world_test

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"vae/internal/world"
)

// jobVariable names what this program does instead of its tests, when vae-mpi has started it.
const jobVariable = "VAE_WORLD_JOB"

func TestMain(m *testing.M) {
	name, argument, _ := strings.Cut(os.Getenv(jobVariable), ":")
	if name == "" {
		code := m.Run()
		cleanUp()
		os.Exit(code)
	}
	patience, _ := time.ParseDuration(os.Getenv("VAE_WORLD_PATIENCE"))
	w, err := world.Join(patience)
	if err == nil {
		err = jobs[name](w, argument)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "job:", err)
		os.Exit(1)
	}
}

var jobs = map[string]func(w world.World, argument string) error{
	"join": func(w world.World, _ string) error {
		fmt.Printf("rank %d of %d\n", w.Rank(), w.Size())
		return nil
	},
	"check": check,
	"sums": func(w world.World, argument string) error {
		n, _ := strconv.Atoi(argument)
		return checkSums(w, 0, n)
	},
	"memory": func(w world.World, argument string) error {
		n, _ := strconv.Atoi(argument)
		fmt.Println(w.Memory(n))
		w.Begin(make([]float32, n))
		return w.Finish()
	},
	"sent":   sent,
	"repeat": repeat,
	"bench":  bench,
	"wait":   waitForSignal,
	"exit":   exit,
	"gone":   gone,
}

// given is what a rank brings to the sum of a vector: numbers of all sizes, some of which overflow and vanish.
func given(rank, vector, length int) []float32 {
	r := rand.New(rand.NewPCG(uint64(rank), uint64(vector)))
	x := make([]float32, length)
	for i := range x {
		u := r.Uint64()
		x[i] = math.Float32frombits(uint32(u)&0x807fffff | (110+uint32(u>>32)%32)<<23) // 2^-17 to 2^14
	}
	if length > 3 {
		x[0], x[1], x[2] = float32(math.Copysign(0, -1)), math.SmallestNonzeroFloat32*float32(rank+1), math.MaxFloat32
	}
	return x
}

// tree is the sum of all ranks' vectors, as package world promises it.
func tree(size, vector, length int) []float32 {
	var parts [][]float32
	for rank := range size {
		parts = append(parts, given(rank, vector, length))
	}
	for len(parts) > 1 {
		for i := range len(parts) / 2 {
			for j, v := range parts[2*i+1] {
				parts[2*i][j] += v
			}
			parts[i] = parts[2*i]
		}
		parts = parts[:len(parts)/2]
	}
	return parts[0]
}

func sameBits(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return len(a) == len(b)
}

// check holds sums, gathered and broadcast bytes against what they must be.
func check(w world.World, _ string) error {
	for round, lengths := range [][]int{
		{}, {0}, {1}, {2, 3}, {1, 0, 1, 5, 7, 31}, {127}, {65537, 1, 2}, {1<<17 - 1}, {1 << 17}, {1<<17 + 1, 13}, {400, 600_007, 5},
	} {
		if err := checkSums(w, 100*round, lengths...); err != nil {
			return err
		}
	}
	for _, n := range []int{0, 1, 7, 1 << 20, 8<<20 + 3} {
		own := bytes.Repeat([]byte{byte(w.Rank() + 1)}, n)
		w.Begin(given(w.Rank(), 0, 1000))
		all, err := w.Gather(own)
		if err != nil || len(all) != w.Size() {
			return fmt.Errorf("%d gathered, %v", len(all), err)
		}
		for rank, b := range all {
			if len(b) != n || bytes.Count(b, []byte{byte(rank + 1)}) != n {
				return fmt.Errorf("gathered of rank %d is wrong: %d bytes of %d", rank, len(b), n)
			}
		}
		want := bytes.Repeat([]byte{3, 1, 4}, n)
		var got []byte
		if w.Rank() == 0 {
			got, err = w.Broadcast(want)
		} else {
			got, err = w.Broadcast(own)
		}
		if err != nil || !bytes.Equal(got, want) {
			return fmt.Errorf("broadcast of %d bytes: %d, %v", len(want), len(got), err)
		}
	}
	return w.Finish()
}

// checkSums holds sums of vectors, of which the first has a number, against trees.
func checkSums(w world.World, first int, lengths ...int) error {
	var vectors [][]float32
	for i, n := range lengths {
		vectors = append(vectors, given(w.Rank(), first+i, n))
		w.Begin(vectors[i])
	}
	if err := w.Finish(); err != nil {
		return err
	}
	for i, n := range lengths {
		if !sameBits(vectors[i], tree(w.Size(), first+i, n)) {
			return fmt.Errorf("rank %d: the sum of %d of %v numbers is wrong", w.Rank(), i, lengths)
		}
	}
	return nil
}

// sent prints what this process says that it gave to others in sums of so many numbers.
func sent(w world.World, argument string) error {
	n, err := strconv.Atoi(argument)
	if err != nil {
		return err
	}
	w.Begin(make([]float32, n))
	err = w.Finish()
	fmt.Printf("rank %d sent %d\n", w.Rank(), w.Sent())
	return err
}

// repeat sums until something ends it.
func repeat(w world.World, _ string) error {
	x := make([]float32, 10000)
	for i := 0; ; i++ {
		w.Begin(x)
		if err := w.Finish(); err != nil {
			return err
		}
		if i == 20 {
			fmt.Printf("rank %d pid %d\n", w.Rank(), os.Getpid())
		}
	}
}

// waitForSignal sums until one process has got a signal, which all learn.
func waitForSignal(w world.World, _ string) error {
	c := make(chan os.Signal, 9)
	signal.Notify(c, syscall.SIGTERM, syscall.SIGINT)
	fmt.Printf("rank %d pid %d\n", w.Rank(), os.Getpid())
	x := []float32{0}
	for x[0] == 0 {
		time.Sleep(time.Millisecond)
		x[0] = float32(len(c))
		w.Begin(x)
		if err := w.Finish(); err != nil {
			return err
		}
	}
	time.Sleep(100 * time.Millisecond)
	fmt.Printf("rank %d stops, %d signals\n", w.Rank(), len(c))
	if _, err := w.Gather(nil); err != nil {
		return err
	}
	os.Exit(143)
	return nil
}

// exit leaves with the code of its rank, of 7:0:3, and goes on for ever where that is empty.
func exit(w world.World, argument string) error {
	code, err := strconv.Atoi(strings.Split(argument, ":")[w.Rank()])
	if err != nil {
		return repeat(w, "")
	}
	os.Exit(code)
	return nil
}

// bench times sums of so many numbers in vectors of so many, with so many milliseconds of arithmetic meanwhile.
func bench(w world.World, argument string) error {
	var numbers, vector, work, rounds int
	if _, err := fmt.Sscanf(argument, "%d,%d,%d,%d", &numbers, &vector, &work, &rounds); err != nil {
		return err
	}
	x := make([]float32, numbers)
	var begin, finish, all time.Duration
	for range rounds {
		start := time.Now()
		for first := 0; first < len(x); first += vector {
			w.Begin(x[first:min(first+vector, len(x))])
			arithmetic(work * 1000 * vector / numbers)
		}
		middle := time.Now()
		if err := w.Finish(); err != nil {
			return err
		}
		begin, finish, all = begin+middle.Sub(start), finish+time.Since(middle), all+time.Since(start)
	}
	var own syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &own)
	us := func(d time.Duration) int64 { return d.Microseconds() / int64(rounds) }
	fmt.Printf("rank %d: %d us a round, %d before Finish, %d in it; own CPU %d us, the helper's %d us, which slept %d times\n", w.Rank(), us(all), us(begin), us(finish),
		(own.Utime.Nano()+own.Stime.Nano())/1000/int64(rounds), parentTime().Microseconds()/int64(rounds), parentSleeps()/rounds)
	return nil
}

var sink float64

// arithmetic is as much as took so many microseconds alone on the machine where it was written.
func arithmetic(us int) {
	v := 1.0
	for range us * 700 {
		v = v*1.0000001 + 1e-9
	}
	sink = v
}

// parentTime is the processor's time that the parent has taken.
func parentTime() time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", os.Getppid()))
	if err != nil {
		return 0
	}
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond
}

// parentSleeps is how often the parent has left the processor.
func parentSleeps() int {
	text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", os.Getppid()))
	_, after, _ := strings.Cut(string(text), "\nvoluntary_ctxt_switches:")
	n, _ := strconv.Atoi(strings.TrimSpace(strings.Split(after, "\n")[0]))
	return n
}

// gone sums with a helper that goes away.
func gone(w world.World, _ string) error {
	w.Begin(make([]float32, 5))
	first := w.Finish()
	w.Begin(make([]float32, 1<<20))
	second := w.Finish()
	_, third := w.Gather([]byte("x"))
	_, fourth := w.Broadcast([]byte("x"))
	for _, err := range []error{first, second, third, fourth} {
		if err == nil || !strings.HasPrefix(err.Error(), "vae-mpi, which joins the processes, is gone") {
			return fmt.Errorf("error %v", err)
		}
	}
	return nil
}
