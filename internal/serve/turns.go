package serve

import (
	"context"
	"net/http"
	"sync"
	"sync/atomic"

	"vae/internal/trace"
)

// turns lets so many at once work; the others wait, in the order in which they come, and of too many one is refused.
type turns struct {
	free    chan struct{}
	waiting atomic.Int32 // or at work
	most    int32
}

func newTurns(atOnce, most int) *turns {
	return &turns{free: make(chan struct{}, atOnce), most: int32(most)}
}

const (
	// mostWaiting bounds the requests that wait for the machine, or for a command; a page has one under way.
	mostWaiting = 32
	// lightTurns is how many work at once at what takes all cores for a part of a second, and mostLight
	// bounds those who wait for it: a page asks for many thumbnails at once.
	lightTurns = 2
	mostLight  = 128
)

// take works when it is its turn. Who is gone by then has none.
func (t *turns) take(ctx context.Context, work func() error) error {
	if t.waiting.Add(1) > t.most {
		t.waiting.Add(-1)
		return faultf(http.StatusTooManyRequests, "too many requests at once")
	}
	defer t.waiting.Add(-1)
	select {
	case t.free <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	defer func() { <-t.free }()
	if err := ctx.Err(); err != nil {
		return err
	}
	return work()
}

// took is take of work that has a result.
func took[T any](ctx context.Context, t *turns, work func() (T, error)) (value T, err error) {
	err = t.take(ctx, func() (err error) {
		value, err = work()
		return err
	})
	return value, err
}

// once makes a value when it is first asked for. Who waits may go, and it is made for the others.
type once[T any] struct {
	mu    sync.Mutex
	done  chan struct{} // nil until somebody asks
	value T
	err   error
}

func (o *once[T]) get(ctx context.Context, value func() (T, error)) (T, error) {
	o.mu.Lock()
	if o.done == nil {
		o.done = make(chan struct{})
		go func() {
			defer close(o.done)
			o.value, o.err = guarded(value)
		}()
	}
	o.mu.Unlock()
	select {
	case <-o.done:
		return o.value, o.err
	case <-ctx.Done():
		var none T
		return none, ctx.Err()
	}
}

// guarded makes an error of a panic, as images in a file bring that is cut short while it is read: what goes on
// behind the answers must not end the program.
func guarded[T any](do func() (T, error)) (value T, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = trace.Recovered(r)
		}
	}()
	return do()
}
