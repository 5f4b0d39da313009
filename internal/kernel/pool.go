package kernel

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"

	"vae/internal/trace"
)

// The worker pool. A parallel region is a job: run(i) for every i below a
// count, claimed one by one. Which goroutine does which i is left to chance; so
// a task must write only what belongs to its i, and then the result is the same
// for any number of threads.
//
// The caller of a region works too and never waits for a helper that has not
// begun: it offers the job to idle helpers, and takes back what nobody took.
// Helpers look for the next job for a short while before they sleep, since
// waking a sleeper takes longer than many a region does.

// spinTime is how long a helper looks for the next job before it sleeps, and a
// caller for the end of the last one.
const spinTime = 250 * time.Microsecond

// task is the body of a parallel region.
type task interface{ run(i int) }

type job struct {
	task    task
	count   int64
	next    atomic.Int64
	pending atomic.Int64  // helpers that hold the job, and waiting if the caller sleeps
	wake    chan struct{} // wakes the caller

	panicked atomic.Pointer[error] // what a helper's task panicked with, and where
}

// waiting is added to pending by a sleeping caller.
const waiting = 1 << 32

var jobs = sync.Pool{New: func() any { return &job{wake: make(chan struct{}, 1)} }}

func (j *job) work() {
	for {
		i := j.next.Add(1) - 1
		if i >= j.count {
			return
		}
		j.task.run(int(i))
	}
}

// help is work by a helper. A panic is the caller's to see, and ends the job.
func (j *job) help() {
	defer j.leave()
	defer func() {
		if p := recover(); p != nil {
			err := trace.Recovered(p)
			j.panicked.Store(&err)
			j.next.Store(j.count)
		}
	}()
	j.work()
}

// leave is the last that a helper does with a job.
func (j *job) leave() {
	if j.pending.Add(-1) == waiting {
		j.wake <- struct{}{}
	}
}

// wait returns when no helper holds the job any more.
func (j *job) wait() {
	if spinUntil(func() bool { return j.pending.Load() == 0 }) {
		return
	}
	for {
		n := j.pending.Load()
		if n == 0 {
			return
		}
		if j.pending.CompareAndSwap(n, n+waiting) {
			<-j.wake
			j.pending.Store(0)
			return
		}
	}
}

// spinUntil asks until the answer is yes, or for about spinTime.
func spinUntil(done func() bool) bool {
	var start time.Time
	for round := 0; ; round++ {
		for range 16 {
			if done() {
				return true
			}
			pause()
		}
		if round == 0 {
			start = time.Now()
		} else if time.Since(start) > spinTime {
			return false
		}
	}
}

// helper is a goroutine of the pool, which lives as long as the program.
type helper struct {
	offer  atomic.Pointer[job] // what it is to do next
	asleep atomic.Bool
	wake   chan struct{}
}

func (h *helper) loop() {
	for {
		h.await()
		if j := h.offer.Swap(nil); j != nil {
			j.help()
		}
	}
}

// await returns when there is an offer, or was one.
func (h *helper) await() {
	offered := func() bool { return h.offer.Load() != nil }
	if spinUntil(offered) {
		return
	}
	h.asleep.Store(true)
	if offered() && h.asleep.CompareAndSwap(true, false) {
		return
	}
	<-h.wake
}

// take offers a job and says whether the helper was free for it.
func (h *helper) take(j *job) bool {
	if !h.offer.CompareAndSwap(nil, j) {
		return false
	}
	if h.asleep.CompareAndSwap(true, false) {
		h.wake <- struct{}{}
	}
	return true
}

// mostHelpers bounds the pool.
const mostHelpers = 255

var pool struct {
	mu      sync.Mutex
	helpers [mostHelpers]atomic.Pointer[helper]
	started atomic.Int32
	limit   int // tests set more helpers than there are processors
}

func helpersFor(count int) int {
	limit := runtime.NumCPU()
	if pool.limit > 0 {
		limit = pool.limit
	}
	return min(runtime.GOMAXPROCS(0), count, limit, mostHelpers+1) - 1
}

// start makes sure that there are n helpers.
func start(n int) {
	if int(pool.started.Load()) >= n {
		return
	}
	pool.mu.Lock()
	defer pool.mu.Unlock()
	for i := int(pool.started.Load()); i < n; i++ {
		h := &helper{wake: make(chan struct{}, 1)}
		pool.helpers[i].Store(h)
		pool.started.Store(int32(i + 1))
		go h.loop()
	}
}

// Parallel calls body(i) for i in [0, count) on up to GOMAXPROCS goroutines
// and returns when all calls have returned. Calls must be independent of each
// other. Parallel may be called from several goroutines at once.
func Parallel(count int, body func(i int)) {
	t := bodyTasks.Get().(*bodyTask)
	t.body = body
	parallel(count, t)
	t.body = nil
	bodyTasks.Put(t)
}

type bodyTask struct{ body func(i int) }

func (t *bodyTask) run(i int) { t.body(i) }

var bodyTasks = sync.Pool{New: func() any { return new(bodyTask) }}

// parallel is Parallel for a task, which allocates nothing where a closure
// would.
func parallel(count int, t task) {
	helpers := helpersFor(count)
	if helpers <= 0 {
		for i := range count {
			t.run(i)
		}
		return
	}
	start(helpers)
	j := jobs.Get().(*job)
	j.task, j.count = t, int64(count)
	j.next.Store(0)
	for i := range helpers {
		j.pending.Add(1)
		if !pool.helpers[i].Load().take(j) { // busy elsewhere
			j.pending.Add(-1)
		}
	}
	defer j.end(helpers)
	j.work()
}

// end takes the job back from helpers that have not begun and waits for the others,
// also while the caller's own task panics.
func (j *job) end(helpers int) {
	j.next.Store(j.count)
	for i := range helpers {
		if pool.helpers[i].Load().offer.CompareAndSwap(j, nil) {
			j.pending.Add(-1)
		}
	}
	j.wait()
	panicked := j.panicked.Swap(nil)
	j.task = nil
	jobs.Put(j)
	if panicked != nil {
		panic(*panicked)
	}
}

// elements is one call of an elementwise kernel, a task of the worker pool:
// units, rows or elements, cut into runs of equal length. The cut depends on the
// shape alone.
type elements struct {
	work          func(e *elements, from, to int)
	units, length int

	a, b, c, d []float32
	n          int // width of a row
	sumRows    int // rows of a column
	samples    int // rows of the model for each of the data
	act        Activation
	sigma      float64
}

func (e *elements) run(i int) { e.work(e, i*e.length, min((i+1)*e.length, e.units)) }

var elementTasks = sync.Pool{New: func() any { return new(elements) }}

// fewestElements is the least work that is worth another thread.
const fewestElements = 1 << 13

// inParts runs the task over its units, each of size elements.
func (e *elements) inParts(size int) {
	e.length = max(1, fewestElements/max(size, 1))
	if e.units > 0 {
		parallel(ceilDiv(e.units, e.length), e)
	}
	*e = elements{}
	elementTasks.Put(e)
}
