package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

func TestParallelDoesEachOnce(t *testing.T) {
	for _, threads := range []int{1, 2, 3, 4} {
		manyThreads(t, threads)
		for _, count := range []int{0, 1, 2, 3, 17, 1000} {
			done := make([]atomic.Int32, count)
			Parallel(count, func(i int) { done[i].Add(1) })
			for i := range done {
				if n := done[i].Load(); n != 1 {
					t.Fatalf("%d threads, count %d: body(%d) was called %d times", threads, count, i, n)
				}
			}
		}
	}
}

func TestParallelFromManyGoroutinesAndNested(t *testing.T) {
	manyThreads(t, 4)
	var sum atomic.Int64
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 200 {
				Parallel(5, func(i int) {
					Parallel(3, func(j int) { sum.Add(int64(i*3 + j)) })
				})
			}
		})
	}
	callers.Wait()
	if want := int64(8 * 200 * (14 * 15 / 2)); sum.Load() != want {
		t.Errorf("sum %d, want %d", sum.Load(), want)
	}
}

// Callers sleep when a helper takes long, helpers when nothing comes: both must
// wake again, and what slept must not be lost.
func TestParallelSleepsAndWakes(t *testing.T) {
	manyThreads(t, 3)
	for round := range 20 {
		var n atomic.Int32
		Parallel(6, func(i int) {
			if (i+round)%3 == 0 {
				time.Sleep(4 * spinTime)
			}
			n.Add(1)
		})
		if n.Load() != 6 {
			t.Fatalf("round %d: %d of 6", round, n.Load())
		}
		time.Sleep(time.Duration(round%3) * 2 * spinTime)
	}
}

func TestParallelFollowsGOMAXPROCS(t *testing.T) {
	manyThreads(t, 4)
	for _, threads := range []int{4, 1, 2, 4, 1} {
		runtime.GOMAXPROCS(threads)
		var running, most atomic.Int32
		Parallel(200, func(int) {
			now := running.Add(1)
			for {
				m := most.Load()
				if now <= m || most.CompareAndSwap(m, now) {
					break
				}
			}
			time.Sleep(10 * time.Microsecond)
			running.Add(-1)
		})
		if m := most.Load(); m > int32(threads) {
			t.Errorf("%d at once with GOMAXPROCS=%d", m, threads)
		}
	}
}

// An idle pool burns nothing.
func TestHelpersFallAsleep(t *testing.T) {
	manyThreads(t, 4)
	Parallel(100, func(int) {})
	deadline := time.Now().Add(10 * time.Second)
	for i := range int(pool.started.Load()) {
		for !pool.helpers[i].Load().asleep.Load() {
			if time.Now().After(deadline) {
				t.Fatalf("helper %d is awake with nothing to do", i)
			}
			time.Sleep(time.Millisecond)
		}
	}
}

func BenchmarkParallel(b *testing.B) {
	b.ReportAllocs()
	t := &bodyTask{body: func(int) {}}
	for b.Loop() {
		parallel(8, t)
	}
}
