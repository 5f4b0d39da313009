package kernel

import (
	"bytes"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"vae/internal/trace"
)

// stacks is what the goroutines are at, one block each.
func stacks() []string {
	buf := make([]byte, 1<<20)
	return strings.Split(string(bytes.TrimSpace(buf[:runtime.Stack(buf, true)])), "\n\n")
}

// checkGoroutines waits until nothing is left but what was there before and helpers,
// which live as long as the program: one less than processors, or than the most
// threads of a test.
func checkGoroutines(t *testing.T, before int) {
	t.Helper()
	helpers := max(4, runtime.NumCPU()) - 1
	var all []string
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		all = stacks()
		n := 0
		for _, stack := range all {
			if strings.Contains(stack, "(*helper).loop") {
				n++
			}
		}
		if n > helpers {
			t.Fatalf("%d helpers, at most %d are needed", n, helpers)
		}
		if len(all)-n <= before {
			return
		}
	}
	t.Errorf("goroutines are left:\n%s", strings.Join(all, "\n\n"))
}

func others() int {
	n := 0
	for _, stack := range stacks() {
		if !strings.Contains(stack, "(*helper).loop") {
			n++
		}
	}
	return n
}

// TestPoolIsBounded: however many regions at once, there are as many helpers as
// processors less the caller, and all wait in the pool when the regions are done.
func TestPoolIsBounded(t *testing.T) {
	manyThreads(t, 4)
	before := others()
	var callers sync.WaitGroup
	for range 50 {
		callers.Go(func() { Parallel(1000, func(int) {}) })
	}
	callers.Wait()
	checkGoroutines(t, before)
}

// TestParallelPanics: a panic in a body, whichever goroutine it is on, is a panic of
// the caller when all helpers have left, with the stack of the body; the pool is as
// before.
func TestParallelPanics(t *testing.T) {
	manyThreads(t, 4)
	before := others()
	for bad := range 40 {
		var running atomic.Int32
		got := func() (p error) {
			defer func() { p = trace.Recovered(recover()) }()
			Parallel(40, func(i int) {
				running.Add(1)
				defer running.Add(-1)
				time.Sleep(50 * time.Microsecond)
				if i == bad {
					panic(fmt.Sprintf("body %d", i))
				}
			})
			return nil
		}()
		if want := fmt.Sprintf("body %d", bad); !strings.HasPrefix(fmt.Sprint(got), want) {
			t.Fatalf("the caller got %v, want %s", got, want)
		}
		if stack := string(trace.Stack(got)); !strings.Contains(stack, "TestParallelPanics.func") || !strings.Contains(stack, "kernel.(*job).work") {
			t.Fatalf("the stack of body %d is lost:\n%s", bad, stack)
		}
		if n := running.Load(); n != 0 {
			t.Fatalf("%d bodies go on after the panic", n)
		}
		var sum atomic.Int64
		Parallel(100, func(i int) { sum.Add(int64(i)) })
		if sum.Load() != 4950 {
			t.Fatalf("the next region's sum is %d", sum.Load())
		}
	}
	checkGoroutines(t, before)
}
